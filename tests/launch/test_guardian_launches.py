"""Guardians as Canvas launches them: whom the launch names, when, and what they then read (lti.md §6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest
import requests
import sqlalchemy as sa

from lti_tool.launch.mentor_scope import students_named
from lti_tool.records.course import Membership, Person, PersonAlias
from lti_tool.records.plan import Plan
from lti_tool.records.support import MentorRelation
from tests.launch.rig import Rig
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import LaunchClient, sign
from tests.sandbox_lms.server import PracticeLms

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
COURSE, OBSERVER, CHILD = seed.CANVAS_COURSE, seed.CANVAS_OBSERVER, seed.CANVAS_STUDENTS[0]
Change = Callable[[dict[str, Any]], object]


def relations(rig: Rig) -> list[tuple[str, str, bool]]:
    with rig.database.read() as session:
        rows = session.scalars(sa.select(MentorRelation).order_by(MentorRelation.id))
        return [(row.student_sub, row.source, row.ended_at is None) for row in rows]


def launch_with(lms: PracticeLms, person: int, change: Change) -> requests.Response:
    """A launch whose claims the platform changed before signing them."""
    client = LaunchClient()
    form = client.ready(lms.url("canvas"), COURSE, person)
    claims = jwt.decode(form.fields["id_token"], options={"verify_signature": False})
    change(claims)
    form.fields["id_token"] = sign(lms.worlds["canvas"], claims)
    return client.send(form)


def launch(lms: PracticeLms, person: int) -> requests.Response:
    return LaunchClient().launch(lms.url("canvas"), COURSE, person)


def test_an_observer_meets_their_child_once_the_child_is_known(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["canvas"]
    rig.register(world)
    before = launch(lms, OBSERVER)
    assert before.status_code == 200
    assert "Your child is not known here yet" in before.text
    assert relations(rig) == [(world.people[CHILD].sub, "role_scope_mentor", True)]
    launch(lms, CHILD)
    launch(lms, seed.CANVAS_STUDENTS[1])
    page = launch(lms, OBSERVER)
    assert world.people[CHILD].given_name in page.text
    assert world.people[seed.CANVAS_STUDENTS[1]].family_name not in page.text
    assert len(relations(rig)) == 1
    with rig.database.read() as session:
        sub = world.people[OBSERVER].sub
        query = sa.select(Membership.role).join(PersonAlias, PersonAlias.person_id == Membership.person_id)
        assert session.scalars(query.where(PersonAlias.value == sub)).one() == "mentor"
        plans = session.scalar(sa.select(sa.func.count()).select_from(Plan))
        assert plans == 2  # the two students'; a guardian has none


def test_canvas_names_the_observees_in_a_custom_field_where_the_claim_is_absent(
    rig: Rig, lms: PracticeLms
) -> None:
    world = lms.worlds["canvas"]
    tool = rig.register(world)
    tool.privacy = "name_only"
    launch(lms, CHILD)
    page = launch(lms, OBSERVER)
    assert relations(rig) == [(world.people[CHILD].sub, "observees", True)]
    assert world.people[CHILD].given_name in page.text


def test_a_link_taken_away_in_the_lms_ends_at_the_next_launch(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["canvas"]
    rig.register(world)
    launch(lms, CHILD)
    launch(lms, OBSERVER)
    with world.lock:
        world.courses[COURSE].enrolments[OBSERVER].observes = []
    page = launch(lms, OBSERVER)
    assert world.people[CHILD].given_name not in page.text
    assert [open_ for *_rest, open_ in relations(rig)] == [False]


def test_only_a_mentor_of_the_course_is_believed(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["canvas"]
    rig.register(world)
    launch(lms, CHILD)
    claim = LTI + "role_scope_mentor"
    for person in (seed.CANVAS_STUDENTS[1], seed.CANVAS_TEACHER):
        launch_with(lms, person, lambda claims: claims.update({claim: [world.people[CHILD].sub]}))
    outside = launch_with(lms, OBSERVER, lambda claims: claims.pop(LTI + "context"))
    assert "No course here" in outside.text
    assert relations(rig) == []


@pytest.mark.parametrize(
    "named",
    [None, "text", 7, {"a": 1}, [], [None, 3, {}], ["", " ", "$x", "a\x00b", "x" * 256], [["nested"]]],
)
def test_a_claim_that_names_nobody_well_names_nobody(rig: Rig, lms: PracticeLms, named: Any) -> None:
    rig.register(lms.worlds["canvas"])

    def change(claims: dict[str, Any]) -> None:
        claims[LTI + "role_scope_mentor"] = named
        claims[LTI + "custom"] = {"observees": "$com.instructure.User.observees"}

    page = launch_with(lms, OBSERVER, change)
    assert page.status_code == 200
    assert "did not say whose guardian" in page.text
    assert relations(rig) == []


def test_a_very_long_list_is_cut(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    many = [f"student-{number}" for number in range(1000)]
    page = launch_with(lms, OBSERVER, lambda claims: claims.update({LTI + "role_scope_mentor": many}))
    assert page.status_code == 200
    assert len(relations(rig)) == 100


def test_a_known_student_outside_a_course_gets_their_own_home(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    launch(lms, CHILD)
    with rig.database.write() as session:
        session.execute(sa.text("UPDATE context SET started_at = created_at"))
    page = launch_with(lms, CHILD, lambda claims: claims.pop(LTI + "context"))
    assert page.status_code == 200
    assert "My plan" in page.text
    stranger = launch_with(lms, seed.CANVAS_STUDENTS[1], lambda claims: claims.pop(LTI + "context"))
    assert "No course here" in stranger.text


def test_the_test_student_is_nobodys_child_and_has_a_mark(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])

    def as_test_student(claims: dict[str, Any]) -> None:
        test_user = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
        learner = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
        claims["sub"], claims[LTI + "roles"] = "test-student", [learner, test_user]

    assert launch_with(lms, CHILD, as_test_student).status_code == 200
    with rig.database.read() as session:
        assert session.scalars(sa.select(Person.is_test)).all() == [True]


@pytest.mark.parametrize(
    ("claim", "custom", "found"),
    [
        (["a", "a", " b "], {}, (["a", "b"], "role_scope_mentor")),
        (None, {"observees": "a, b,,$c"}, (["a", "b"], "observees")),
        ([], {"observees": "a"}, ([], "role_scope_mentor")),
        (None, {"observees": "$com.instructure.User.observees"}, ([], "")),
        (None, {}, ([], "")),
    ],
)
def test_whom_a_launch_names(claim: Any, custom: dict[str, str], found: tuple[list[str], str]) -> None:
    assert students_named(claim, custom) == found
