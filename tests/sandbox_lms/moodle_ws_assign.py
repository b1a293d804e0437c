"""mod_assign_get_assignments and mod_assign_get_grades (recordings ws-assignments, ws-assign_grades)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.sandbox_lms.moodle_ws_caller import Caller, seconds
from tests.sandbox_lms.moodle_ws_params import warning
from tests.sandbox_lms.world import Course, Grade, Item

NOT_ENROLLED = "User is not enrolled or does not have requested capability"
CONFIGS = [
    ("onlinetext", "assignsubmission", "enabled", "1"),
    ("onlinetext", "assignsubmission", "wordlimit", "0"),
    ("onlinetext", "assignsubmission", "wordlimitenabled", "0"),
    ("comments", "assignsubmission", "enabled", "0"),
    ("comments", "assignfeedback", "enabled", "1"),
    ("comments", "assignfeedback", "commentinline", "0"),
]
PLAIN = {
    "nosubmissions": 0,
    "submissiondrafts": 0,
    "sendnotifications": 0,
    "sendlatenotifications": 0,
    "sendstudentnotifications": 1,
}
RULES = {
    "completionsubmit": 0,
    "cutoffdate": 0,
    "gradingduedate": 0,
    "teamsubmission": 0,
    "requireallteammemberssubmit": 0,
    "teamsubmissiongroupingid": 0,
    "blindmarking": 0,
    "hidegrader": 0,
    "revealidentities": 0,
    "attemptreopenmethod": "none",
    "maxattempts": -1,
    "markingworkflow": 0,
    "markingallocation": 0,
    "requiresubmissionstatement": 0,
    "preventsubmissionnotingroup": 0,
}


def assign_items(course: Course) -> list[Item]:
    return [item for item in course.items.values() if item.module == "assign"]


def assignments(
    caller: Caller,
    courseids: list[int] | None = None,
    capabilities: list[str] | None = None,
    includenotenrolledcourses: int = 0,
) -> dict[str, Any]:
    """Courses with their assignments; empty with a warning for a course the caller is not enrolled in."""
    mine = {c.id for c in caller.world.courses.values() if caller.role(c) is not None}
    courses, warnings = [], []
    for number in courseids or sorted(mine):
        course = caller.world.courses.get(number)
        allowed = course is not None and (
            number in mine or (includenotenrolledcourses == 1 and caller.can_enter(course))
        )
        if course is None or not allowed:
            warnings.append(warning("course", number, "2", NOT_ENROLLED))
            continue
        courses.append(
            {
                "id": course.id,
                "fullname": caller.shown(course.title),
                "shortname": caller.shown(course.label),
                "timemodified": 1795317790,
                "assignments": [
                    _assignment(caller, course, item)
                    for item in assign_items(course)
                    if item.published or caller.is_staff(course)
                ],
            }
        )
    return {"courses": courses, "warnings": warnings}


def _assignment(caller: Caller, course: Course, item: Item) -> dict[str, Any]:
    """A scale shows as a negative `grade`: the scale's id."""
    return {
        "id": item.instance,
        "cmid": item.cmid,
        "course": course.id,
        "name": caller.shown(item.name),
        **PLAIN,
        "duedate": seconds(item.due_at),
        "allowsubmissionsfromdate": 0,
        "grade": -(item.id % 100 + 1) if item.kind == "scale" else int(item.possible),
        "timemodified": seconds(item.created_at),
        **RULES,
        "blindmarking": int(item.blind),
        "configs": [dict(zip(("plugin", "subtype", "name", "value"), row, strict=True)) for row in CONFIGS],
        "intro": "<p>Intro <b>html</b></p>",
        "introformat": 1,
        "introfiles": [],
        "introattachments": [],
        "timelimit": 0,
        "submissionattachments": 0,
    }


def user_flags(caller: Caller, assignmentids: list[int]) -> dict[str, Any]:
    """mod_assign_get_user_flags, by Moodle's own source: who has a row of flags, more time among them."""
    courses = [one for one in caller.world.courses.values() if caller.is_staff(one)]
    items = {item.instance: (one, item) for one in courses for item in assign_items(one)}
    found, warnings = [], []
    for number in assignmentids:
        if number not in items:
            warnings.append(warning("assignment", number, "1", "No access rights in module context"))
            continue
        course, item = items[number]
        rows = [
            {
                "id": grade.id,
                "userid": person_id,
                "locked": 0,
                "mailed": 0,
                "extensionduedate": seconds(grade.extended_to),
                "workflowstate": "",
                "allocatedmarker": 0,
            }
            for (item_id, person_id), grade in course.grades.items()
            if item_id == item.id and grade.extended_to is not None
        ]
        if rows:
            found.append({"assignmentid": number, "userflags": rows})
        else:
            warnings.append(warning("assignment", number, "3", "No user flags found"))
    return {"assignments": found, "warnings": warnings}


def grades(caller: Caller, assignmentids: list[int], since: int = 0) -> dict[str, Any]:
    """The assignments' own grade records: overrides typed in the gradebook do not show here."""
    known = {
        item.instance: (course, item)
        for course in caller.world.courses.values()
        for item in assign_items(course)
    }
    found, warnings = [], []
    for number in assignmentids:
        course, item = known.get(number, (None, None))
        if course is not None and not caller.is_staff(course):
            warnings.append(warning("assignment", number, "1", "No access rights in module context"))
            continue
        rows = _grades(caller, course, item, since) if course is not None and item is not None else []
        if rows:
            found.append({"assignmentid": number, "grades": rows})
        else:
            warnings.append(warning("assignment", number, "3", "No grades found"))
    return {"assignments": found, "warnings": warnings}


def _grades(caller: Caller, course: Course, item: Item, since: int) -> list[dict[str, Any]]:
    visible = caller.visible_people(course)
    grader = next((e.person_id for e in course.enrolments.values() if e.role == "teacher"), 2)
    rows = []
    for (item_id, person_id), grade in course.grades.items():
        modified = _modified(grade)
        if item_id != item.id or person_id not in visible or not modified or modified < since:
            continue
        rows.append(
            {
                "id": grade.id,
                "userid": person_id,
                "attemptnumber": (grade.attempt or 1) - 1,
                "timecreated": modified,
                "timemodified": modified,
                "grader": grader,
                "grade": _fixed(grade.assign_score),
            }
        )
    return sorted(rows, key=lambda row: row["id"])


def _modified(grade: Grade) -> int:
    """When the assignment's own record last changed; 0 = it has none. An override does not touch it."""
    if grade.assign_score is None or grade.overridden:
        return seconds(grade.modified_at)
    return seconds(grade.graded_at or grade.modified_at)


def _fixed(score: Decimal | None) -> str:
    return f"{score:.5f}" if score is not None else "-1.00000"
