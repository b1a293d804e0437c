"""When a school year ends, so that a goal does not outlast it by accident (domain.md A16)."""

from __future__ import annotations

import re
from datetime import date, timedelta

USUAL = "07-31"  # where the school has not said
SOON = timedelta(days=60)
_DAY = re.compile(r"(\d\d)-(\d\d)")


def is_year_end(said: str) -> bool:
    """Whether it is a day of the year as we keep it, "06-30"."""
    return _on(said, 2025) is not None


def year_end(said: str, today: date) -> date:
    """The last day of the school year that runs on a day.

    said: "MM-DD", empty where nobody said; then a guess, which never lies less than 60 days ahead.
    """
    asked = said if is_year_end(said) else USUAL
    end = _on(asked, today.year) or today
    least = today if asked == said else today + SOON
    return end if end >= least else _on(asked, today.year + 1) or end


def _on(said: str, year: int) -> date | None:
    found = _DAY.fullmatch(said)
    if found is None:
        return None
    try:
        return date(year, int(found[1]), int(found[2]))
    except ValueError:
        return None
