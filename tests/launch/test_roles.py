"""Roles: rights in a course come from membership roles only (lti.md §6)."""

from __future__ import annotations

import pytest

from lti_tool.plans.access import Role
from lti_tool.plans.roles import effective_role, is_admin, is_test_user, role_of, session_role

M = "http://purl.imsglobal.org/vocab/lis/v2/membership"
I = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"  # noqa: E741
S = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        ([], Role.NONE),
        ([M + "#Instructor"], Role.STAFF),
        (["Instructor"], Role.STAFF),
        ([M + "/Instructor#TeachingAssistant"], Role.STAFF),
        ([M + "/Instructor#TeachingAssistant", M + "#Instructor"], Role.STAFF),
        ([M + "#Learner"], Role.LEARNER),
        (["Learner"], Role.LEARNER),
        ([M + "/Learner#GuestLearner"], Role.LEARNER),
        ([M + "/Learner#Instructor"], Role.LEARNER),
        ([M + "#Mentor", M + "#Learner"], Role.MENTOR),
        ([M + "#Instructor", M + "#Learner"], Role.STAFF),
        ([I + "Instructor"], Role.NONE),
        ([I + "Instructor", M + "#Learner"], Role.LEARNER),
        ([M + "#ContentDeveloper"], Role.NONE),
        ([M + "#Manager"], Role.NONE),
        (["urn:something:else", "http://x#Instructor", M + "#Learner"], Role.LEARNER),
        ([M + "#learner", "instructor"], Role.NONE),
        # Canvas (canvas.md §3, §4): observers, also with the learner sub-role of older launches
        ([M + "#Mentor"], Role.MENTOR),
        (["Mentor"], Role.MENTOR),
        ([M + "/Learner#NonCreditLearner", M + "#Mentor"], Role.MENTOR),
        ([M + "#Learner", M + "/Learner#NonCreditLearner", M + "#Mentor", I + "Observer"], Role.MENTOR),
        ([M + "/Mentor#LearnerMentor"], Role.MENTOR),
        ([M + "/Learner#NonCreditLearner"], Role.LEARNER),
        # Canvas: a designer, also one who teaches elsewhere; a designer who teaches here teaches
        ([M + "#ContentDeveloper", I + "Instructor", S + "User"], Role.NONE),
        ([M + "#ContentDeveloper", M + "#Instructor"], Role.STAFF),
        (["ContentDeveloper"], Role.NONE),
        # Canvas puts the roles of all places into one list ($com.instructure.User.allRoles)
        ([I + "Student", I + "Instructor", M + "#Learner", S + "User"], Role.LEARNER),
        ([I + "Observer", I + "Student", M + "#Learner", S + "User"], Role.LEARNER),
        ([I + "Student", I + "Observer", M + "#Mentor", S + "User"], Role.MENTOR),
        ([I + "Administrator", S + "SysAdmin", M + "#Learner"], Role.LEARNER),
        ([I + "Mentor", S + "None"], Role.NONE),
        (["http://purl.imsglobal.org/vocab/lti/system/person#None"], Role.NONE),
        # Canvas: group members and group leaders of a group launch
        ([M + "#Member", M + "#Manager"], Role.NONE),
        ([M + "#Member", M + "#Learner"], Role.LEARNER),
        # Moodle (moodle.md, Launch, NRPS): a site administrator, short names
        ([I + "Administrator", M + "#Instructor", S + "Administrator"], Role.STAFF),
        (["TeachingAssistant"], Role.STAFF),
        (["Learner", "Mentor"], Role.MENTOR),
        # LTI 1.1 names, fragments and blanks are unknown here
        (["urn:lti:role:ims/lis/Learner", "urn:lti:role:ims/lis/Instructor"], Role.NONE),
        (["", " ", "#Instructor", M, M + "#", M + "/"], Role.NONE),
        (["http://purl.imsglobal.org/vocab/lis/v2/membershipX#Instructor"], Role.NONE),
        (["https://evil.example/" + M + "#Instructor"], Role.NONE),
        ([M.replace("http:", "https:") + "#Instructor"], Role.STAFF),
        ([M.replace("http:", "https:") + "#Learner"], Role.LEARNER),
        (["https://other.example/vocab/lis/v2/membership#Instructor"], Role.NONE),
    ],
)
def test_what_roles_make_of_a_person(roles: list[str], role: Role) -> None:
    assert role_of(roles) is role


def test_administrators_are_those_of_the_institution_or_the_system() -> None:
    assert is_admin([I + "Administrator"])
    assert is_admin([S + "SysAdmin"])
    assert is_admin([S.replace("http:", "https:") + "Administrator"])
    assert not is_admin([M + "#Administrator"])
    assert not is_admin(["Administrator"])
    assert session_role([I + "Administrator"]) is Role.ADMIN
    assert session_role([I + "Administrator", M + "#Instructor"]) is Role.STAFF


def test_a_launch_wins_over_the_roster_where_it_named_a_role_in_the_course() -> None:
    assert effective_role([M + "#Instructor"], ["Learner"]) is Role.STAFF
    assert effective_role(None, ["Learner"]) is Role.LEARNER
    assert effective_role([], ["Learner"]) is Role.LEARNER
    assert effective_role([I + "Student"], ["Instructor"]) is Role.STAFF
    assert effective_role([M + "#ContentDeveloper"], ["Learner"]) is Role.NONE
    assert effective_role(None, None) is Role.NONE


@pytest.mark.parametrize(
    ("launch", "roster", "role"),
    [
        ([M + "#Instructor"], ["Learner"], Role.STAFF),  # Moodle's non-editing teacher
        ([M + "#Learner"], ["Instructor"], Role.LEARNER),
        ([M + "#Mentor"], [M + "#Learner"], Role.MENTOR),
        (None, [M + "#Mentor"], Role.MENTOR),
        ([I + "Administrator"], [M + "#Mentor"], Role.MENTOR),
        ([I + "Administrator"], None, Role.ADMIN),
        ([], [], Role.NONE),
    ],
)
def test_which_source_counts(launch: list[str] | None, roster: list[str] | None, role: Role) -> None:
    assert effective_role(launch, roster) is role


def test_the_test_student_is_apart_and_nobody_else_is() -> None:
    roles = [M + "#Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]
    assert is_test_user(roles)
    assert role_of(roles) is Role.LEARNER
    assert not is_test_user([M + "#Learner", "TestUser", S + "TestUser"])
