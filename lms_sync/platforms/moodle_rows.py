"""Moodle's grade report → our rows (moodle.md, Web services). Pure; what makes no sense gives None."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from lms_sync.platforms.base import ItemRow, ResultRow
from lms_sync.platforms.moodle_activities import Activities
from lms_sync.platforms.values import decimal, text, unix_time

TOTALS = frozenset({"course", "category"})
_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r"[-\d.,\s\u00a0%']+")


def plain(value: Any, limit: int = 1024) -> str:
    """A name without the HTML escapes Moodle puts into it."""
    return html.unescape(text(value, limit * 2))[:limit]


def shown_grade(row: Mapping[str, Any], limit: int) -> str:
    """A grade as its reader sees it, without the picture that says whether it is passed."""
    return plain(_TAG.sub("", text(row.get("gradeformatted"), limit * 8)), limit).strip()


def is_uncertain(row: Mapping[str, Any]) -> bool:
    """Whether Moodle could not calculate this column: then its report shows no grade, whatever there is."""
    return bool(row.get("gradeneedsupdate")) and row.get("graderaw") is None


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
        text=shown_grade(row, 255) if item.kind == "scale" and score is not None else "",
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

    Moodle has no word for it, but its report says when something was handed in. Who was given more time is
    known where the service tells it (`moodle_extensions`), else once they hand it in. Hiding a column hides
    no grade in an empty cell, so it does not take the mark away.
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
