"""What a guardian reads of a status, and when (domain.md §3.4 "Words by reader")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from lti_tool.plans.status import Status

WAIT = timedelta(hours=48)

# The worse, the higher. Words that only say how much is known are alike.
_WORSE = {
    Status.REACHED: 0,
    Status.AHEAD: 1,
    Status.ON_TRACK: 2,
    Status.EARLY_DAYS: 2,
    Status.JUST_STARTED: 2,
    Status.WAITING: 2,
    Status.NOT_STARTED: 2,
    Status.NO_DATA: 3,
    Status.LOOK: 4,
    Status.MISSING_WORK: 5,
    Status.CANNOT_REACH: 5,
    Status.OFF_TRACK: 5,
}


def is_worse(after: Status, before: Status) -> bool:
    """Whether a status is a worse one to read than another."""
    return _WORSE[after] > _WORSE[before]


def status_for_guardian(
    history: Sequence[tuple[Status, datetime]], seen_by_student_at: datetime | None, now: datetime
) -> Status:
    """The status a guardian reads now. history: every status and since when, oldest first.

    A worsened one waits until the student has seen it, or for 48 hours; until then the guardian reads the
    last one that was free to be read. Better ones wait for nobody.
    """
    shown = Status.JUST_STARTED
    for status, at in history:
        is_seen = seen_by_student_at is not None and seen_by_student_at >= at
        if not is_worse(status, shown) or is_seen or now - at >= WAIT:
            shown = status
    return shown
