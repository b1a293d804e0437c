"""Guardians and mentors of the LMS: their children's plans, read only, and nothing of anybody else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from lti_tool.planning.guardians import block_guardian, remember_students
from lti_tool.plans.access import Actor, Role
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Context, Person, PersonAlias
from lti_tool.records.support import MentorRelation
from tests import factories
from tests.web.math8 import Math8, add_own_goal, add_proposal, make_math8
from tests.web.rig import Opened, Rig


@pytest.fixture
def school(rig: Rig) -> Math8:
    return make_math8(rig)


def sub_of(rig: Rig, person: Person) -> str:
    with rig.database.read() as session:
        return session.scalars(sa.select(PersonAlias.value).filter_by(person_id=person.id, kind="sub")).one()


def make_guardian(rig: Rig, course: Context, *subs: str, name: str = "Paula Lindqvist") -> Person:
    """A mentor in the course whose launch named these students."""
    with rig.database.write() as session:
        person = factories.make_member(session, course, Role.MENTOR, name=name)
        remember_students(
            session,
            course.registration_id,
            course.id,
            person.id,
            subs,
            source="role_scope_mentor",
            now=rig.clock(),
        )
    return person


def enter(rig: Rig, guardian: Person, course: Context | None) -> Opened:
    return rig.open(guardian, course, Role.MENTOR if course else Role.NONE)


def reads(rig: Rig) -> list[tuple[str, int | None, str]]:
    with rig.database.read() as session:
        rows = session.scalars(sa.select(AuditEntry).filter_by(act="read a plan").order_by(AuditEntry.id))
        return [(row.actor_role, row.actor_id, row.subject) for row in rows]


def test_a_guardian_lands_on_the_childs_plan_in_the_students_words(rig: Rig, school: Math8) -> None:
    add_own_goal(rig, school)
    add_proposal(rig, school, title="A proposed goal")
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya))
    page = enter(rig, guardian, school.course).get()
    assert page.status_code == 200
    for words in (
        "Maya Lindqvist",
        "Homework average in Math 8 to 80",
        "Maya started at 68",
        "A proposed goal",
    ):
        assert words in page.text
    for words in ("Ben", "Off track", "Missing work", "Propose", "/goals/", "Hidden test", "New goal"):
        assert words not in page.text or words == "Hidden test", words
    assert reads(rig) == [("mentor", guardian.id, f"person:{school.maya.id}")]


def test_a_hidden_grade_shows_to_no_guardian(rig: Rig, school: Math8) -> None:
    items = [school.items["hidden"].id, school.items["h1"].id]
    add_own_goal(rig, school, item_ids=items)
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya))
    page = enter(rig, guardian, school.course).get().text
    assert "Hidden test" in page
    assert "13 of 50" not in page


def test_two_children_are_two_tabs_and_a_stranger_is_not_found(rig: Rig, school: Math8) -> None:
    add_own_goal(rig, school)
    with rig.database.write() as session:
        other = factories.make_learner(session, school.course, name="Noor Haddad")
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya), sub_of(rig, school.ben))
    me = enter(rig, guardian, school.course)
    text = me.get().text
    for child in (school.maya, school.ben):
        assert f"/children/{school.course.id}/{child.id}" in text
    assert me.get(f"/children/{school.course.id}/{school.ben.id}").status_code == 200
    for person in (other.id, school.teacher.id, 0, 2**31, 99999999999999999999):
        assert me.get(f"/children/{school.course.id}/{person}").status_code == 404
    for path in (f"/students/{school.maya.id}", "/board", "/goals/new", f"/students/{school.maya.id}/access"):
        assert me.get(path).status_code == 403
    assert other.name not in text


def test_a_child_not_known_yet_is_said_plainly(rig: Rig, school: Math8) -> None:
    guardian = make_guardian(rig, school.course, "somebody-new")
    page = enter(rig, guardian, school.course).get()
    assert "Your child is not known here yet" in page.text
    assert "somebody-new" not in page.text
    with rig.database.write() as session:
        factories.make_learner(session, school.course, sub="somebody-new", name="Late Comer")
    assert "Late Comer" in enter(rig, guardian, school.course).get().text


def test_a_mentor_without_anybody_is_told_what_to_do(rig: Rig, school: Math8) -> None:
    guardian = make_guardian(rig, school.course)
    page = enter(rig, guardian, school.course).get()
    assert page.status_code == 200
    assert "did not say whose guardian" in page.text
    assert reads(rig) == []


def test_whom_the_next_launch_no_longer_names_is_gone(rig: Rig, school: Math8) -> None:
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya))
    me = enter(rig, guardian, school.course)
    with rig.database.write() as session:
        remember_students(
            session,
            school.course.registration_id,
            school.course.id,
            guardian.id,
            [],
            source="role_scope_mentor",
            now=rig.clock(),
        )
    assert me.get(f"/children/{school.course.id}/{school.maya.id}").status_code == 404
    with rig.database.read() as session:
        assert session.scalars(sa.select(MentorRelation)).one().ended_at == rig.clock()


def test_only_the_course_of_the_launch_is_read_in_a_launch(rig: Rig, school: Math8) -> None:
    other = make_math8(rig)  # another registration altogether
    with rig.database.write() as session:
        registration = session.get_one(Context, school.course.id).registration_id
        second = Context(registration_id=registration, lms_id="x", title="Art", created_at=rig.clock())
        session.add(second)
        session.flush()
        factories.make_member(session, second, Role.LEARNER, school.maya)
    add_own_goal(rig, school)
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya))
    with rig.database.write() as session:
        factories.make_member(session, second, Role.MENTOR, guardian)
        fields = {"source": "role_scope_mentor", "now": rig.clock()}
        remember_students(session, registration, second.id, guardian.id, [sub_of(rig, school.maya)], **fields)
    in_art = enter(rig, guardian, second)
    assert "Homework average" not in in_art.get().text
    assert in_art.get(f"/children/{school.course.id}/{school.maya.id}").status_code == 404
    assert in_art.get(f"/children/{other.course.id}/{other.maya.id}").status_code == 404
    outside = enter(rig, guardian, None)
    assert "Maya, Art" in outside.get().text
    assert outside.get(f"/children/{school.course.id}/{school.maya.id}").status_code == 200
    rig.clock.move(days=31)
    assert "No course here" in enter(rig, guardian, None).get().text


def test_the_same_sub_at_another_platform_is_nobodys_child(rig: Rig, school: Math8) -> None:
    other = make_math8(rig)
    guardian = make_guardian(rig, other.course, sub_of(rig, school.maya))
    page = enter(rig, guardian, other.course)
    assert "not known here yet" in page.get().text
    assert page.get(f"/children/{school.course.id}/{school.maya.id}").status_code == 404


def test_a_blocked_guardian_reads_nothing_from_that_moment(rig: Rig, school: Math8) -> None:
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya), sub_of(rig, school.ben))
    me = enter(rig, guardian, school.course)
    assert me.get().status_code == 200
    admin = Actor(school.course.registration_id, school.teacher.id, Role.ADMIN, is_admin=True)
    with rig.database.write() as session:
        block_guardian(session, admin, school.maya.id, guardian_id=guardian.id, name="", now=rig.clock())
    assert me.get(f"/children/{school.course.id}/{school.maya.id}").status_code == 404
    assert "Maya" not in me.get().text
    assert me.get(f"/children/{school.course.id}/{school.ben.id}").status_code == 200


def test_a_person_who_is_no_mentor_here_any_more_reads_nothing(rig: Rig, school: Math8) -> None:
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya))
    with rig.database.write() as session:
        session.execute(
            sa.text("UPDATE membership SET role = 'none' WHERE person_id = :p"), {"p": guardian.id}
        )
    assert "Maya" not in enter(rig, guardian, school.course).get().text
    assert "No course here" in enter(rig, guardian, None).get().text
