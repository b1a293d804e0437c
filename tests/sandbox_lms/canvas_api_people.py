"""Courses, enrolments, users, sections, groups, observees (specs/canvas.md §5.3 to §5.5)."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.sandbox_lms.canvas_api_call import Call
from tests.sandbox_lms.canvas_api_enrollments import ROLES, enrollment_rows, seen_enrolments, sortable
from tests.sandbox_lms.canvas_api_lookup import (
    course_sections,
    find_person,
    section_id,
    sis_course_id,
)
from tests.sandbox_lms.canvas_api_viewer import enrolment_state, no_permission, not_found
from tests.sandbox_lms.paging import Page, page_by_bookmark, page_by_number
from tests.sandbox_lms.world import Course, Person

EPOCH = "2025-08-01T08:00:00Z"


def user_row(person: Person, *, staff: bool) -> dict[str, Any]:
    """A user; SIS id and login for those who may read them."""
    row: dict[str, Any] = {
        "id": person.id,
        "name": person.full_name,
        "created_at": EPOCH,
        "sortable_name": sortable(person),
        "short_name": person.full_name,
    }
    if staff:
        row |= {"sis_user_id": person.idnumber or None, "integration_id": None, "login_id": person.login}
    return row


def _course_row(call: Call, course: Course) -> dict[str, Any]:
    mine = call.viewer.enrolment(course)
    row: dict[str, Any] = {
        "id": course.id,
        "name": course.title,
        "course_code": course.label,
        "account_id": 1,
        "uuid": hashlib.sha256(course.lti_id.encode()).hexdigest()[:40],
        "start_at": None,
        "end_at": None,
        "created_at": EPOCH,
        "enrollment_term_id": 1,
        "workflow_state": "completed" if course.concluded else "available",
        "time_zone": course.time_zone,
        "is_public": False,
        "default_view": "modules",
        "apply_assignment_group_weights": bool(course.weights),
        "grading_standard_id": course.id * 10 + 7 if course.scheme else None,
        "hide_final_grades": course.totals_hidden,
        "restrict_enrollments_to_course_dates": False,
        "enrollments": [],
    }
    if mine is not None:
        row["enrollments"] = [
            {
                "type": mine.role,
                "role": ROLES[mine.role],
                "user_id": mine.person_id,
                "enrollment_state": enrolment_state(course, mine),
            }
        ]
    if call.viewer.grades_all(course):
        row["sis_course_id"] = sis_course_id(course)
    if "concluded" in call.include:
        row["concluded"] = course.concluded
    if "term" in call.include:
        ends_at = None if course.ends_at is None else course.ends_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        row["term"] = {"id": 1, "name": "Term", "start_at": None, "end_at": ends_at}
    if "total_students" in call.include:
        row["total_students"] = sum(e.role == "student" and e.active for e in course.enrolments.values())
    return row


def list_courses(call: Call) -> Page[dict[str, Any]]:
    mine = [c for c in call.world.courses.values() if call.viewer.enrolment(c) is not None]
    page = page_by_number(call.request, mine)
    return Page([_course_row(call, course) for course in page.rows], page.rels)


def show_course(call: Call, course: str) -> dict[str, Any]:
    return _course_row(call, call.course(course))


def list_enrollments(call: Call, course: str) -> Page[dict[str, Any]]:
    """One row a user, section and role; bookmarks; states active and invited unless asked otherwise."""
    found = call.course(course)
    rows = enrollment_rows(call, found, user_row)
    return page_by_bookmark(
        call.request, rows, lambda row: (row["type"], row["user"]["sortable_name"], row["id"])
    )


def list_users(call: Call, course: str) -> Page[dict[str, Any]]:
    """Users of the course. The Test Student only with include[]=test_student or its own type."""
    found = call.course(course)
    staff, include = call.viewer.grades_all(found), call.include
    types, ids = set(call.many("enrollment_type")), call.many("user_ids")
    states = set(call.many("enrollment_state")) or {"active", "invited"}
    people = []
    for enrolment in seen_enrolments(call, found):
        person = call.world.people[enrolment.person_id]
        kind = "student_view" if person.is_test else enrolment.role
        if kind == "student_view" and not {"student_view"} & types and "test_student" not in include:
            continue
        wanted = not types or kind in types or (kind == "student_view" and "student" in types)
        if wanted and enrolment_state(found, enrolment) in states and (not ids or str(person.id) in ids):
            people.append(person)
    search = (call.one("search_term") or "").lower()
    people = sorted((p for p in people if search in p.full_name.lower()), key=lambda p: (sortable(p), p.id))
    page = page_by_number(call.request, people)
    rows = []
    for person in page.rows:
        row = user_row(person, staff=staff)
        if staff and "email" in include:
            row["email"] = person.email
        rows.append(row)
    return Page(rows, page.rels)


def list_sections(call: Call, course: str) -> Page[dict[str, Any]]:
    found = call.course(course)
    limit = call.viewer.sections(found)
    names = [name for name in course_sections(found) if limit is None or name in limit]
    page = page_by_number(call.request, names)
    rows = []
    for name in page.rows:
        students = [e for e in found.enrolments.values() if e.role == "student" and name in e.sections]
        active = [e for e in students if enrolment_state(found, e) == "active"]
        row: dict[str, Any] = {
            "id": section_id(found, name),
            "course_id": found.id,
            "name": f"Section {name}",
            "start_at": None,
            "end_at": None,
            "created_at": EPOCH,
            "restrict_enrollments_to_section_dates": None,
            "nonxlist_course_id": found.cross_listed.get(name),
            "sis_section_id": None,
            "sis_course_id": sis_course_id(found),
        }
        if "total_students" in call.include:
            row["total_students"] = len(active)
        if "students" in call.include:
            row["students"] = [user_row(call.world.people[e.person_id], staff=True) for e in active]
        rows.append(row)
    return Page(rows, page.rels)


def _group_id(course: Course, name: str) -> int:
    return course.id * 100 + list(course.groups).index(name) + 1


def list_groups(call: Call, course: str) -> Page[dict[str, Any]]:
    found = call.course(course)
    both, state = {True, False}, call.one("collaboration_state")
    wanted = {"collaborative": {False}, "non_collaborative": {True}}.get(state or "all", both)
    page = page_by_number(call.request, [name for name in found.groups if (name in found.tags) in wanted])
    rows = [
        {
            "id": _group_id(found, name),
            "name": name,
            "description": None,
            "course_id": found.id,
            "context_type": "Course",
            "members_count": len(found.groups[name]),
            "join_level": "invitation_only",
            "group_category_id": found.id,
            "non_collaborative": name in found.tags,
        }
        for name in page.rows
    ]
    return Page(rows, page.rels)


def list_group_users(call: Call, group: str) -> Page[dict[str, Any]]:
    for course in call.world.courses.values():
        for name, members in course.groups.items():
            if str(_group_id(course, name)) == group:
                if not call.viewer.in_course(course):
                    raise no_permission()
                page = page_by_number(call.request, members)
                staff = call.viewer.grades_all(course)
                return Page([user_row(call.world.people[m], staff=staff) for m in page.rows], page.rels)
    raise not_found()


def _known_person(call: Call, name: str) -> Person:
    """Someone the viewer may look up: self, or anyone in a course they grade."""
    person = find_person(call.world, call.viewer, name)
    if person is None:
        raise not_found()
    shared = any(call.viewer.grades_all(c) and person.id in c.enrolments for c in call.world.courses.values())
    if person.id != call.viewer.person.id and not call.viewer.person.is_site_admin and not shared:
        raise no_permission()
    return person


def show_user(call: Call, user: str) -> dict[str, Any]:
    person = _known_person(call, user)
    row = user_row(person, staff=False)
    if person.id == call.viewer.person.id:
        row |= {"locale": None, "effective_locale": "en", "permissions": {"can_update_name": True}}
    return row


def show_profile(call: Call, user: str) -> dict[str, Any]:
    person = _known_person(call, user)
    return {
        "id": person.id,
        "name": person.full_name,
        "short_name": person.full_name,
        "sortable_name": sortable(person),
        "title": None,
        "bio": None,
        "primary_email": person.email,
        "login_id": person.login,
        "sis_user_id": person.idnumber or None,
        "integration_id": None,
        # LTI 1.1's opaque id: another one than the launch's sub.
        "lti_user_id": hashlib.sha256(b"lti 1.1" + person.sub.encode()).hexdigest()[:40],
        "avatar_url": f"{call.world.issuer}/images/messages/avatar-50.png",
        "time_zone": "America/Chicago",
        "locale": None,
    }


def list_observees(call: Call, user: str) -> Page[dict[str, Any]]:
    """One's own list for anyone; another's for an administrator only."""
    person = find_person(call.world, call.viewer, user)
    if person is None:
        raise not_found()
    if person.id != call.viewer.person.id and not call.viewer.person.is_site_admin:
        raise no_permission()
    watched: dict[int, Person] = {}
    for course in call.world.courses.values():
        mine = course.enrolments.get(person.id)
        if mine is not None and mine.role == "observer" and mine.active:
            watched |= {number: call.world.people[number] for number in mine.observes}
    page = page_by_number(call.request, list(watched.values()))
    return Page([user_row(p, staff=False) for p in page.rows], page.rels)
