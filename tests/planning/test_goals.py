"""Proposing, making and answering goals: who may, what is kept, what is measured at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.planning.errors import NotFound
from lti_tool.planning.goals import GoalRefused, answer_goal, make_goal, propose_goal
from lti_tool.plans.access import Act, Actor, Refused, Role
from lti_tool.records.audit import AuditEntry
from lti_tool.records.goal import Goal, GoalItem, GoalValue, GoalVersion, Reading
from lti_tool.records.plan import Plan
from tests import factories as make

NOW = make.NOW


def versions(session, goal):
    query = sa.select(GoalVersion).where(GoalVersion.goal_id == goal.id).order_by(GoalVersion.number)
    return session.scalars(query).all()


def test_a_proposal_is_measured_at_once_and_waits(school):
    session = school.session
    for item, score in zip(school.homework, (14, 33), strict=False):
        make.make_result(session, item, school.maya, score)
    goal = propose_goal(session, school.staff, school.maya.id, school.average(target=Decimal(75)), now=NOW)
    assert (goal.state, goal.status) == ("proposed", "waiting")
    assert goal.proposed_by_id == goal.created_by_id == school.teacher.id
    assert goal.value == Decimal(47) / 70 * 100 or abs(goal.value - Decimal("67.142857")) < Decimal("0.0001")
    assert goal.progress == 0
    assert goal.starts_on == date(2026, 2, 10)
    assert goal.baseline_note["how"] == "given"
    plan = session.get_one(Plan, goal.plan_id)
    assert (plan.person_id, plan.started_at) == (school.maya.id, NOW)
    items = session.scalars(
        sa.select(GoalItem.item_id).where(GoalItem.goal_id == goal.id).order_by(GoalItem.position)
    ).all()
    assert items == [item.id for item in school.homework]
    (first,) = versions(session, goal)
    assert (first.number, first.what, first.author_id) == (1, "proposed", school.teacher.id)
    assert first.content["items"] == [item.lms_id for item in school.homework]
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.act, entry.subject, entry.details) == ("goal.proposed", f"goal:{goal.id}", {})
    value = session.scalars(sa.select(GoalValue)).one()
    assert value.status == "waiting"
    assert value.why["counted"] == 2
    assert len(session.scalars(sa.select(Reading)).all()) == 2


def test_yes_makes_it_the_students_own(school):
    session = school.session
    make.make_result(session, school.test, school.maya, 19)
    goal = propose_goal(session, school.staff, school.maya.id, school.draft(baseline=Decimal(70)), now=NOW)
    student = school.student(school.maya)
    later = NOW + timedelta(days=1)
    answered = answer_goal(session, student, goal.id, accept=True, reason="I want this.", now=later)
    assert (answered.state, answered.status, answered.progress) == ("active", "reached", 100)
    assert (answered.answered_at, answered.version) == (later, 2)
    second = versions(session, goal)[1]
    assert (second.what, second.reason, second.author_id) == ("accepted", "I want this.", school.maya.id)
    answer_goal(session, student, goal.id, accept=True, now=later)
    assert len(versions(session, goal)) == 2
    with pytest.raises(GoalRefused) as refused:
        answer_goal(session, student, goal.id, accept=False, now=later)
    assert [problem.code for problem in refused.value] == ["answered"]


def test_no_is_kept_with_its_reason(school):
    session = school.session
    goal = propose_goal(session, school.staff, school.maya.id, school.draft(), now=NOW)
    answer_goal(session, school.student(school.maya), goal.id, accept=False, reason="Too much now.", now=NOW)
    assert goal.state == "declined"
    assert versions(session, goal)[1].reason == "Too much now."


def test_an_answer_that_cannot_be_kept_is_refused(school):
    session = school.session
    goal = propose_goal(session, school.staff, school.maya.id, school.draft(), now=NOW)
    student = school.student(school.maya)
    for reason in ("x" * 2001, "a\0b", "a\ud800b"):
        with pytest.raises(GoalRefused):
            answer_goal(session, student, goal.id, accept=False, reason=reason, now=NOW)
    with pytest.raises(GoalRefused) as refused:
        answer_goal(session, student, goal.id, accept=True, now=NOW + timedelta(days=90))
    assert [problem.code for problem in refused.value] == ["due_past"]
    assert goal.state == "proposed"


def test_a_learners_own_goal_is_active_at_once(school):
    session = school.session
    goal = make_goal(session, school.student(school.maya), school.draft(), now=NOW)
    assert (goal.state, goal.status, goal.proposed_by_id) == ("active", "just_started", None)
    assert (goal.value, goal.progress, goal.needed) == (None, None, Decimal(90))
    assert versions(session, goal)[0].what == "made"


def test_the_start_is_the_middle_of_the_last_three(school):
    session = school.session
    for item, score in zip(school.homework, (10, 33, 21), strict=True):
        make.make_result(session, item, school.maya, score)
    goal = make_goal(session, school.student(school.maya), school.average(baseline=None), now=NOW)
    assert goal.baseline == Decimal(66)
    assert goal.baseline_note["how"] == "median"
    assert goal.baseline_note["provisional"] is False
    assert sorted(goal.baseline_note["items"]) == sorted(item.id for item in school.homework)


def test_a_hidden_grade_is_no_start(school):
    session = school.session
    make.make_result(session, school.test, school.maya, 20, hidden=True)
    goal = make_goal(session, school.student(school.maya), school.draft(), now=NOW)
    assert (goal.baseline, goal.value, goal.status) == (None, None, "just_started")
    assert goal.baseline_note["provisional"] is True
    assert session.scalars(sa.select(Reading)).all() == []


def test_a_bad_draft_writes_nothing(school):
    session = school.session
    make.make_result(session, school.test, school.maya, 20)
    scale = make.make_item(session, school.context, "Effort", 4, kind="scale")
    gone = make.make_item(session, school.context, gone_at=NOW)
    elsewhere = make.make_item(session, make.make_context(session, school.registration))
    link = "link-1"
    session.execute(
        sa.text("INSERT INTO resource_link (context_id, lms_id, title, seen_at) VALUES (:c, :l, '', :n)"),
        {"c": school.context.id, "l": link, "n": NOW.replace(tzinfo=None)},
    )
    own = make.make_item(session, school.context, module="lti", instance=link)
    tool = make.make_item(session, school.context, module="lti", instance="another")
    cases = [
        (school.draft(), "target_below_baseline"),
        (school.draft(item_ids=[scale.id]), "item_scale"),
        (school.draft(item_ids=[gone.id]), "item_unknown"),
        (school.draft(item_ids=[elsewhere.id]), "item_unknown"),
        (school.draft(item_ids=[2**70]), "item_unknown"),
        (school.draft(item_ids=[own.id]), "item_own"),
        (school.draft(title=""), "title_empty"),
        (school.draft(due_on=date(2026, 2, 10)), "due_past"),
    ]
    for draft, code in cases:
        with pytest.raises(GoalRefused) as refused:
            propose_goal(session, school.staff, school.maya.id, draft, now=NOW)
        assert code in [problem.code for problem in refused.value]
    assert session.scalars(sa.select(Goal)).all() == []
    assert session.scalars(sa.select(Plan)).all() == []
    assert propose_goal(session, school.staff, school.maya.id, school.draft(item_ids=[tool.id]), now=NOW)


def test_today_is_the_courses_own_day(school):
    """At 03:00 UTC it is still the day before in Chicago."""
    night = NOW.replace(hour=3)
    goal = make_goal(
        school.session, school.student(school.maya), school.draft(due_on=date(2026, 2, 10)), now=night
    )
    assert goal.starts_on == date(2026, 2, 9)


def test_unpublished_work_is_not_there_for_a_learner(school):
    school.test.published = False
    with pytest.raises(GoalRefused):
        make_goal(school.session, school.student(school.maya), school.draft(), now=NOW)
    assert propose_goal(school.session, school.staff, school.maya.id, school.draft(), now=NOW)


def test_staff_reach_learners_of_their_course_only(school):
    session = school.session
    other = make.make_context(session, school.registration)
    stranger = make.make_learner(session, other)
    foreign_context = make.make_context(session, make.make_registration(session))
    foreign = make.make_learner(session, foreign_context)
    gone = make.make_learner(session, school.context, left_at=NOW)
    for person_id in (stranger.id, foreign.id, gone.id, school.teacher.id, 999_999, 2**40, -1):
        with pytest.raises(NotFound):
            propose_goal(session, school.staff, person_id, school.draft(), now=NOW)
    lost = replace(school.staff, context_id=None)
    with pytest.raises(NotFound):
        propose_goal(session, lost, school.maya.id, school.draft(), now=NOW)
    wrong_registration = replace(school.staff, registration_id=foreign_context.registration_id)
    with pytest.raises(NotFound):
        propose_goal(session, wrong_registration, school.maya.id, school.draft(), now=NOW)
    with pytest.raises(NotFound):
        make_goal(session, make.acting(stranger, school.context, Role.LEARNER), school.draft(), now=NOW)


def test_a_student_answers_their_own_goals_only(school):
    session = school.session
    goal = propose_goal(session, school.staff, school.maya.id, school.draft(), now=NOW)
    for actor in (
        school.student(school.zoe),
        replace(school.student(school.maya), registration_id=school.registration.id + 1),
        make.operator(school.context),
    ):
        with pytest.raises(NotFound):
            answer_goal(session, actor, goal.id, accept=True, now=NOW)
    for goal_id in (999_999, 2**40, 0):
        with pytest.raises(NotFound):
            answer_goal(session, school.student(school.maya), goal_id, accept=True, now=NOW)


def test_the_table_decides(school):
    session, draft = school.session, school.draft()
    student = school.student(school.maya)
    with pytest.raises(Refused) as refused:
        propose_goal(session, student, school.zoe.id, draft, now=NOW)
    assert refused.value.act is Act.PROPOSE_GOAL
    with pytest.raises(Refused):
        make_goal(session, school.staff, draft, now=NOW)
    goal = propose_goal(session, school.staff, school.maya.id, draft, now=NOW)
    with pytest.raises(Refused):
        answer_goal(session, school.staff, goal.id, accept=True, now=NOW)
    for role in (Role.MENTOR, Role.NONE, Role.ADMIN):
        actor = Actor(school.registration.id, school.teacher.id, role, school.context.id)
        with pytest.raises(Refused):
            propose_goal(session, actor, school.maya.id, draft, now=NOW)
