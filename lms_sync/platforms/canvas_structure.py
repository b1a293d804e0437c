"""Canvas's rows about a course → ours (canvas.md §5.3-5.5). Pure; a row that makes no sense gives None."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from lms_sync.platforms.base import CourseFacts
from lms_sync.platforms.course_rows import (
    CourseFlags,
    GroupRow,
    ItemGroupRow,
    LmsEnrolmentRow,
    SchemeRow,
    SectionRow,
)
from lms_sync.platforms.values import decimal, iso_time, text


def course_facts(row: dict[str, Any]) -> CourseFacts:
    """The course itself. Canvas says `concluded` when asked to; else the state and the dates tell."""
    zone = text(row.get("time_zone"), 64)
    concluded = row.get("concluded")
    ended = concluded if isinstance(concluded, bool) else None
    if row.get("workflow_state") == "completed":
        ended = True
    elif ended is None and text(row.get("workflow_state")):
        ended = False
    return CourseFacts(
        lms_course_id=text(row.get("id"), 64) or None,
        time_zone=zone if _is_zone(zone) else None,
        title=text(row.get("name"), 1024),
        label=text(row.get("course_code"), 255),
        ended=ended,
        ends_at=iso_time(row.get("end_at")) or iso_time(_dict(row.get("term")).get("end_at")),
        says_end="end_at" in row,
        flags=CourseFlags(
            scheme_id=text(row.get("grading_standard_id"), 64),
            totals_hidden=row.get("hide_final_grades") is True,
            weighs=row.get("apply_assignment_group_weights") is True,
        ),
    )


def _is_zone(name: str) -> bool:
    """Whether a time zone is called so. Asked of the one, since a list of all takes longer than a page."""
    try:
        return bool(name) and ZoneInfo(name).key == name
    except (LookupError, ValueError, OSError):
        return False


def section_row(row: Any) -> SectionRow | None:
    """A section of the course."""
    row = _dict(row)
    number = text(row.get("id"), 64)
    if not number:
        return None
    return SectionRow(number, text(row.get("name"), 512), text(row.get("nonxlist_course_id"), 64))


def group_row(row: Any) -> GroupRow | None:
    """A group of students."""
    row = _dict(row)
    number = text(row.get("id"), 64)
    if not number:
        return None
    return GroupRow(number, text(row.get("name"), 512), text(row.get("group_category_id"), 64))


def is_tag(row: Any) -> bool:
    """Whether a group is one that students must not know of."""
    return _dict(row).get("non_collaborative") is True


def scheme_row(row: Any) -> SchemeRow | None:
    """A grading scheme; one with a bound that is no share of 1 is none."""
    row = _dict(row)
    number, listed = text(row.get("id"), 64), row.get("grading_scheme")
    if not number or not isinstance(listed, list):
        return None
    bounds = []
    for step in listed:
        name = text(step.get("name"), 255) if isinstance(step, dict) else ""
        least = decimal(step.get("value")) if isinstance(step, dict) else None
        if not name or least is None or not 0 <= least <= 2:
            return None
        bounds.append((name, least))
    bounds.sort(key=lambda bound: -bound[1])
    return SchemeRow(number, text(row.get("title"), 512), tuple(bounds)) if bounds else None


def item_group_row(row: Any, *, weighs: bool) -> ItemGroupRow | None:
    """An assignment group with its rules; weighs: whether the course counts by the groups' weights."""
    row = _dict(row)
    number = text(row.get("id"), 64)
    if not number:
        return None
    found = row.get("rules")
    rules: dict[str, Any] = found if isinstance(found, dict) else {}
    never, position = rules.get("never_drop"), row.get("position")
    return ItemGroupRow(
        lms_id=number,
        name=text(row.get("name"), 512),
        position=position if isinstance(position, int) and abs(position) < 2**31 else 0,
        weight=decimal(row.get("group_weight")) if weighs else None,
        drop_lowest=_count(rules.get("drop_lowest")),
        drop_highest=_count(rules.get("drop_highest")),
        never_drop=tuple(text(each, 64) for each in never) if isinstance(never, list) else (),
    )


def enrolment_row(row: Any) -> LmsEnrolmentRow | None:
    """An enrolment. Of its totals only the posted ones are looked at: `unposted_*` is nobody's business."""
    row = _dict(row)
    number, user = text(row.get("id"), 64), text(row.get("user_id"), 64)
    kind, state = text(row.get("type"), 64), text(row.get("enrollment_state"), 32)
    if not (number and user and kind and state):
        return None
    found, groups = row.get("grades"), row.get("group_ids")
    grades: dict[str, Any] = found if isinstance(found, dict) else {}
    user_row = row.get("user")
    if not isinstance(groups, list) and isinstance(user_row, dict):
        groups = user_row.get("group_ids")
    return LmsEnrolmentRow(
        lms_id=number,
        user_id=user,
        kind=kind,
        state=state,
        section_id=text(row.get("course_section_id"), 64),
        watches=text(row.get("associated_user_id"), 64),
        limited=row.get("limit_privileges_to_course_section") is True,
        groups=tuple(text(each, 64) for each in groups) if isinstance(groups, list) else (),
        score=_share(decimal(grades.get("current_score"))),
        grade=text(grades.get("current_grade"), 64),
    )


def _dict(row: Any) -> dict[str, Any]:
    return row if isinstance(row, dict) else {}


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1000 else 0


def _share(score: Decimal | None) -> Decimal | None:
    return score if score is not None and abs(score) < 10_000 else None
