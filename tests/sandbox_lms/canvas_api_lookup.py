"""The names Canvas accepts in its API's paths and parameters: ids, SIS ids, LTI ids (specs/canvas.md §5)."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.sandbox_lms.canvas_api_viewer import Viewer, not_found
from tests.sandbox_lms.world import Course, Person, World


def stamp(when: datetime | None) -> str | None:
    """A time as Canvas writes it: UTC, whole seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def sis_course_id(course: Course) -> str:
    return f"SIS-{course.label}"


def find_course(world: World, viewer: Viewer, name: str) -> Course:
    """By number, `lti_context_id:` or `sis_course_id:`; raises Refused 404."""
    prefix, _, rest = name.rpartition(":")
    for course in world.courses.values():
        keys = {"": str(course.id), "lti_context_id": course.lti_id, "sis_course_id": sis_course_id(course)}
        if keys.get(prefix) == rest:
            return course
    raise not_found()


def find_person(world: World, viewer: Viewer, name: str) -> Person | None:
    """By number, `self`, `lti_1_3_id:` (= sub), `sis_user_id:`, `sis_login_id:`; None = nobody."""
    if name == "self":
        return viewer.person
    if name.isdigit():
        return world.people.get(int(name))
    prefix, _, rest = name.rpartition(":")
    for person in world.people.values():
        keys = {
            "lti_1_3_id": person.sub,
            "lti_user_id": person.sub,
            "sis_user_id": person.idnumber,
            "sis_login_id": person.login,
        }
        if rest and keys.get(prefix) == rest:
            return person
    return None


def course_sections(course: Course) -> list[str]:
    """The course's section names, in order; every course has one."""
    return sorted({name for e in course.enrolments.values() for name in e.sections}) or ["1"]


def section_id(course: Course, name: str) -> int:
    """The section's own id in the API: course id × 1000 + its number (or place, when it is a word)."""
    number = int(name) if name.isdigit() else 500 + course_sections(course).index(name)
    return course.id * 1000 + number


def find_section(world: World, number: str) -> tuple[Course, str]:
    for course in world.courses.values():
        for name in course_sections(course):
            if str(section_id(course, name)) == number:
                return course, name
    raise not_found()
