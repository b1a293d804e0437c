"""A list of people that looks incomplete: staff say that those it leaves out have left (design.md rule 2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Context, Membership
from tests import factories
from tests.web.course import NOW, Course, make_course
from tests.web.rig import Opened, Rig

READ = NOW - timedelta(minutes=5)


def doubted(rig: Rig) -> tuple[Course, Opened]:
    """Five learners, of whom the newest list names one; last time it named five."""
    with rig.database.write() as session:
        school = make_course(
            session, roster_doubt="half", roster_named=1, roster_learners=5, roster_read_at=READ
        )
        school.context.roster_read_at = READ
        for number in range(5):
            person = factories.make_learner(session, school.context, name=f"Learner {number}")
            member = session.scalars(sa.select(Membership).where(Membership.person_id == person.id)).one()
            member.in_roster_at = READ if number == 0 else READ - timedelta(days=1)
        for member in session.scalars(sa.select(Membership).where(Membership.role == Role.STAFF)):
            member.in_roster_at = READ
    return school, rig.open(school.teacher, school.context, Role.STAFF)


def here(rig: Rig, school: Course) -> int:
    with rig.database.read() as session:
        gone = sa.select(sa.func.count()).where(
            Membership.context_id == school.context.id,
            Membership.role == Role.LEARNER,
            Membership.left_at.is_(None),
        )
        return session.scalar(gone) or 0


def context_of(rig: Rig, school: Course) -> Context:
    with rig.database.read() as session:
        return session.get_one(Context, school.context.id)


def test_staff_say_that_people_have_left(rig: Rig) -> None:
    school, teacher = doubted(rig)
    assert "looks incomplete" in teacher.get("/board").text
    page = teacher.get("/setup").text
    assert "list: 1. Last time: 5." in page
    assert "Yes, these 4 people have left" in page
    answer = teacher.post("/roster/gone", {"read_at": READ.isoformat()})
    assert "Yes, these" not in teacher.follow(answer).text
    assert here(rig, school) == 1
    context = context_of(rig, school)
    assert (context.roster_doubt, context.roster_learners) == ("", 1)
    assert "looks incomplete" not in teacher.get("/board").text
    with rig.database.read() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "roster.confirmed")).one()
    assert entry.actor_id == school.teacher.id
    assert entry.details == {"gone": 4, "named": 1, "last": 5}


def test_an_old_page_or_a_second_press_changes_nothing(rig: Rig) -> None:
    school, teacher = doubted(rig)
    sent: list[dict[str, Any]] = [
        {},
        {"read_at": "yesterday"},
        {"read_at": "2026-02-23T16:37:00"},
        {"read_at": (READ - timedelta(hours=1)).isoformat()},
    ]
    for form in sent:
        assert teacher.post("/roster/gone", form).status_code == 303
        assert here(rig, school) == 5
    for _time in range(2):
        assert teacher.post("/roster/gone", {"read_at": READ.isoformat()}).status_code == 303
    assert here(rig, school) == 1


def test_students_and_other_courses_cannot(rig: Rig) -> None:
    school, _teacher = doubted(rig)
    with rig.database.write() as session:
        learner = factories.make_learner(session, school.context, name="Somebody")
        other = factories.make_context(session, school.registration, started_at=NOW)
        colleague = factories.make_teacher(session, other, name="Other Teacher")
    student = rig.open(learner, school.context, Role.LEARNER)
    assert student.post("/roster/gone", {"read_at": READ.isoformat()}).status_code == 403
    elsewhere = rig.open(colleague, other, Role.STAFF)
    elsewhere.post("/roster/gone", {"read_at": READ.isoformat()})
    assert here(rig, school) == 6
