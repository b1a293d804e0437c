"""Moodle's categories and course totals, out of its grade report (moodle.md, domain.md §3.1). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from lms_sync.platforms.base import ResultRow, TotalRow
from lms_sync.platforms.course_rows import ItemGroupRow
from lms_sync.platforms.moodle_rows import is_uncertain, plain, shown_grade
from lms_sync.platforms.values import decimal, text


def total_row(user_id: str, lines: Sequence[dict[str, Any]], cells: Iterable[ResultRow]) -> TotalRow | None:
    """A person's course total; None where their report has none.

    cells: every cell of theirs, those left out of the report too. Whatever the report says, a total may
    hold hidden grades; where anything of theirs is hidden it is kept without its number.
    """
    line = next((one for one in lines if one.get("itemtype") == "course"), None)
    if line is None or not user_id or is_uncertain(line):
        return None
    if _hidden(line) or any(map(_hidden, lines)) or any(cell.hidden for cell in cells):
        return TotalRow(user_id, None, "", hidden=True)
    score, least, most = (decimal(line.get(name)) for name in ("graderaw", "grademin", "grademax"))
    share = None
    if score is not None and most is not None and most > (least or 0):
        share = round((score - (least or 0)) / (most - (least or 0)) * 100, 5)
    shown = shown_grade(line, 64)
    letter = shown if share is not None and shown.strip("-+ ") and not any(map(str.isdigit, shown)) else ""
    return TotalRow(user_id, share, letter)


def _hidden(line: dict[str, Any]) -> bool:
    return bool(line.get("gradeishidden")) or bool(line.get("gradehiddenbydate"))


def top_category(lines: Sequence[dict[str, Any]]) -> str:
    """The category that is the course itself."""
    found = (text(line.get("iteminstance"), 64) for line in lines if line.get("itemtype") == "course")
    return next(found, "")


def category_weights(lines: Sequence[dict[str, Any]]) -> dict[str, Decimal]:
    """Category → its share of the course by this person's report; empty where it says nothing of use.

    Moodle weighs anew for each person what they have grades in, so a report with something hidden is
    passed over. Where each category weighs as much as its points, nothing is weighed: points add up.
    """
    course = next((one for one in lines if one.get("itemtype") == "course"), None)
    most = decimal(course.get("grademax")) if course else None
    if not most or any(map(_hidden, lines)):
        return {}
    found, by_points = {}, True
    for line in lines:
        weight, points = decimal(line.get("weightraw")), decimal(line.get("grademax"))
        if line.get("itemtype") != "category" or weight is None or not 0 < weight <= 1:
            continue
        found[text(line.get("iteminstance"), 64)] = weight
        by_points = by_points and points is not None and abs(weight - points / most) < Decimal("0.0001")
    return {} if by_points else found


def fuller(one: dict[str, Decimal], other: dict[str, Decimal]) -> dict[str, Decimal]:
    """Whichever knows more categories."""
    return other if len(other) > len(one) else one


def item_groups(
    lines: Sequence[dict[str, Any]],
    names: Mapping[str, str],
    weights: Mapping[str, Decimal],
    drops: Mapping[str, int],
) -> list[ItemGroupRow]:
    """The categories of a course in the report's order; what stands in none is the course's own group.

    weights: of a report; where it leaves one out, none is told. The course's own work has what the
    categories leave. drops: how many of the lowest each leaves out, as far as everybody's reports show it.
    """
    top = top_category(lines)
    numbers = [number for number in dict.fromkeys(map(_category, lines)) if number]
    share = {number: weights[number] for number in numbers if number in weights}
    if top in numbers:
        share[top] = max(1 - sum(share.values(), Decimal(0)), Decimal(0))
    told = bool(weights) and len(share) == len(numbers)
    return [
        ItemGroupRow(
            number,
            names.get(number, ""),
            place,
            weight=round(share[number] * 100, 3) if told else None,
            drop_lowest=drops.get(number, 0),
        )
        for place, number in enumerate(numbers, start=1)
    ]


def category_names(answer: Any, lines: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Category → its name, by which category core_grades_get_gradeitems says each column is in."""
    rows = answer.get("gradeItems") if isinstance(answer, dict) else None
    named = {
        text(row.get("id"), 64): plain(row.get("category"), 512)
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    }
    found: dict[str, str] = {}
    for line in lines:
        category, name = _category(line), named.get(text(line.get("id"), 64), "")
        if category and name and name not in found.values():
            found.setdefault(category, name)
    return found


def is_sorted(lines: Sequence[dict[str, Any]]) -> bool:
    """Whether any column is in a category that is not the course itself."""
    return bool({_category(line) for line in lines} - {"", top_category(lines)})


def _category(line: dict[str, Any]) -> str:
    """The category a column is in."""
    return text(line.get("categoryid"), 64)
