"""A student's answers to suggestion cards, and what each leaves behind (domain.md B13)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.planning.changing import Change, change_goal
from lti_tool.planning.errors import NotFound
from lti_tool.planning.goals import GoalRefused, make_goal, propose_goal
from lti_tool.planning.recompute import recompute_goals
from lti_tool.planning.suggesting import decline_suggestion, settle_talk, take_suggestion
from lti_tool.plans.access import Refused, Role
from lti_tool.plans.suggestions import Card, Rule, Way
from lti_tool.records.goal import GoalValue, GoalVersion
from lti_tool.records.suggestion import Suggestion
from tests import factories as make

NOW = make.NOW
LATER = NOW + timedelta(hours=1)
LOW = Card(
    Rule.LOW_SCORES,
    (Way.PRACTICE, Way.TALK),
    ("Quiz 1", "Quiz 2"),
    (Decimal(70), Decimal(60), Decimal(61)),
)
BEST = Card(
    Rule.ABOVE_BEST,
    (Way.SMALLER, Way.LATER),
    (),
    (Decimal(90), Decimal(80)),
    Decimal(75),
    date(2026, 4, 20),
)


@pytest.fixture
def goal(school):
    goal = make_goal(school.session, school.student(school.maya), school.average(), now=NOW)
    make.make_result(school.session, school.homework[0], school.maya, 14)
    recompute_goals(school.session, [goal.id], now=NOW)
    return goal


def test_a_way_taken_is_kept_in_the_students_words_and_only_once(school, goal):
    maya = school.student(school.maya)
    rows = [
        take_suggestion(
            school.session, maya, goal.id, "low_scores", [LOW], "practice", "I will do 3 tasks.", now=LATER
        )
        for _again in range(2)
    ]
    assert rows[0].id == rows[1].id
    assert (rows[0].state, rows[0].words, rows[0].changed) == ("taken", "I will do 3 tasks.", True)
    assert rows[0].because == {"names": ["Quiz 1", "Quiz 2"], "numbers": ["70", "60", "61"]}
    assert (goal.version, goal.target) == (1, Decimal(80))
    offered = "I will talk with my teacher about this goal."
    later = LATER + timedelta(days=15)
    talk = take_suggestion(school.session, maya, goal.id, "low_scores", [LOW], "talk", offered, now=later)
    assert (talk.id != rows[0].id, talk.changed) == (True, False)
    settle_talk(school.session, school.staff, talk.id, now=later)
    assert (talk.settled_at, talk.settled_by_id) == (later, school.teacher.id)


def test_no_has_a_reason(school, goal):
    maya = school.student(school.maya)
    with pytest.raises(GoalRefused, match="reason_empty"):
        decline_suggestion(school.session, maya, goal.id, "low_scores", [LOW], " ", now=LATER)
    row = decline_suggestion(school.session, maya, goal.id, "low_scores", [LOW], "Not now", now=LATER)
    assert (row.state, row.way, row.reason) == ("declined", "", "Not now")


@pytest.mark.parametrize(
    ("way", "target", "due_on"),
    [("smaller", Decimal(75), date(2026, 3, 23)), ("later", Decimal(80), date(2026, 4, 20))],
)
def test_a_change_taken_begins_a_new_phase_and_keeps_what_was(school, goal, way, target, due_on):
    session = school.session
    before = session.scalars(sa.select(GoalValue.why).order_by(GoalValue.id)).all()
    take_suggestion(session, school.student(school.maya), goal.id, "above_best", [BEST], way, now=LATER)
    assert (goal.target, goal.due_on, goal.phase_on) == (target, due_on, date(2026, 2, 10))
    version = session.scalars(sa.select(GoalVersion).order_by(GoalVersion.id.desc())).first()
    assert (version.what, version.author_id) == ("changed", school.maya.id)
    assert version.content["before"] == {"target": "80", "due_on": "2026-03-23"}
    assert session.scalars(sa.select(GoalValue.why).order_by(GoalValue.id)).all()[: len(before)] == before


def test_only_what_holds_can_be_taken_and_only_by_the_student(school, goal):
    session, maya = school.session, school.student(school.maya)
    for rule, way, code in (
        ("missing", "talk", "card_gone"),
        ("nonsense", "talk", "card_gone"),
        ("low_scores", "smaller", "way_unknown"),
        ("low_scores", "nonsense", "way_unknown"),
        ("low_scores", "practice", "words_empty"),
    ):
        with pytest.raises(GoalRefused, match=code):
            take_suggestion(session, maya, goal.id, rule, [LOW], way, " ", now=LATER)
    with pytest.raises(Refused):
        take_suggestion(session, school.staff, goal.id, "low_scores", [LOW], "talk", "x", now=LATER)
    with pytest.raises(NotFound):
        take_suggestion(
            session, school.student(school.zoe), goal.id, "low_scores", [LOW], "talk", "x", now=LATER
        )
    assert session.scalar(sa.select(sa.func.count()).select_from(Suggestion)) == 0
    talk = take_suggestion(session, maya, goal.id, "low_scores", [LOW], "talk", "I will.", now=LATER)
    elsewhere = make.make_context(session, school.registration)
    stranger = make.acting(make.make_teacher(session, elsewhere), elsewhere, Role.STAFF)
    for actor, error in ((maya, Refused), (stranger, NotFound)):
        with pytest.raises(error):
            settle_talk(session, actor, talk.id, now=LATER)


def test_a_goal_changes_only_to_what_can_be(school, goal):
    session, maya = school.session, school.student(school.maya)
    for change, code in (
        (Change(target=Decimal(60)), "target_below_baseline"),
        (Change(target=Decimal(101)), "target_number"),
        (Change(due_on=date(2026, 2, 10)), "due_past"),
        (Change(due_on=date(2028, 2, 10)), "due_far"),
    ):
        with pytest.raises(GoalRefused, match=code):
            change_goal(session, maya, goal.id, change, now=LATER)
    assert change_goal(session, maya, goal.id, Change(), now=LATER).version == 1
    proposed = propose_goal(session, school.staff, school.maya.id, school.draft(), now=NOW)
    with pytest.raises(GoalRefused, match="not_active"):
        change_goal(session, maya, proposed.id, Change(target=Decimal(70)), now=LATER)
