"""How often a mentor and a student talk, and whose turn it is (domain.md B12, A26).

Days in school breaks do not count: what falls into a break is due on the first day after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lti_tool.plans.steps import Breaks

SOON = timedelta(days=3)


class Cadence(StrEnum):
    """How often; `none`: when somebody thinks of it."""

    NONE = "none"
    WEEKLY = "weekly"
    TWO_WEEKLY = "two_weekly"
    MONTHLY = "monthly"

    @property
    def days(self) -> int:
        """Days from one talk to the next; 0 where there is no cadence."""
        return {Cadence.WEEKLY: 7, Cadence.TWO_WEEKLY: 14, Cadence.MONTHLY: 28}.get(self, 0)


class Turn(StrEnum):
    """`missed`: more than a whole cadence late; `due`: now; `soon`: within three days; `done`: later."""

    MISSED = "missed"
    DUE = "due"
    SOON = "soon"
    DONE = "done"


@dataclass(frozen=True)
class Due:
    """When the next talk is due, and what that makes of today."""

    on: date
    turn: Turn


def next_check_in(
    cadence: Cadence,
    *,
    last: date | None,
    since: date,
    agreed: date | None = None,
    today: date,
    breaks: Breaks = (),
) -> Due | None:
    """The next talk; None without a cadence and without an agreed day.

    last: the day of the newest talk; since: when the cadence began, for a first talk. agreed: the day that
    was agreed at the newest talk; it wins over the cadence.
    """
    if agreed is None and not cadence.days:
        return None
    on = _after(breaks, agreed or (last or since) + timedelta(days=cadence.days if last else 0))
    late = today - on
    if late > timedelta(days=cadence.days or 7):
        return Due(on, Turn.MISSED)
    if late >= timedelta(0):
        return Due(on, Turn.DUE)
    return Due(on, Turn.SOON if -late <= SOON else Turn.DONE)


def _after(breaks: Breaks, day: date) -> date:
    """The day itself, or the first after the breaks it falls into."""
    for first, last in sorted(breaks):
        if first <= day <= last:
            day = last + timedelta(days=1)
    return day


def order(dues: Sequence[Due | None]) -> list[int]:
    """The places in the queue: the longest waiting first, those without a day last."""
    return sorted(range(len(dues)), key=lambda place: (dues[place] is None, _on(dues[place]), place))


def _on(due: Due | None) -> date:
    return date.max if due is None else due.on
