"""By when a request about one's own data is to be answered: what the law says, in days. Pure.

A month after it came, whatever is asked (GDPR Art. 12(3)); 45 days for a look at one's education record
(FERPA, 34 CFR 99.10(b)). Which of the two binds a school, the school knows.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

COPY, ERASURE = "copy", "erasure"
KINDS = frozenset({COPY, ERASURE})
FERPA = timedelta(days=45)


@dataclass(frozen=True)
class Deadlines:
    """month: one month after the request. record: 45 days after it; None for an erasure, of which FERPA
    says nothing."""

    month: date
    record: date | None

    def late(self, today: date) -> bool:
        """Whether the first of them is over."""
        return today > self.month


def deadlines(kind: str, asked_on: date) -> Deadlines:
    """The days of a request made on this day."""
    return Deadlines(a_month_after(asked_on), asked_on + FERPA if kind == COPY else None)


def a_month_after(day: date) -> date:
    """The same day of the next month, or that month's last: 31 January → 28 February."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))
