""" "This looks wrong", its answer, and work a teacher leaves out of one goal (domain.md §3)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.planning.doubts import answer_doubt, doubt_reading
from lti_tool.planning.errors import NotFound
from lti_tool.planning.goals import GoalRefused, make_goal
from lti_tool.planning.leaving_out import leave_out, put_back
from lti_tool.planning.recompute import recompute_goals
from lti_tool.plans.access import Refused, Role
from lti_tool.records.goal import GoalValue, GoalVersion, Reading
from lti_tool.records.said import Doubt, LeftOut
from tests import factories as make

NOW = make.NOW
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def goal(school):
    """Three graded homeworks: 15 of 20, 20 of 50, 27 of 30."""
    goal = make_goal(school.session, school.student(school.maya), school.average(), now=NOW)
    for item, score in zip(school.homework, (15, 20, 27), strict=True):
        make.make_result(school.session, item, school.maya, score)
    recompute_goals(school.session, [goal.id], now=NOW)
    return goal


def newest(session, goal):
    return session.scalars(
        sa.select(GoalValue).where(GoalValue.goal_id == goal.id).order_by(GoalValue.id.desc())
    ).first()


def test_left_out_work_leaves_the_number_and_comes_back_exactly(school, goal):
    session, item = school.session, school.homework[1]
    before = (goal.value, goal.progress, goal.needed, goal.status)
    assert goal.value == Decimal(62)
    leave_out(session, school.staff, goal.id, item.id, " The fire alarm rang. ", now=LATER)
    assert goal.value == Decimal(84)
    value = newest(session, goal)
    assert (value.value, value.why["cause"]) == (Decimal(84), "left out")
    reading = session.scalars(sa.select(Reading).order_by(Reading.id.desc())).first()
    assert (reading.item_id, reading.counted, reading.reason) == (item.id, False, "left out")
    version = session.scalars(sa.select(GoalVersion).order_by(GoalVersion.id.desc())).first()
    assert (version.what, version.reason, version.number) == ("left out", "The fire alarm rang.", 2)
    make.make_result(session, item, school.maya, 50)
    assert recompute_goals(session, [goal.id], now=LATER) == []
    make.make_result(session, item, school.maya, 20)
    put_back(session, school.staff, goal.id, item.id, now=LATER)
    assert (goal.value, goal.progress, goal.needed, goal.status) == before
    assert [row.value for row in session.scalars(sa.select(GoalValue).order_by(GoalValue.id))] == [
        None,
        Decimal(62),
        Decimal(84),
        Decimal(62),
    ]


def test_left_out_twice_is_one_row_and_put_back_twice_is_nothing(school, goal):
    session, item = school.session, school.homework[1]
    for _again in range(2):
        leave_out(session, school.staff, goal.id, item.id, "Why not", now=LATER)
    for _again in range(2):
        put_back(session, school.staff, goal.id, item.id, now=LATER)
    rows = session.scalars(sa.select(LeftOut)).all()
    assert [(row.reason, row.back_at) for row in rows] == [("Why not", LATER)]
    assert goal.version == 3


def test_leaving_out_needs_a_reason_a_teacher_and_something_that_stays(school, goal):
    session, (first, second, third) = school.session, school.homework
    with pytest.raises(GoalRefused, match="reason_empty"):
        leave_out(session, school.staff, goal.id, first.id, "  ", now=LATER)
    with pytest.raises(Refused):
        leave_out(session, school.student(school.maya), goal.id, first.id, "Mine", now=LATER)
    with pytest.raises(NotFound):
        leave_out(session, school.staff, goal.id, school.test.id, "Not in it", now=LATER)
    elsewhere = make.make_context(session, school.registration)
    stranger = make.acting(make.make_teacher(session, elsewhere), elsewhere, Role.STAFF)
    with pytest.raises(NotFound):
        leave_out(session, stranger, goal.id, first.id, "Not mine", now=LATER)
    leave_out(session, school.staff, goal.id, first.id, "One", now=LATER)
    leave_out(session, school.staff, goal.id, second.id, "Two", now=LATER)
    with pytest.raises(GoalRefused, match="nothing_left"):
        leave_out(session, school.staff, goal.id, third.id, "Three", now=LATER)


def test_what_looks_wrong_waits_once_and_is_answered_once(school, goal):
    session, maya, item = school.session, school.student(school.maya), school.homework[1]
    first = doubt_reading(session, maya, goal.id, item.id, "I did it on paper", now=LATER)
    again = doubt_reading(session, maya, goal.id, item.id, "I did it on blue paper", now=LATER)
    whole = doubt_reading(session, maya, goal.id, None, "All of it", now=LATER)
    assert (first.id, first.words) == (again.id, "I did it on blue paper")
    assert whole.id != first.id
    assert first.version_id is not None
    assert goal.value == Decimal(62)
    answer_doubt(session, school.staff, first.id, "I have it now.", now=LATER)
    answer_doubt(session, school.staff, first.id, "Something else.", now=LATER)
    assert (first.answer, first.answered_by_id) == ("I have it now.", school.teacher.id)
    anew = doubt_reading(session, maya, goal.id, item.id, "Still", now=LATER)
    assert anew.id != first.id
    assert session.scalar(sa.select(sa.func.count()).select_from(Doubt)) == 3


def test_only_the_student_doubts_and_only_staff_of_the_course_answer(school, goal):
    session, zoe = school.session, school.student(school.zoe)
    with pytest.raises(NotFound):
        doubt_reading(session, zoe, goal.id, None, "Not mine", now=LATER)
    with pytest.raises(Refused):
        doubt_reading(session, school.staff, goal.id, None, "Staff", now=LATER)
    maya = school.student(school.maya)
    with pytest.raises(GoalRefused, match="words_empty"):
        doubt_reading(session, maya, goal.id, None, " ", now=LATER)
    doubt = doubt_reading(session, maya, goal.id, None, "Look", now=LATER)
    elsewhere = make.make_context(session, school.registration)
    stranger = make.acting(make.make_teacher(session, elsewhere), elsewhere, Role.STAFF)
    for actor, error in ((maya, Refused), (stranger, NotFound)):
        with pytest.raises(error):
            answer_doubt(session, actor, doubt.id, "No", now=LATER)
    with pytest.raises(NotFound):
        answer_doubt(session, school.staff, 999_999, "No", now=LATER)
