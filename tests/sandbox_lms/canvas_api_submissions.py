"""GET /courses/:id/students/submissions and the same of a section (specs/canvas.md §5.1)."""

from __future__ import annotations

from typing import Any

from tests.sandbox_lms.canvas_api_call import Call
from tests.sandbox_lms.canvas_api_gradebook import anonymize_students, assignment_row, published_items
from tests.sandbox_lms.canvas_api_lookup import find_person, find_section, section_id, stamp
from tests.sandbox_lms.canvas_api_people import user_row
from tests.sandbox_lms.canvas_api_rows import part_row, submission_row
from tests.sandbox_lms.canvas_api_viewer import Refused, enrolment_state, no_permission
from tests.sandbox_lms.paging import Key, Page, page_by_bookmark, page_by_number
from tests.sandbox_lms.world import Course, Enrolment, Grade

MOST_STUDENTS = 100


def of_course(call: Call, course: str) -> Page[dict[str, Any]]:
    return _list(call, call.course(course), None)


def of_section(call: Call, section: str) -> Page[dict[str, Any]]:
    course, name = find_section(call.world, section)
    if not call.viewer.in_course(course):
        raise no_permission()
    return _list(call, course, name)


def _list(call: Call, course: Course, section: str | None) -> Page[dict[str, Any]]:
    students = _asked_students(call, course, _students(call, course, section))
    items = _asked_items(call, course)
    grades = [
        call.world.grade(course, item_id, student)
        for student in students
        for item_id in items
        if course.items[item_id].is_for(student)  # Canvas deletes the submissions of the others
    ]
    since, state = _since(call), call.one("workflow_state")
    kept = [grade for grade in grades if _wanted(grade, since, state)]
    if call.one("grouped") in {"1", "true"}:
        return _grouped(call, course, students, kept)
    page = page_by_bookmark(
        call.request, kept, _order(call), descending=call.one("order_direction") == "descending"
    )
    return Page([_row(call, course, grade) for grade in page.rows], page.rels)


def _students(call: Call, course: Course, section: str | None) -> dict[int, Enrolment]:
    """Who has rows at all: every student not deleted, the Test Student too, unless a state is asked."""
    asked = call.one("enrollment_state")
    found = {}
    for person_id, enrolment in course.enrolments.items():
        state = enrolment_state(course, enrolment)
        wanted = {"active": {"active"}, "concluded": {"completed"}}.get(asked or "")
        if enrolment.role != "student" or state == "deleted" or (wanted and state not in wanted):
            continue
        if section is not None and section not in enrolment.sections:
            continue
        found[person_id] = enrolment
    return found


def _asked_students(call: Call, course: Course, students: dict[int, Enrolment]) -> list[int]:
    """student_ids[] narrowed to what the viewer may see; "all" narrows in silence, a list is refused."""
    viewer, names = call.viewer, call.many("student_ids")
    if viewer.grades_all(course):
        allowed = {person_id for person_id, enrolment in students.items() if viewer.sees(course, enrolment)}
    elif viewer.enrolment(course) is not None:
        allowed = {viewer.person.id, *viewer.observees(course)} & set(students)
    else:
        allowed = set()
    found = viewer.enrolment(course)
    if found is not None and found.role == "designer":
        raise no_permission()
    if "all" in names:
        return sorted(allowed)
    if len(names) > MOST_STUDENTS:
        raise Refused(400, {"error": "too many students"})
    people = [find_person(call.world, viewer, name) for name in names] if names else [viewer.person]
    asked = {person.id for person in people if person is not None}
    if names and not viewer.grades_all(course) and not asked <= allowed:
        raise no_permission()
    return sorted(asked & allowed)


def _asked_items(call: Call, course: Course) -> list[int]:
    visible = [item.id for item in published_items(course)]
    names = call.many("assignment_ids")
    if not names:
        return visible
    if not all(name.isdigit() and int(name) in visible for name in names):
        raise Refused(403, {"error": "invalid assignment ids requested"})
    return sorted({int(name) for name in names})


def _since(call: Call) -> dict[str, Any]:
    return {"graded_at": call.time("graded_since"), "submitted_at": call.time("submitted_since")}


def _wanted(grade: Grade, since: dict[str, Any], state: str | None) -> bool:
    """workflow_state and the two `since`, both strictly later (microseconds count)."""
    if state and ("graded" if grade.excused else grade.state) != state:
        return False
    for name, edge in since.items():
        when = getattr(grade, name)
        if edge is not None and (when is None or when <= edge):
            return False
    return True


def _order(call: Call) -> Any:
    if call.one("order") == "graded_at":
        return lambda grade: (stamp(grade.graded_at) or "", grade.id)
    return _by_id


def _by_id(grade: Grade) -> Key:
    return (grade.id,)


def _row(call: Call, course: Course, grade: Grade) -> dict[str, Any]:
    item = course.items[grade.item_id]
    row = submission_row(call.world, call.viewer, course, item, grade)
    nameless = anonymize_students(course, item)
    if nameless:
        del row["preview_url"]
    if "sub_assignment_submissions" in call.include:
        row["has_sub_assignment_submissions"] = bool(item.checkpoints)
        row["sub_assignment_submissions"] = [part_row(item, grade, part) for part in item.checkpoints]
    if "assignment" in call.include:
        row["assignment"] = assignment_row(call.world, course, item)
    if "visibility" in call.include:
        row["assignment_visible"] = item.is_for(grade.person_id)
    if "user" in call.include and not nameless:
        row["user"] = user_row(call.world.people[grade.person_id], staff=call.viewer.grades_all(course))
    if "course" in call.include:
        row["course"] = {"id": course.id, "name": course.title, "course_code": course.label}
    only = set(call.many("response_fields"))
    if only:
        row = {key: value for key, value in row.items() if key in only}
    for key in call.many("exclude_response_fields"):
        row.pop(key, None)
    return row


def _grouped(call: Call, course: Course, students: list[int], kept: list[Grade]) -> Page[dict[str, Any]]:
    """Pages of enrolments, one a section: a student of two sections can come twice."""
    enrolments = [
        (person_id, name) for person_id in students for name in course.enrolments[person_id].sections
    ]
    page = page_by_number(call.request, enrolments)
    rows = [
        {
            "user_id": person_id,
            "section_id": section_id(course, name),
            "submissions": [_row(call, course, grade) for grade in kept if grade.person_id == person_id],
        }
        for person_id, name in page.rows
    ]
    return Page(rows, page.rels)
