"""Rows of GET /courses/:id/enrollments (specs/canvas.md §5.3): one a user, section and role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from tests.sandbox_lms.canvas_api_call import Call
from tests.sandbox_lms.canvas_api_lookup import find_person, section_id, stamp
from tests.sandbox_lms.canvas_api_viewer import enrolment_state
from tests.sandbox_lms.totals import GroupRules, Rules, canvas_total
from tests.sandbox_lms.world import Course, Enrolment, Person

ROLES = {
    "student": "StudentEnrollment",
    "teacher": "TeacherEnrollment",
    "ta": "TaEnrollment",
    "observer": "ObserverEnrollment",
    "designer": "DesignerEnrollment",
}
UserRow = Callable[..., dict[str, Any]]
CURRENT = {"active", "invited"}


def sortable(person: Person) -> str:
    """ "Family, Given"; the whole name where there is one only."""
    if person.display_name or not person.family_name:
        return person.full_name
    return f"{person.family_name}, {person.given_name}"


def seen_enrolments(call: Call, course: Course) -> list[Enrolment]:
    return [e for e in course.enrolments.values() if call.viewer.sees(course, e)]


def enrollment_type(person: Person, enrolment: Enrolment) -> str:
    return "StudentViewEnrollment" if person.is_test else ROLES[enrolment.role]


def enrollment_rows(call: Call, course: Course, user_row: UserRow) -> list[dict[str, Any]]:
    types, roles = set(call.many("type")), set(call.many("role"))
    states = set(call.many("state")) or CURRENT
    user_id = call.one("user_id")
    asked = find_person(call.world, call.viewer, user_id) if user_id else None
    rows: list[dict[str, Any]] = []
    for enrolment in seen_enrolments(call, course):
        person = call.world.people[enrolment.person_id]
        kind = enrollment_type(person, enrolment)
        if (types and kind not in types) or (roles and kind not in roles):
            continue
        if enrolment_state(course, enrolment) not in states or (user_id and person != asked):
            continue
        rows.extend(_rows(call, course, enrolment, kind, user_row))
    return rows


def _rows(
    call: Call, course: Course, enrolment: Enrolment, kind: str, user_row: UserRow
) -> Iterator[dict[str, Any]]:
    """One a section; an observer has one a person observed."""
    person = call.world.people[enrolment.person_id]
    staff = call.viewer.grades_all(course)
    for place, (section, watched) in enumerate(_places(enrolment)):
        row: dict[str, Any] = {
            "id": course.id * 1_000_000 + person.id * 10 + place,
            "user_id": person.id,
            "course_id": course.id,
            "type": kind,
            "created_at": stamp(enrolment.created_at),
            "updated_at": stamp(enrolment.created_at),
            "associated_user_id": watched,
            "start_at": None,
            "end_at": None,
            "course_section_id": section_id(course, section),
            "root_account_id": 1,
            "limit_privileges_to_course_section": enrolment.limited,
            "enrollment_state": enrolment_state(course, enrolment),
            "role": ROLES["student"] if person.is_test else kind,
            "role_id": list(ROLES).index(enrolment.role) + 3,
            "last_activity_at": None,
            "last_attended_at": None,
            "total_activity_time": 0,
            "html_url": f"{call.world.issuer}/courses/{course.id}/users/{person.id}",
            "user": user_row(person, staff=staff),
        }
        if staff:
            row |= {"sis_account_id": None, "sis_course_id": f"SIS-{course.label}", "sis_section_id": None}
            row |= {"sis_user_id": person.idnumber or None}
        if enrolment.role == "student" and (staff or person.id == call.viewer.person.id):
            row["grades"] = _totals(call, course, person)
        if "group_ids" in call.include:
            names = list(course.groups)
            row["user"] = row["user"] | {
                "group_ids": [
                    course.id * 100 + names.index(name) + 1
                    for name in names
                    if person.id in course.groups[name]
                ]
            }
        if watched is not None and "observed_users" in call.include:
            row["observed_user"] = user_row(call.world.people[watched], staff=staff)
        yield row


def _places(enrolment: Enrolment) -> list[tuple[str, int | None]]:
    if enrolment.role == "observer" and enrolment.observes:
        return [(enrolment.sections[0], watched) for watched in enrolment.observes]
    return [(section, None) for section in enrolment.sections]


def _rules(course: Course) -> Rules:
    found = {}
    for name in {item.group for item in course.items.values()}:
        rule: dict[str, Any] = course.rules.get(name, {})
        found[name] = GroupRules(
            weight=course.weights.get(name, Decimal(0)) if course.weights else None,
            drop_lowest=rule.get("drop_lowest", 0),
            drop_highest=rule.get("drop_highest", 0),
            never_drop=[int(number) for number in rule.get("never_drop", ())],
        )
    return found


def _totals(call: Call, course: Course, person: Person) -> dict[str, Any]:
    """Current total: posted scores over what they could be, by the weights and drop rules of the groups."""
    score = canvas_total(course, person.id, _rules(course))
    return {
        "html_url": f"{call.world.issuer}/courses/{course.id}/grades/{person.id}",
        "current_grade": None,
        "current_score": score,
        "final_grade": None,
        "final_score": score,
    }
