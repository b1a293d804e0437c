"""Counselors and one's own page outside a course; the administrator who assigns and stops."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from lti_tool.planning.guardians import remember_students
from lti_tool.plans.access import Role
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Person, PersonAlias
from lti_tool.records.platform import Registration
from lti_tool.records.support import AccessGrant, CounselorAssignment, GuardianBlock
from tests import factories
from tests.web.math8 import HOSTILE, Math8, add_own_goal, make_math8
from tests.web.rig import Opened, Rig
from tests.web.test_guardians import sub_of


@pytest.fixture
def school(rig: Rig) -> Math8:
    made = make_math8(rig)
    add_own_goal(rig, made)
    return made


def new_person(rig: Rig, school: Math8, name: str) -> Person:
    with rig.database.write() as session:
        registration = session.get_one(Registration, school.course.registration_id)
        return factories.make_person(session, registration, name=name)


@pytest.fixture
def counselor(rig: Rig, school: Math8) -> Person:
    return new_person(rig, school, "Nadia Counsel")


@pytest.fixture
def admin(rig: Rig, school: Math8) -> Opened:
    return rig.open(new_person(rig, school, "Ada Min"), None, Role.ADMIN, is_admin=True)


def acts(rig: Rig) -> list[tuple[str, str]]:
    with rig.database.read() as session:
        rows = session.execute(sa.select(AuditEntry.act, AuditEntry.actor_role).order_by(AuditEntry.id))
        return [(row.act, row.actor_role) for row in rows]


def test_a_student_outside_a_course_reads_their_own_whole_plan(rig: Rig, school: Math8) -> None:
    page = rig.open(school.maya, None, Role.NONE).get()
    assert page.status_code == 200
    assert "My plan" in page.text
    assert "Homework average in Math 8 to 80" in page.text
    assert "You started at 68" in page.text
    assert "No course here" in rig.open(school.teacher, None, Role.NONE).get().text


def test_a_counselor_reads_the_whole_plan_of_an_assigned_student(
    rig: Rig, school: Math8, counselor: Person, admin: Opened
) -> None:
    me = rig.open(counselor, None, Role.NONE)
    assert "No course here" in me.get().text
    assert me.get(f"/assigned/{school.maya.id}").status_code == 404
    found = admin.post("/support", {"find": "nadia"})
    assert f"/support/{counselor.id}" in found.text
    found = admin.post(f"/support/{counselor.id}", {"find": "lindqvist"})
    assert f'value="{school.maya.id}"' in found.text
    for _ in range(2):
        answer = admin.post(f"/support/{counselor.id}/assign", {"student_id": str(school.maya.id)})
        assert answer.status_code == 303
    home = me.get()
    assert "Maya Lindqvist" in home.text
    assert "Ben" not in home.text
    plan = me.get(f"/assigned/{school.maya.id}")
    assert "Homework average in Math 8 to 80" in plan.text
    assert me.get(f"/assigned/{school.ben.id}").status_code == 404
    assert acts(rig)[-1] == ("read a plan", "counselor")
    assert ("assigned a counselor", "admin") in acts(rig)
    with rig.database.read() as session:
        row = session.scalars(sa.select(CounselorAssignment)).one()
    assert admin.post(f"/support/assignments/{row.id}/end").status_code == 303
    assert me.get(f"/assigned/{school.maya.id}").status_code == 404


def test_an_administrator_who_counsels_finds_both_pages(rig: Rig, school: Math8, admin: Opened) -> None:
    with rig.database.read() as session:
        me = session.scalars(sa.select(Person.id).filter_by(name="Ada Min")).one()
    assert "Your students" not in admin.get().text
    admin.post(f"/support/{me}/assign", {"student_id": str(school.maya.id)})
    home = admin.get().text
    assert "Your students" in home
    assert "/admin" in home
    assert "/support" in home


def test_a_counselor_of_a_course_reads_those_who_learn_in_it_now(
    rig: Rig, school: Math8, counselor: Person, admin: Opened
) -> None:
    found = admin.post(f"/support/{counselor.id}", {"find": "math"})
    assert f'name="context_id" value="{school.course.id}"' in found.text
    admin.post(f"/support/{counselor.id}/assign", {"context_id": str(school.course.id)})
    me = rig.open(counselor, None, Role.NONE)
    home = me.get().text
    assert "Maya Lindqvist" in home
    assert "Ben &lt;b&gt;Adler" in home
    assert "Rose Okafor" not in home
    assert me.get(f"/assigned/{school.teacher.id}").status_code == 404
    with rig.database.write() as session:
        session.execute(
            sa.text("UPDATE membership SET left_at = '2026-02-01' WHERE person_id = :p"),
            {"p": school.ben.id},
        )
    assert me.get(f"/assigned/{school.ben.id}").status_code == 404


def test_an_administrator_stops_a_guardian_and_lets_them_back(rig: Rig, school: Math8, admin: Opened) -> None:
    with rig.database.write() as session:
        guardian = factories.make_member(session, school.course, Role.MENTOR, name="Paula Lind")
        sub = session.scalars(sa.select(PersonAlias.value).filter_by(person_id=school.maya.id)).one()
        where = (school.course.registration_id, school.course.id, guardian.id)
        remember_students(session, *where, [sub], source="observees", now=rig.clock())
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    form = {"name": "paula  LIND", "reader": "guardian", "kind": "link", "days": "30"}
    path = f"/students/{school.maya.id}/access"
    assert teacher.post(path, form).status_code == 200
    for page in (admin.get(f"/support/{guardian.id}"), admin.get(f"/support/{school.maya.id}")):
        assert f'name="guardian_id" value="{guardian.id}"' in page.text
    for _ in range(2):
        answer = admin.post(f"/support/{school.maya.id}/block", {"guardian_id": str(guardian.id)})
        assert answer.status_code == 303
    with rig.database.read() as session:
        block = session.scalars(sa.select(GuardianBlock)).one()
        assert session.scalars(sa.select(AccessGrant)).one().revoked_at == rig.clock()
    assert "does not read the plan of" in admin.get("/support").text
    assert "stopped by the school" in admin.get(f"/support/{school.maya.id}").text
    me = rig.open(guardian, school.course, Role.MENTOR)
    assert "Maya" not in me.get().text
    refused = teacher.post(path, form)
    assert refused.status_code == 422
    assert "The school has stopped this person" in refused.text
    assert ("blocked a guardian", "admin") in acts(rig)
    assert admin.post(f"/support/blocks/{block.id}/lift").status_code == 303
    assert "Maya" in me.get().text
    assert teacher.post(path, form).status_code == 200


def test_a_name_on_a_grant_can_be_stopped_too(rig: Rig, school: Math8, admin: Opened) -> None:
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    form = {"name": "Uncle Bo", "reader": "mentor", "kind": "link", "days": "7"}
    teacher.post(f"/students/{school.maya.id}/access", form)
    assert "Uncle Bo" in admin.get(f"/support/{school.maya.id}").text
    assert admin.post(f"/support/{school.maya.id}/block", {"name": "\x00"}).status_code == 404
    assert admin.post(f"/support/{school.maya.id}/block", {"name": "uncle\x00bo"}).status_code == 303
    assert "stopped by the school" in admin.get(f"/support/{school.maya.id}").text
    assert teacher.post(f"/students/{school.maya.id}/access", form).status_code == 422
    assert teacher.post(f"/students/{school.ben.id}/access", form).status_code == 200


def test_nothing_of_another_school_is_found_or_changed(
    rig: Rig, school: Math8, counselor: Person, admin: Opened
) -> None:
    other = make_math8(rig)
    theirs = rig.open(other.teacher, None, Role.ADMIN, is_admin=True)
    admin.post(f"/support/{counselor.id}/assign", {"student_id": str(school.maya.id)})
    with rig.database.read() as session:
        row = session.scalars(sa.select(CounselorAssignment)).one()
    assert f"/support/{school.maya.id}" not in theirs.post("/support", {"find": "Maya"}).text
    assert theirs.get(f"/support/{school.maya.id}").status_code == 404
    assert "Nadia" not in theirs.get("/support").text
    for path, data in (
        (f"/support/{counselor.id}/assign", {"student_id": str(other.maya.id)}),
        (f"/support/{other.teacher.id}/assign", {"student_id": str(school.maya.id)}),
        (f"/support/{other.teacher.id}/assign", {"context_id": str(school.course.id)}),
        (f"/support/{school.maya.id}/block", {"name": "x"}),
        (f"/support/{other.maya.id}/block", {"guardian_id": str(counselor.id)}),
        (f"/support/assignments/{row.id}/end", {}),
        ("/support/blocks/99999999999999/lift", {}),
    ):
        assert theirs.post(path, data).status_code == 404, path


@pytest.mark.parametrize("typed", ["", "%", "_", "\x00", HOSTILE, "x" * 5000, "' OR 1=1 --"])
def test_odd_searches_are_answered(rig: Rig, school: Math8, admin: Opened, typed: str) -> None:
    page = admin.post("/support", {"find": typed})
    assert page.status_code == 200
    assert "Maya" not in page.text
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("data", [{}, {"student_id": "x"}, {"student_id": "1", "context_id": "1"}])
def test_odd_assignments_are_refused(
    rig: Rig, school: Math8, counselor: Person, admin: Opened, data: dict[str, str]
) -> None:
    assert admin.post(f"/support/{counselor.id}/assign", data).status_code == 404
    assert admin.post(f"/support/{school.maya.id}/block", data).status_code == 404


@pytest.mark.parametrize("role", [Role.STAFF, Role.LEARNER, Role.MENTOR, Role.NONE])
def test_only_administrators_manage_support(rig: Rig, school: Math8, role: Role) -> None:
    me = rig.open(school.teacher, school.course, role)
    assert me.get("/support").status_code == 403
    assert me.post(f"/support/{school.maya.id}/block", {"name": "x"}).status_code == 403


def test_a_guardian_is_stopped_for_every_child_at_once(rig: Rig, school: Math8, admin: Opened) -> None:
    mother = new_person(rig, school, "Rosa Lindqvist")
    with rig.database.write() as session:
        remember_students(
            session,
            school.course.registration_id,
            school.course.id,
            mother.id,
            [sub_of(rig, school.maya), sub_of(rig, school.ben)],
            source="role_scope_mentor",
            now=rig.clock(),
        )
    assert f"/support/{mother.id}/block-all" in admin.get(f"/support/{mother.id}").text
    for _ in range(2):
        assert admin.post(f"/support/{mother.id}/block-all").status_code == 303
    assert "block-all" not in admin.get(f"/support/{mother.id}").text
    with rig.database.read() as session:
        blocked = session.scalars(
            sa.select(GuardianBlock.student_id).order_by(GuardianBlock.student_id)
        ).all()
    assert blocked == sorted([school.maya.id, school.ben.id])
    assert rig.open(mother, None, Role.MENTOR).get(f"/children/{school.maya.id}").status_code == 404
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    assert teacher.post(f"/support/{mother.id}/block-all").status_code == 403


def test_a_long_list_of_students_comes_in_pages(rig: Rig, school: Math8, counselor: Person) -> None:
    with rig.database.write() as session:
        registration = session.get_one(Registration, school.course.registration_id)
        for number in range(103):
            student = factories.make_person(session, registration, name=f"Student Number{number:03}")
            session.add(
                CounselorAssignment(
                    registration_id=registration.id,
                    counselor_id=counselor.id,
                    student_id=student.id,
                    made_at=rig.clock(),
                )
            )
    me = rig.open(counselor, None, Role.NONE)
    assert "Students 1 to 100 of 103" in me.get("/assigned").text
    assert "Number102" not in me.get("/assigned").text
    last = me.get("/assigned?page=2").text
    assert "Students 101 to 103 of 103" in last
    assert "Number102" in last
    for odd in ("0", "-1", "x", "99999", "٣", ""):
        assert me.get(f"/assigned?page={odd}").status_code == 200
