"""More time that a teacher gave one student: mod_assign_get_user_flags, where the service offers it.

Not among the functions a service needs. What it does not tell: days of a student's or a group's own
(overrides); no function of Moodle says those of other people than the one who asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lms_sync.platforms.base import ItemRow
from lms_sync.platforms.moodle_report import MoodleReport, dicts
from lms_sync.platforms.values import text, unix_time

USER_FLAGS = "mod_assign_get_user_flags"
Extensions = dict[tuple[str, str], datetime]


def extensions(report: MoodleReport, offered: frozenset[str], items: Iterable[ItemRow]) -> Extensions:
    """(key of a column, user) → until when they may hand it in; one call. Nothing where it is not offered."""
    with_a_day = (row for row in items if row.module == "assign" and row.due_at is not None)
    timed = sorted(int(number) for row in with_a_day if (number := row.instance or "").isdigit())
    if USER_FLAGS not in offered or not timed:
        return {}
    return extensions_in(report.moodle.call(USER_FLAGS, assignmentids=timed))


def extensions_in(answer: Any) -> Extensions:
    """The same out of an answer. A flag without a day is about something else. Pure."""
    found: Extensions = {}
    for row in dicts(answer.get("assignments") if isinstance(answer, dict) else None):
        key = f"assign:{text(row.get('assignmentid'), 64)}"
        for flag in dicts(row.get("userflags")):
            until = unix_time(flag.get("extensionduedate"))
            if until is not None:
                found[key, text(flag.get("userid"), 32)] = until
    return found
