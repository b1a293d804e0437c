"""Moodle's grade report → our rows (moodle.md, Web services). Pure; what makes no sense gives None."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from lms_sync.platforms.base import ItemRow, ResultRow
from lms_sync.platforms.values import decimal, text, unix_time

TOTALS = frozenset({"course", "category"})
_NUMBER = re.compile(r"[-\d.,\s\u00a0%']+")


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


def plain(value: Any, limit: int = 1024) -> str:
    """A name without the HTML escapes Moodle puts into it."""
    return html.unescape(text(value, limit * 2))[:limit]


def item_key(row: dict[str, Any]) -> str:
    """Our name of a column: `assign:4`, `quiz:2`, `workshop:3:1`, `manual:17`; empty = not a column."""
    kind, number = text(row.get("itemtype"), 32), text(row.get("id"), 64)
    if not number or kind in TOTALS or not kind:
        return ""
    module, instance = text(row.get("itemmodule"), 64), text(row.get("iteminstance"), 64)
    if kind != "mod" or not module or not instance:
        return f"{kind}:{number}"
    part = row.get("itemnumber")
    return f"{module}:{instance}" + (f":{part}" if isinstance(part, int) and part > 0 else "")


def item_row(row: Any, position: int, activities: Activities) -> ItemRow | None:
    """One line of a user's grade report as a column."""
    if not isinstance(row, dict) or not (key := item_key(row)):
        return None
    module, instance = text(row.get("itemmodule"), 64), text(row.get("iteminstance"), 64)
    which = (module, instance)
    scale = which in activities.scales or has_word_range(row)
    item = ItemRow(
        key=key,
        lms_id=text(row.get("id"), 64),
        name=plain(row.get("itemname")) or key,
        kind="scale" if scale else "points",
        possible=decimal(row.get("grademax")),
        minimum=decimal(row.get("grademin")),
        due_at=unix_time(activities.due.get(which)),
        published=which not in activities.unseen,
        group_lms_id=text(row.get("categoryid"), 64) or None,
        position=position,
        url=activities.urls.get(which, ""),
    )
    return replace(item, module=module, instance=instance) if module else item


def has_word_range(row: dict[str, Any]) -> bool:
    """Whether the column is a scale: it counts from 1 and its range reads "Poor–Excellent".

    `scaleid` is always null. Points shown as letters have words in their range, too, but start at 0.
    """
    parts = [part for part in re.split("[–-]", plain(row.get("rangeformatted"), 500)) if part.strip()]
    return decimal(row.get("grademin")) == 1 and any(not _NUMBER.fullmatch(part) for part in parts)


def result_row(user_id: str, row: Any, items: Mapping[str, ItemRow]) -> ResultRow | None:
    """One line of a user's grade report as a cell; None for totals and columns that are not ours to read.

    `status: "dropped"` is "excluded from the grade"; hidden grades are in the report and say so.
    """
    if not isinstance(row, dict):
        return None
    item = items.get(item_key(row))
    if item is None:
        return None
    score = decimal(row.get("graderaw"))
    submitted_at, graded_at = unix_time(row.get("gradedatesubmitted")), unix_time(row.get("gradedategraded"))
    again = submitted_at is not None and graded_at is not None and submitted_at > graded_at
    return ResultRow(
        item_key=item.key,
        user_id=user_id,
        score=score,
        possible=decimal(row.get("grademax")),
        text=plain(row.get("gradeformatted"), 255) if item.kind == "scale" and score is not None else "",
        state="graded" if score is not None else "",
        hidden=bool(row.get("gradeishidden")) or bool(row.get("gradehiddenbydate")),
        excused=row.get("status") == "dropped",
        regrade_pending=again and score is not None,
        submitted_at=submitted_at,
        graded_at=graded_at,
        due_at=item.due_at,
    )


def as_missing(row: ResultRow, handed_in: frozenset[str], now: datetime) -> ResultRow:
    """The cell, marked where its day is over, nothing was handed in and there is no grade.

    Moodle has no word for it, but its report says when something was handed in. It does not say who was given
    more time; that is known once they hand it in. Hiding a column hides no grade in an empty cell, so it does
    not take the mark away.
    """
    waits = row.item_key in handed_in and row.submitted_at is None and row.score is None
    if not waits or row.excused or row.due_at is None or row.due_at >= now:
        return row
    return row._replace(missing=True)


def hidden_row(user_id: str, key: str, item: ItemRow | None) -> ResultRow:
    """The cell of a column that a person's report leaves out: whatever it holds, they may not see it."""
    return ResultRow(
        item_key=key,
        user_id=user_id,
        score=None,
        possible=item.possible if item else None,
        hidden=True,
        unsure=True,
        due_at=item.due_at if item else None,
    )


def unsure_row(user_id: str, key: str, row: dict[str, Any], possible: Decimal | None) -> ResultRow:
    """A grade of an assignment's own records: "-1.00000" is none; whether it is hidden they do not say."""
    score = decimal(row.get("grade"))
    graded = score is not None and score >= 0
    return ResultRow(
        item_key=key,
        user_id=user_id,
        score=score if graded else None,
        possible=possible,
        state="graded" if graded else "",
        hidden=True,
        unsure=True,
        graded_at=unix_time(row.get("timemodified")),
    )


def activities_from(assignments: Any, contents: Any) -> Activities:
    """Due dates and scales from mod_assign_get_assignments, visibility from core_course_get_contents."""
    due: dict[tuple[str, str], Any] = {}
    scales, unseen, urls = set(), set(), {}
    possible: dict[str, Decimal | None] = {}
    handed_in = set()
    for row in assignment_rows(assignments):
        which = ("assign", text(row.get("id"), 64))
        if row.get("nosubmissions") == 0:
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


def closes_at(module: dict[str, Any]) -> Any:
    """When an activity is due or closes, as core_course_get_contents says; None = it does not."""
    dates = module.get("dates")
    for row in dates if isinstance(dates, list) else []:
        if isinstance(row, dict) and row.get("dataid") in ("duedate", "timeclose", "assessmentend"):
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
