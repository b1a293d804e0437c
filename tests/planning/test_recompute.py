"""Grades move goals: what moves, what never does, and what it costs (domain.md §3.5, design.md rule 1)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.planning.goals import make_goal, propose_goal
from lti_tool.planning.recompute import (
    goals_for_items,
    goals_for_results,
    goals_of_context,
    recompute_goals,
)
from lti_tool.records.goal import Goal, GoalValue, GoalVersion, Reading
from lti_tool.records.gradebook import Item
from tests import factories as make

NOW = make.NOW
LATER = NOW + timedelta(hours=1)


def figures(goal):
    return (goal.value, goal.progress, goal.status)


def readings(session, goal):
    rows = session.scalars(sa.select(Reading).where(Reading.goal_id == goal.id).order_by(Reading.id))
    return [(row.item_id, row.counted, row.reason) for row in rows]


def values(session, goal):
    return session.scalars(
        sa.select(GoalValue).where(GoalValue.goal_id == goal.id).order_by(GoalValue.id)
    ).all()


@pytest.fixture
def goal(school):
    """Homework from 68 to 80, all of it still to come."""
    return make_goal(school.session, school.student(school.maya), school.average(), now=NOW)


def grade(school, number, score, **more):
    return make.make_result(school.session, school.homework[number], school.maya, score, **more)


def test_a_grade_moves_the_goal_and_says_why(school, goal):
    session = school.session
    version = grade(school, 0, 15)
    assert recompute_goals(session, [goal.id], now=LATER, run_id="run-7") == [goal.id]
    assert figures(goal) == (Decimal(75), Decimal("58.33333333333333333333"), "just_started")
    assert goal.needed == Decimal("81.25")
    assert goal.computed_at == LATER
    reading = session.scalars(sa.select(Reading)).one()
    assert (reading.version_id, reading.counted, reading.reason) == (version.id, True, "")
    newest = values(session, goal)[-1]
    assert (newest.value, newest.sync_run_id) == (Decimal(75), "run-7")
    assert newest.why["earned"] == "15"
    assert newest.why["possible"] == "20"
    assert newest.why["left_out"] == {"not graded yet": 2}


def test_measured_twice_nothing_is_written(school, goal):
    session = school.session
    grade(school, 0, 15)
    recompute_goals(session, [goal.id], now=LATER)
    before = (readings(session, goal), len(values(session, goal)), goal.computed_at)
    assert recompute_goals(session, [goal.id, goal.id], now=LATER + timedelta(hours=1)) == []
    assert (readings(session, goal), len(values(session, goal)), goal.computed_at) == before


def test_a_hidden_grade_moves_nothing(school, goal):
    session = school.session
    grade(school, 0, 15)
    recompute_goals(session, [goal.id], now=LATER)
    before = (figures(goal), goal.needed, readings(session, goal), len(values(session, goal)))
    grade(school, 0, 2, hidden=True, missing=True, excused=True, state="unsubmitted")
    grade(school, 1, 50, hidden=True)
    assert recompute_goals(session, [goal.id], now=LATER) == []
    assert (figures(goal), goal.needed, readings(session, goal), len(values(session, goal))) == before
    grade(school, 1, 50)
    assert recompute_goals(session, [goal.id], now=LATER) == [goal.id]


def test_excused_work_drops_out(school, goal):
    session = school.session
    for number, score in enumerate((18, 20, 27)):
        grade(school, number, score)
    recompute_goals(session, [goal.id], now=LATER)
    assert goal.value == Decimal(65)
    grade(school, 1, None, excused=True, state="graded")
    recompute_goals(session, [goal.id], now=LATER)
    assert goal.value == Decimal(90)
    assert readings(session, goal)[-1] == (school.homework[1].id, False, "excused")


def test_missing_without_a_score_is_no_zero_and_a_zero_is(school, goal):
    session = school.session
    grade(school, 0, 16)
    grade(school, 1, None, missing=True)
    recompute_goals(session, [goal.id], now=LATER)
    assert goal.value == Decimal(80)
    grade(school, 1, 0)
    recompute_goals(session, [goal.id], now=LATER)
    assert goal.value == Decimal("22.85714285714285714285")
    assert goal.progress == 0


def test_new_points_possible_are_a_new_version(school, goal):
    session = school.session
    grade(school, 0, 16)
    recompute_goals(session, [goal.id], now=LATER)
    school.homework[0].possible = Decimal(40)
    recompute_goals(session, [goal.id], now=LATER)
    assert goal.value == Decimal(80)
    grade(school, 0, 16, possible=Decimal(40))
    recompute_goals(session, [goal.id], now=LATER)
    assert goal.value == Decimal(40)


def test_points_of_work_to_come_change_what_is_needed_only(school, goal):
    session = school.session
    grade(school, 0, 15)
    recompute_goals(session, [goal.id], now=LATER)
    school.homework[1].possible = Decimal(100)
    assert recompute_goals(session, [goal.id], now=LATER) == []
    assert goal.needed is not None
    assert goal.needed < Decimal("81.25")


def test_an_item_that_is_gone_leaves_the_average(school, goal):
    session = school.session
    grade(school, 0, 15)
    grade(school, 1, 50)
    recompute_goals(session, [goal.id], now=LATER)
    school.homework[0].gone_at = LATER
    assert goals_for_items(session, [school.homework[0].id]) == {goal.id}
    recompute_goals(session, [goal.id], now=LATER)
    assert goal.value == Decimal(100)
    assert readings(session, goal)[-1] == (school.homework[0].id, False, "item removed")


def test_one_item_that_is_gone_cannot_be_measured(school):
    session = school.session
    goal = make_goal(session, school.student(school.maya), school.draft(), now=NOW)
    school.test.gone_at = LATER
    recompute_goals(session, [goal.id], now=LATER)
    assert figures(goal) == (None, None, "no_data")
    assert values(session, goal)[-1].why["because"] == "item removed"
    assert readings(session, goal) == [(school.test.id, False, "item removed")]


def test_a_new_try_keeps_the_old_score(school):
    session = school.session
    goal = make_goal(session, school.student(school.maya), school.draft(), now=NOW)
    make.make_result(session, school.test, school.maya, 19)
    recompute_goals(session, [goal.id], now=LATER)
    make.make_result(session, school.test, school.maya, 19, state="submitted", regrade_pending=True)
    assert recompute_goals(session, [goal.id], now=LATER) == []
    assert figures(goal) == (Decimal(95), Decimal(100), "reached")
    make.make_result(session, school.test, school.maya, 10)
    recompute_goals(session, [goal.id], now=LATER)
    assert figures(goal) == (Decimal(50), Decimal(0), "cannot_reach")


def test_a_regrade_is_kept_in_the_history(school, goal):
    session = school.session
    for score in (14, 16, 18):
        grade(school, 0, score)
        recompute_goals(session, [goal.id], now=LATER)
    assert [row.value for row in values(session, goal)] == [None, 70, 80, 90]
    assert len(readings(session, goal)) == 3


def test_other_grades_that_come_to_the_same_number_say_why_anew(school, goal):
    """15 and 17 of 20, then 17 and 15: the number stays, what it is made of does not."""
    session = school.session
    for number, first in ((0, 15), (1, 17)):
        grade(school, number, first)
    recompute_goals(session, [goal.id], now=LATER)
    before = values(session, goal)
    again = [grade(school, number, then) for number, then in ((0, 17), (1, 15))]
    assert recompute_goals(session, [goal.id], now=LATER) == []
    after = values(session, goal)
    assert [row.value for row in after] == [*(row.value for row in before), before[-1].value]
    assert [line[1] for line in after[-1].why["seen"][:2]] == [version.id for version in again]
    recompute_goals(session, [goal.id], now=LATER)
    assert len(values(session, goal)) == len(after)


def test_absurd_numbers_from_outside_do_no_harm(school, goal):
    session = school.session
    grade(school, 0, Decimal("1e30"))
    grade(school, 1, 30, possible=Decimal("1e25"))
    grade(school, 2, -5)
    recompute_goals(session, [goal.id], now=LATER)
    assert goal.value is not None
    assert goal.value < 0
    assert goal.progress == 0
    assert [reason for _item, _counted, reason in readings(session, goal)] == [
        "not a number",
        "not a number",
        "",
    ]


def test_an_average_without_any_grade_finds_its_start_in_the_first_three(school):
    session = school.session
    goal = make_goal(session, school.student(school.maya), school.average(baseline=None), now=NOW)
    assert goal.baseline is None
    for number, score in enumerate((12, 35, 18)):
        grade(school, number, score)
        recompute_goals(session, [goal.id], now=LATER)
    assert goal.baseline == Decimal(60)
    assert goal.baseline_note["how"] == "first three"
    assert goal.progress == Decimal(25)
    newest = session.scalars(sa.select(GoalVersion).order_by(GoalVersion.id)).all()[-1]
    assert (newest.number, newest.what, newest.author_role, goal.version) == (2, "start found", "system", 2)
    grade(school, 0, 20)
    recompute_goals(session, [goal.id], now=LATER)
    assert goal.baseline == Decimal(60)


def test_time_alone_moves_a_status(school, goal):
    session = school.session
    assert recompute_goals(session, [goal.id], now=NOW + timedelta(days=14)) == []
    assert recompute_goals(session, [goal.id], now=NOW + timedelta(days=15)) == [goal.id]
    assert goal.status == "no_data"


def test_goals_found_by_results(school, goal):
    session = school.session
    zoe = propose_goal(session, school.staff, school.zoe.id, school.average(), now=NOW)
    single = make_goal(session, school.student(school.maya), school.draft(), now=NOW)
    first = school.homework[0].id
    assert goals_for_results(session, [(first, school.maya.id)]) == {goal.id}
    assert goals_for_results(session, [(first, school.zoe.id), (school.test.id, school.maya.id)]) == {
        zoe.id,
        single.id,
    }
    assert goals_for_results(session, []) == set()
    assert goals_of_context(session, school.context.id) == {goal.id, zoe.id, single.id}
    single.state = "declined"
    session.flush()
    assert goals_for_results(session, [(school.test.id, school.maya.id)]) == set()
    make.make_result(session, school.test, school.maya, 20)
    assert recompute_goals(session, [single.id], now=LATER) == []
    assert single.value is None


def many_goals(school, count):
    session, ids = school.session, []
    for _ in range(count):
        person = make.make_learner(session, school.context)
        for item in school.homework:
            make.make_result(session, item, person, 15)
        ids.append(propose_goal(session, school.staff, person.id, school.average(), now=NOW).id)
    for goal in session.scalars(sa.select(Goal).where(Goal.id.in_(ids))):
        goal.computed_at = None
        goal.value = None
    session.execute(sa.delete(Reading))
    session.flush()
    session.expunge_all()
    return ids


def test_the_number_of_statements_does_not_grow_with_the_goals(school, statements):
    session = school.session
    ids = many_goals(school, 12)
    session.expunge_all()
    with statements() as few:
        assert recompute_goals(session, ids[:2], now=LATER) == ids[:2]
    session.expunge_all()
    with statements() as many:
        assert recompute_goals(session, ids[2:], now=LATER) == ids[2:]
    assert len(few) == len(many) == 8
    with statements() as again:
        assert recompute_goals(session, ids, now=LATER) == []
    assert len(again) == 5


def test_items_of_another_person_are_never_read(school, goal):
    make.make_result(school.session, school.homework[0], school.zoe, 20)
    assert recompute_goals(school.session, [goal.id], now=LATER) == []
    assert goal.value is None
    assert school.session.scalar(sa.select(sa.func.count()).select_from(Item)) == 4
