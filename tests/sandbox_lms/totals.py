"""What an LMS adds up itself: group and course totals, written apart from the tool's own sums.

Canvas: of all sets the drop rules allow, the one with the best grade stays, found by trying every set;
then the worst where highest ones are dropped. Moodle: the lowest per cents go one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations

from tests.sandbox_lms.world import Course, Grade, Item

Row = tuple[Item, Decimal]
Share = tuple[Decimal, Decimal]


@dataclass
class GroupRules:
    """How one group of a course counts. weight: per cent, None where the course does not weight."""

    weight: Decimal | None = None
    drop_lowest: int = 0
    drop_highest: int = 0
    keep_highest: int = 0
    never_drop: list[int] = field(default_factory=list)
    aggregation: str = "natural"  # Moodle: natural, or mean of grades
    only_graded: bool = True  # Moodle: aggregateonlygraded


Rules = dict[str, GroupRules]


def canvas_total(course: Course, person_id: int, rules: Rules) -> float | None:
    """Canvas's current score: of posted, graded, not excused work, rounded to two places."""
    names = list(rules) or sorted({item.group for item in course.items.values()})
    sums = []
    for name in names:
        rule = rules.get(name, GroupRules())
        kept = _canvas_kept(rule, _canvas_rows(course, person_id, name))
        got = sum((score for _item, score in kept), Decimal(0))
        could = sum((item.possible for item, _score in kept), Decimal(0))
        sums.append((rule.weight, got, could))
    if not any(weight is not None for weight, _got, _could in sums):
        could = sum((each[2] for each in sums), Decimal(0))
        return round(float(sum((each[1] for each in sums), Decimal(0)) / could) * 100, 2) if could else None
    weighted = [(weight or Decimal(0), got, could) for weight, got, could in sums if could]
    full = sum((weight for weight, _got, _could in weighted), Decimal(0))
    if not full:
        return None
    grade = sum((got / could * weight for weight, got, could in weighted), Decimal(0))
    return round(float(grade * 100 / full if full < 100 else grade), 2)


def _canvas_rows(course: Course, person_id: int, group: str) -> list[Row]:
    rows = []
    for item in course.items.values():
        grade = course.grades.get((item.id, person_id))
        if item.group != group or item.omitted or not item.published or grade is None:
            continue
        if not item.is_for(person_id):
            continue
        if grade.score is None or grade.excused or grade.posted_at is None or grade.state == "pending_review":
            continue
        rows.append((item, grade.score))
    return rows


def _canvas_kept(rule: GroupRules, rows: list[Row]) -> list[Row]:
    if not rule.drop_lowest and not rule.drop_highest:
        return rows
    fixed = [row for row in rows if row[0].id in rule.never_drop]
    free = [row for row in rows if row[0].id not in rule.never_drop]
    if not free:
        return fixed
    low, high = rule.drop_lowest, rule.drop_highest
    if low >= len(free):
        low = len(free) - 1
    if low + high >= len(free):
        high = 0
    best = max(combinations(free, len(free) - low), key=lambda some: _grade([*some, *fixed]))
    worst = min(combinations(best, len(best) - high), key=lambda some: _grade([*some, *fixed]))
    return [*worst, *fixed]


def _grade(rows: list[Row]) -> Decimal:
    could = sum((item.possible for item, _score in rows), Decimal(0))
    got = sum((score for _item, score in rows), Decimal(0))
    return got / could if could else got * 10**9


def moodle_total(course: Course, person_id: int, rules: Rules) -> float | None:
    """The course total in per cent over its categories, hidden and excluded grades left out."""
    parts: list[tuple[Decimal, Decimal, Decimal]] = []
    for name, rule in rules.items():
        values = _moodle_kept(rule, _moodle_values(course, person_id, name, rule))
        if not values:
            continue
        if rule.aggregation == "mean":
            got, could = sum(share for share, _most in values), Decimal(len(values))
        else:
            got = sum((share * most for share, most in values), Decimal(0))
            could = sum((most for _share, most in values), Decimal(0))
        parts.append((Decimal(rule.weight if rule.weight is not None else -1), Decimal(got), could))
    if not parts:
        return None
    if parts[0][0] < 0:
        return round(float(sum(p[1] for p in parts) / sum(p[2] for p in parts) * 100), 2)
    weights = sum(p[0] for p in parts)
    return round(float(sum(p[0] * p[1] / p[2] for p in parts) / weights * 100), 2) if weights else None


def _moodle_values(course: Course, person_id: int, group: str, rule: GroupRules) -> list[Share]:
    """(share of the maximum, maximum) of each grade that is aggregated."""
    found = []
    for item in course.items.values():
        if item.group != group or not item.possible:
            continue
        grade = course.grades.get((item.id, person_id)) or Grade(0, item.id, person_id)
        if grade.excused or grade.hidden or item.hidden:
            continue
        if grade.score is not None:
            found.append((grade.score / item.possible, item.possible))
        elif not rule.only_graded:
            found.append((Decimal(0), item.possible))
    return found


def _moodle_kept(rule: GroupRules, values: list[Share]) -> list[Share]:
    kept = list(values)
    if rule.drop_lowest:
        for _time in range(rule.drop_lowest):
            if kept:
                least = min(share for share, _most in kept)
                biggest = max(most for share, most in kept if share == least)
                kept.remove((least, biggest))
    elif rule.keep_highest:
        kept = sorted(kept, reverse=True)[: rule.keep_highest]
    return kept
