"""Who has not been heard of: nobody is left without a plan because they are quiet (domain.md A1).

School breaks are no silence.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from lti_tool.plans.days import school_days
from lti_tool.plans.steps import Breaks

SILENT_AFTER = 21  # days


def silent_since(signs: Iterable[date | None], today: date, breaks: Breaks = ()) -> date | None:
    """The day of the newest sign of life, where it was 21 days ago or more; None where there was one since.

    signs: days on which something was heard of them; None entries count for nothing. Without any there is
    no silence to speak of: that is somebody without a plan.
    """
    newest = max((day for day in signs if day is not None), default=None)
    if newest is None or school_days(newest, today, breaks) < SILENT_AFTER:
        return None
    return newest
