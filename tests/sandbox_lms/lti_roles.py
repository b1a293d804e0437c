"""The role URIs each personality puts into launches and memberships (specs/canvas.md §3, recordings)."""

from __future__ import annotations

from tests.sandbox_lms.world import Course, Enrolment, Person, World

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
TEACHING_ASSISTANT = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"

CANVAS_MEMBERSHIP = {
    "teacher": [MEMBERSHIP + "Instructor"],
    "ta": [MEMBERSHIP + "Instructor", TEACHING_ASSISTANT],
    "student": [MEMBERSHIP + "Learner"],
    "observer": [MEMBERSHIP + "Mentor"],
    "designer": [MEMBERSHIP + "ContentDeveloper"],
}
CANVAS_INSTITUTION = {
    "teacher": "Instructor",
    "ta": "Instructor",
    "student": "Student",
    "observer": "Observer",
}


def active_enrolment(course: Course, person: Person) -> Enrolment | None:
    enrolment = course.enrolments.get(person.id)
    return enrolment if enrolment and enrolment.active else None


def canvas_membership_roles(course: Course, person: Person) -> list[str]:
    """What NRPS gives: context roles only."""
    if person.is_test:
        return [MEMBERSHIP + "Learner", TEST_USER]
    enrolment = active_enrolment(course, person)
    return list(CANVAS_MEMBERSHIP.get(enrolment.role, [])) if enrolment else []


def canvas_launch_roles(world: World, course: Course, person: Person) -> list[str]:
    """Context and institution roles in one list; a teacher anywhere is institution/person#Instructor."""
    roles: list[str] = []
    everywhere = [c.enrolments[person.id] for c in world.courses.values() if person.id in c.enrolments]
    for enrolment in everywhere:
        name = CANVAS_INSTITUTION.get(enrolment.role)
        if enrolment.active and name and INSTITUTION + name not in roles:
            roles.append(INSTITUTION + name)
    if person.is_site_admin:
        roles.append(INSTITUTION + "Administrator")
    roles += canvas_membership_roles(course, person)
    roles.append(SYSTEM + ("SysAdmin" if person.is_site_admin else "User"))
    return roles


def moodle_launch_roles(course: Course, person: Person) -> list[str]:
    """A non-editing teacher launches as Instructor; a site admin is Instructor everywhere."""
    if person.is_site_admin:
        return [INSTITUTION + "Administrator", MEMBERSHIP + "Instructor", SYSTEM + "Administrator"]
    enrolment = active_enrolment(course, person)
    staff = enrolment is not None and enrolment.role in ("teacher", "ta")
    return [MEMBERSHIP + ("Instructor" if staff else "Learner")]


def moodle_membership_roles(enrolment: Enrolment) -> list[str]:
    """NRPS: short names, and a non-editing teacher is a Learner (specs/moodle.md)."""
    return ["Instructor" if enrolment.role == "teacher" else "Learner"]
