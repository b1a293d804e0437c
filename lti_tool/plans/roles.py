"""LTI roles → what a person is in a course (lti.md §6). Pure: standard library only.

Rights in a course come from `membership` roles only; an institution role such as
`institution/person#Instructor` says that someone teaches somewhere, never that they teach here.
"""

from __future__ import annotations

from collections.abc import Sequence

from lti_tool.plans.access import Role

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"

_ADMIN = frozenset({INSTITUTION + "Administrator", SYSTEM + "Administrator", SYSTEM + "SysAdmin"})
_STAFF = frozenset({"Instructor", "TeachingAssistant"})


def _as_written(role: str) -> str:
    """The vocabulary's own spelling: some Moodle builds write its URIs with https."""
    secure = "https://purl.imsglobal.org/vocab/"
    return "http" + role.removeprefix("https") if role.startswith(secure) else role


def course_role_names(roles: Sequence[str]) -> frozenset[str]:
    """The names of the membership roles among `roles`, short or as a URI.

    `membership#Learner` and `Learner` give "Learner"; a sub-role gives the role it belongs to:
    `membership/Instructor#TeachingAssistant` gives "Instructor". Everything else (institution,
    system, unknown) gives nothing.
    """
    found = set()
    for role in map(_as_written, roles):
        if role.startswith(MEMBERSHIP + "#"):
            found.add(role.rpartition("#")[2])
        elif role.startswith(MEMBERSHIP + "/"):
            found.add(role.removeprefix(MEMBERSHIP + "/").partition("#")[0])
        elif role.isalpha():
            found.add(role)
    return frozenset(found)


def role_of(roles: Sequence[str]) -> Role:
    """What these roles make of a person in the course they belong to.

    Staff first (a teacher enrolled as a student too still teaches), then Mentor before Learner.
    Designers, managers, unknown roles and an empty list have no rights: Role.NONE.
    """
    names = course_role_names(roles)
    if names & _STAFF:
        return Role.STAFF
    if "Mentor" in names:
        return Role.MENTOR
    if "Learner" in names:
        return Role.LEARNER
    return Role.NONE


def is_admin(roles: Sequence[str]) -> bool:
    """Whether the person runs the institution or the LMS; a role inside one course is not enough."""
    return any(_as_written(role) in _ADMIN for role in roles)


def is_test_user(roles: Sequence[str]) -> bool:
    """Canvas's "Test Student": a teacher looking at the course with a student's eyes."""
    return TEST_USER in map(_as_written, roles)


def session_role(roles: Sequence[str]) -> Role:
    """The role a launch with these roles opens the pages with; an administrator may set up."""
    role = role_of(roles)
    return Role.ADMIN if role is Role.NONE and is_admin(roles) else role


def effective_role(launch_roles: Sequence[str] | None, roster_roles: Sequence[str] | None) -> Role:
    """What a member is here: their own launch wins where it named a role in the course.

    Moodle launches a non-editing teacher as Instructor but lists them as Learner (moodle.md, Launch).
    """
    if launch_roles and course_role_names(launch_roles):
        return session_role(launch_roles)
    if roster_roles and course_role_names(roster_roles):
        return session_role(roster_roles)
    return session_role([*(launch_roles or ()), *(roster_roles or ())])
