"""One open plan a learner; starting plans in a course."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from lti_tool.jobs import Jobs, migrate_job_tables
from lti_tool.planning.courses import start_plans
from lti_tool.planning.enrolment import ensure_plans, withdraw_empty_plans
from lti_tool.planning.errors import NotFound
from lti_tool.planning.goals import make_goal
from lti_tool.plans.access import Refused, Role
from lti_tool.records.audit import AuditEntry
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.plan import Plan
from tests import factories as make

NOW = make.NOW


def test_each_learner_gets_one_open_plan(school):
    session = school.session
    people = [school.maya.id, school.zoe.id, school.maya.id]
    assert ensure_plans(session, school.registration.id, people, now=NOW) == 2
    assert ensure_plans(session, school.registration.id, people, now=NOW) == 0
    plans = session.scalars(sa.select(Plan)).all()
    assert {plan.person_id for plan in plans} == set(people)
    assert all(plan.started_at is None and plan.created_at == NOW for plan in plans)


def test_a_closed_plan_makes_room_for_an_open_one(school):
    make.make_plan(school.session, school.maya, closed_at=NOW)
    assert ensure_plans(school.session, school.registration.id, [school.maya.id], now=NOW) == 1


def test_people_of_another_registration_get_none(school):
    other = make.make_registration(school.session)
    assert ensure_plans(school.session, other.id, [school.maya.id, 999_999], now=NOW) == 0


def test_five_thousand_in_few_statements(school, statements):
    session = school.session
    people = [make.make_person(session, school.registration).id for _ in range(1100)]
    with statements() as seen:
        assert ensure_plans(session, school.registration.id, people, now=NOW) == 1100
    assert len(seen) == 3


def test_an_empty_plan_of_somebody_who_is_staff_goes(school):
    session = school.session
    make_goal(session, school.student(school.zoe), school.draft(), now=NOW)
    ensure_plans(session, school.registration.id, [school.teacher.id, school.maya.id, school.zoe.id], now=NOW)
    everybody = [school.teacher.id, school.maya.id, school.zoe.id]
    assert withdraw_empty_plans(session, everybody, now=NOW) == 1
    left = set(session.scalars(sa.select(Plan.person_id)))
    assert left == {school.maya.id, school.zoe.id}


def test_a_plan_with_a_goal_stays_even_of_staff(school):
    session = school.session
    make_goal(session, school.student(school.zoe), school.draft(), now=NOW)
    session.execute(sa.text("UPDATE membership SET role = 'staff'"))
    assert withdraw_empty_plans(session, [school.zoe.id], now=NOW) == 0


@pytest.fixture
def jobs(settings, database):
    migrate_job_tables(settings)
    jobs = Jobs(settings)
    yield jobs
    jobs.close()


def test_plans_start_once_and_ask_for_the_first_reading(jobs, school):
    run = start_plans(school.session, school.staff, school.context.id, jobs=jobs, now=NOW)
    assert (run.kind, run.trigger, run.asked_by_id) == ("first", "start", school.teacher.id)
    assert school.context.started_at == NOW
    assert school.context.started_by_id == school.teacher.id
    again = start_plans(
        school.session, make.operator(school.context), school.context.id, jobs=jobs, now=NOW.replace(hour=20)
    )
    assert again.id == run.id
    assert school.context.started_at == NOW
    assert school.session.scalar(sa.select(sa.func.count()).select_from(SyncRun)) == 1
    entries = school.session.scalars(sa.select(AuditEntry)).all()
    assert [(entry.act, entry.subject) for entry in entries] == [
        ("plans.started", f"context:{school.context.id}")
    ]


def test_only_staff_of_the_course_start_plans(jobs, school):
    other = make.make_context(school.session, school.registration)
    foreign = make.make_context(school.session, make.make_registration(school.session))
    with pytest.raises(Refused):
        start_plans(school.session, school.student(school.maya), school.context.id, jobs=jobs, now=NOW)
    for context_id in (other.id, foreign.id, 999_999, 2**40, 0):
        with pytest.raises(NotFound):
            start_plans(school.session, school.staff, context_id, jobs=jobs, now=NOW)
    with pytest.raises(NotFound):
        start_plans(school.session, make.operator(school.context), foreign.id, jobs=jobs, now=NOW)
    admin = make.acting(school.teacher, school.context, Role.NONE, is_admin=True)
    assert start_plans(school.session, admin, school.context.id, jobs=jobs, now=NOW).state == "queued"
