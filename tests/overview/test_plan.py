"""A plan and a goal as their readers may see them, on both databases."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from lti_tool.db import Database
from lti_tool.overview.choices import goal_choices
from lti_tool.overview.goal import goal_view
from lti_tool.overview.plan import own_plan, students_plan
from lti_tool.plans.access import NotFound, Refused, Role
from lti_tool.plans.measure import Reason
from lti_tool.records.platform import Registration
from tests.factories import (
    acting,
    make_context,
    make_item,
    make_learner,
    make_member,
    make_registration,
    make_result,
    make_teacher,
)
from tests.web.math8 import Math8, add_own_goal, add_proposal, make_math8
from tests.web.rig import Clock


@dataclass
class Rows:
    """As much of a rig as making rows needs."""

    database: Database
    clock: Clock = field(default_factory=Clock)


@pytest.fixture
def rows(database: Database) -> Any:
    return Rows(database)


@pytest.fixture
def school(rows: Any) -> Math8:
    return make_math8(rows)


def test_a_plan_has_goals_proposals_and_the_next_thing(rows: Any, school: Math8) -> None:
    goal_id = add_own_goal(rows, school)
    proposal_id = add_proposal(rows, school)
    with rows.database.read() as session:
        mine = own_plan(session, acting(school.maya, school.course, Role.LEARNER), now=rows.clock())
        teacher = acting(school.teacher, school.course, Role.STAFF)
        theirs = students_plan(session, teacher, school.maya.id, now=rows.clock())
    for plan in (mine, theirs):
        assert [card.id for card in plan.goals] == [goal_id]
        assert [card.id for card in plan.proposals] == [proposal_id]
        assert plan.proposals[0].author == "Rose Okafor"
        assert plan.next is not None
        assert plan.next.name == "Homework 10"
    assert len(mine.goals[0].facts.scores) == 9


def test_staff_see_only_the_goals_of_their_course(rows: Any, school: Math8) -> None:
    add_own_goal(rows, school)
    with rows.database.write() as session:
        registration = session.get_one(Registration, school.course.registration_id)
        art = make_context(session, registration, title="Art", started_at=rows.clock())
        artist = make_teacher(session, art)
        make_member(session, art, Role.LEARNER, school.maya)
        elsewhere = make_context(session, make_registration(session))
        stranger = make_teacher(session, elsewhere)
    with rows.database.read() as session:
        seen = students_plan(session, acting(artist, art, Role.STAFF), school.maya.id, now=rows.clock())
        assert seen.goals == []
        mine = own_plan(session, acting(school.maya, art, Role.LEARNER), now=rows.clock())
        assert len(mine.goals) == 1
        with pytest.raises(NotFound):
            students_plan(session, acting(stranger, elsewhere, Role.STAFF), school.maya.id, now=rows.clock())
        with pytest.raises(NotFound):
            goal_view(session, acting(artist, art, Role.STAFF), mine.goals[0].id, now=rows.clock())


def test_roles_without_the_right_are_refused(rows: Any, school: Math8) -> None:
    goal_id = add_own_goal(rows, school)
    ben = acting(school.ben, school.course, Role.LEARNER)
    mentor = acting(school.ben, school.course, Role.MENTOR)
    with rows.database.read() as session:
        with pytest.raises(Refused):
            students_plan(session, ben, school.maya.id, now=rows.clock())
        with pytest.raises(Refused):
            own_plan(session, mentor, now=rows.clock())
        with pytest.raises(Refused):
            goal_view(session, mentor, goal_id, now=rows.clock())
        with pytest.raises(NotFound):
            goal_view(session, ben, goal_id, now=rows.clock())
        with pytest.raises(Refused):
            goal_choices(session, ben, school.maya.id, now=rows.clock())


def test_a_grade_hidden_again_keeps_its_last_released_score(rows: Any, school: Math8) -> None:
    goal_id = add_own_goal(rows, school)
    with rows.database.write() as session:
        make_result(session, school.items["h1"], school.maya, 1, hidden=True)
        # Handed in, then graded unseen, while nobody measures the goal (as when it is over).
        make_result(session, school.items["next"], school.maya, None, submitted_at=rows.clock())
        make_result(session, school.items["next"], school.maya, 1, hidden=True)
    with rows.database.read() as session:
        view = goal_view(session, acting(school.maya, school.course, Role.LEARNER), goal_id, now=rows.clock())
    work = {line.name: line for line in view.card.work}
    assert work["Homework 1"].counted
    assert work["Homework 1"].percent == Decimal(66)
    assert work["Hidden test"].score is None
    assert work["Hidden test"].reason == Reason.NOT_GRADED
    assert work["Hidden test"].hidden
    assert work["Homework 10"].handed_in, "as it was last shown"
    assert not work["Homework 11"].hidden
    assert work["Homework 10"].reason == Reason.NOT_GRADED
    assert view.counted == 9
    assert view.needed.items == 6
    assert [event.what for event in view.history] == ["value", "made"]


def test_work_graded_in_words_is_marked_and_what_is_gone_is_not_offered(rows: Any, school: Math8) -> None:
    with rows.database.write() as session:
        make_item(session, school.course, "Attendance", 0)
        make_item(session, school.course, "Smiley", 10, kind="scale")
        make_item(session, school.course, "Draft", 10, published=False)
        make_item(session, school.course, "Gone", 10, gone_at=rows.clock())
        make_learner(session, school.course)
    with rows.database.read() as session:
        mine = goal_choices(session, acting(school.maya, school.course, Role.LEARNER), now=rows.clock())
        theirs = goal_choices(
            session, acting(school.teacher, school.course, Role.STAFF), school.maya.id, now=rows.clock()
        )
    assert {one.name for one in theirs.work} - {one.name for one in mine.work} == {"Draft"}
    assert not {"Gone"} & {one.name for one in theirs.work}
    in_words = {one.name for one in theirs.work if one.in_words}
    assert in_words == {"Attendance", "Smiley"} & {one.name for one in theirs.work}
