"""Who has read a plan: the same list for the student and for staff of the course, and for nobody else."""

from __future__ import annotations

from lti_tool.planning.notes import note_read
from lti_tool.plans.access import Actor, Role
from lti_tool.records.course import Person
from lti_tool.records.platform import Registration
from tests import factories
from tests.launch.picking import words_of
from tests.web.math8 import Math8, make_math8
from tests.web.rig import Rig


def new_person(rig: Rig, school: Math8, name: str) -> Person:
    with rig.database.write() as session:
        registration = session.get_one(Registration, school.course.registration_id)
        return factories.make_person(session, registration, name=name)


def read(rig: Rig, school: Math8, person: Person, role: Role, name: str = "") -> None:
    with rig.database.write() as session:
        actor = Actor(school.course.registration_id, person.id, role)
        note_read(session, actor, school.maya.id, now=rig.clock(), role=name)


def test_the_student_and_their_teacher_read_one_list(rig: Rig) -> None:
    school = make_math8(rig)
    mother, nadia = new_person(rig, school, "Rosa Santos"), new_person(rig, school, "Nadia Counsel")
    assert "No guardian, mentor or counselor has read it" in words_of(
        rig.open(school.maya, school.course, Role.LEARNER).get("/reads")
    )
    read(rig, school, mother, Role.MENTOR)
    rig.clock.move(minutes=3)
    read(rig, school, mother, Role.MENTOR)
    rig.clock.move(hours=2)
    read(rig, school, nadia, Role.NONE, "counselor")
    mine = rig.open(school.maya, school.course, Role.LEARNER)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    theirs = words_of(teacher.get(f"/students/{school.maya.id}/reads"))
    for words in (words_of(mine.get("/reads")), theirs):
        assert "Rosa Santos guardian or mentor" in words
        assert "(opened 2 times)" in words
        assert words.index("Nadia Counsel counselor") < words.index("Rosa Santos")
    assert "/reads" in mine.get().text
    assert f"/students/{school.maya.id}/reads" in teacher.get(f"/students/{school.maya.id}").text


def test_nobody_else_reads_it(rig: Rig) -> None:
    school = make_math8(rig)
    read(rig, school, new_person(rig, school, "Rosa Santos"), Role.MENTOR)
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    assert "Rosa" not in ben.get("/reads").text
    assert ben.get(f"/students/{school.maya.id}/reads").status_code == 403
    outsider = rig.open(new_person(rig, school, "Out Sider"), None, Role.NONE)
    assert outsider.get("/reads").status_code == 403
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    for number in (0, 999_999, 2**40, school.teacher.id):
        assert teacher.get(f"/students/{number}/reads").status_code == 404
