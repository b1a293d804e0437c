"""What Moodle's other answers know of activities: days, scales, who sees them (moodle.md). Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lms_sync.platforms.values import decimal, text

# How core_course_get_contents calls the day on which an activity is due or closes.
CLOSES = frozenset({"duedate", "timeclose", "deadline", "assessmentend"})


@dataclass(frozen=True)
class Activities:
    """What other calls know of activities, by (module, instance): due dates, scales, visibility.

    listed: those that exist. possible: points of assignments by instance; None for a scale's.
    assignments_left_out: Moodle warns that it does not show us all of them. handed_in: assignments in which
    something is handed in here; of others nobody can say that it is missing.
    """

    due: dict[tuple[str, str], Any] = field(default_factory=dict)
    scales: frozenset[tuple[str, str]] = frozenset()
    unseen: frozenset[tuple[str, str]] = frozenset()
    urls: dict[tuple[str, str], str] = field(default_factory=dict)
    listed: frozenset[tuple[str, str]] = frozenset()
    assignments_left_out: bool = False
    possible: dict[str, Decimal | None] = field(default_factory=dict)
    handed_in: frozenset[str] = frozenset()


def activities_from(assignments: Any, contents: Any) -> Activities:
    """Due dates and scales from mod_assign_get_assignments, visibility from core_course_get_contents."""
    due: dict[tuple[str, str], Any] = {}
    scales, unseen, urls = set(), set(), {}
    possible: dict[str, Decimal | None] = {}
    handed_in = set()
    for row in assignment_rows(assignments):
        which = ("assign", text(row.get("id"), 64))
        # Of work that is graded without names nothing reaches the gradebook, not even that it came in.
        nameless = bool(row.get("blindmarking")) and not row.get("revealidentities")
        if row.get("nosubmissions") == 0 and not nameless:
            handed_in.add(f"assign:{which[1]}")
        due[which] = row.get("duedate")
        grade = row.get("grade")
        is_scale = isinstance(grade, int) and grade < 0
        if is_scale:
            scales.add(which)
        possible[which[1]] = None if is_scale else decimal(grade)
    for module in module_rows(contents):
        which = (text(module.get("modname"), 64), text(module.get("instance"), 64))
        urls[which] = text(module.get("url"), 2048)
        if module.get("visible") == 0:
            unseen.add(which)
        if is_for_some(module):
            handed_in.discard(":".join(which))
        due.setdefault(which, closes_at(module))
    warnings = assignments.get("warnings") if isinstance(assignments, dict) else None
    return Activities(
        due,
        frozenset(scales),
        frozenset(unseen),
        urls,
        frozenset(due),
        bool(warnings),
        possible,
        frozenset(handed_in),
    )


def is_for_some(module: dict[str, Any]) -> bool:
    """Whether an activity is open to some students only: by group, by what they did, not by a day alone."""
    told = text(module.get("availability"), 10_000)
    if not told:
        return False
    try:
        waiting = [json.loads(told)]
    except (ValueError, RecursionError):
        return True
    while waiting:
        one = waiting.pop()
        inner = one.get("c") if isinstance(one, dict) else None
        if isinstance(inner, list):
            waiting += inner
        elif not isinstance(one, dict) or one.get("type") != "date":
            return True
    return False


def closes_at(module: dict[str, Any]) -> Any:
    """When an activity is due or closes, as core_course_get_contents says; None = it does not."""
    dates = module.get("dates")
    for row in dates if isinstance(dates, list) else []:
        if isinstance(row, dict) and row.get("dataid") in (
            "duedate",
            "timeclose",
            "deadline",
            "assessmentend",
        ):
            return row.get("timestamp")
    return None


def assignment_rows(answer: Any) -> list[dict[str, Any]]:
    """The assignments in an answer of mod_assign_get_assignments."""
    courses = answer.get("courses") if isinstance(answer, dict) else None
    rows: list[dict[str, Any]] = []
    for course in courses if isinstance(courses, list) else []:
        found = course.get("assignments") if isinstance(course, dict) else None
        rows += [row for row in (found if isinstance(found, list) else []) if isinstance(row, dict)]
    return rows


def module_rows(answer: Any) -> list[dict[str, Any]]:
    """The activities in an answer of core_course_get_contents."""
    rows: list[dict[str, Any]] = []
    for section in answer if isinstance(answer, list) else []:
        found = section.get("modules") if isinstance(section, dict) else None
        rows += [row for row in (found if isinstance(found, list) else []) if isinstance(row, dict)]
    return rows
