"""How goals end, and what a regrade after the end does; safe to run twice (domain.md §3.5)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.overview.guardian import held_back
from lti_tool.overview.plan import own_plan
from lti_tool.planning.after_end import answer_end, confirm_late_end
from lti_tool.planning.closing import Settled, anything_to_settle, settle_goals
from lti_tool.planning.goals import GoalRefused, make_goal
from lti_tool.planning.recompute import recompute_goals
from lti_tool.planning.seeing import has_news, note_seen
from lti_tool.records.goal import GoalValue, GoalVersion
from tests import factories as make

NOW = make.NOW
DUE = date(2026, 3, 1)


def after(days: int):
    """That many days after the goal's last one, in the morning there."""
    return NOW.replace(month=3, day=1) + timedelta(days=days)


@pytest.fixture
def goal(school):
    """Homework from 68 to 80 by 1 March: three pieces of work, all due by then."""
    for item in school.homework:
        item.due_at = NOW + timedelta(days=7)
    return make_goal(school.session, school.student(school.maya), school.average(due_on=DUE), now=NOW)


def grade(school, *scores):
    for item, score in zip(school.homework, scores, strict=False):
        make.make_result(school.session, item, school.maya, score)


def whats(session, goal):
    return session.scalars(
        sa.select(GoalVersion.what).where(GoalVersion.goal_id == goal.id).order_by(GoalVersion.number)
    ).all()


@pytest.mark.parametrize(
    ("scores", "outcome"),
    [
        ((16, 40, 24), "reached"),
        ((16, 38, 24), "most"),  # 78 of 100: 10 of 12 steps, 83 %
        ((15, 35, 20), "not_yet"),
        ((), "not_measured"),
    ],
)
def test_a_goal_ends_with_what_came_in(school, goal, scores, outcome):
    session = school.session
    grade(school, *scores)
    settle_goals(session, now=after(0))
    assert goal.state == "active"
    settled = settle_goals(session, now=after(1 if scores else 20))
    assert settled == Settled(ended=1)
    assert (goal.state, goal.outcome) == ("closed", outcome)
    assert settle_goals(session, now=after(1 if scores else 20)) == Settled()
    assert whats(session, goal) == ["made", "closed"]
    assert not anything_to_settle(session, now=after(1 if scores else 20))


def test_missing_grades_are_waited_for_until_the_grace_is_over(school, goal):
    grade(school, 16, 40)
    for days in (1, 14):
        assert settle_goals(school.session, now=after(days)).ended == 0
    assert settle_goals(school.session, now=after(15)).ended == 1
    assert goal.outcome == "reached"


def test_a_regrade_after_the_end_flips_it_within_30_days_and_keeps_what_was(school, goal):
    session = school.session
    grade(school, 16, 40, 24)
    settle_goals(session, now=after(1))
    reached_on, before = (
        goal.reached_on,
        session.scalars(sa.select(GoalValue.id).order_by(GoalValue.id)).all(),
    )
    assert reached_on is not None
    grade(school, 10)
    assert settle_goals(session, now=after(5)) == Settled(changed=1)
    assert goal.outcome == "not_yet" or goal.outcome == "most"
    assert (goal.state, goal.reached_on, goal.flipped_at) == ("closed", reached_on, after(5))
    values = session.scalars(sa.select(GoalValue).order_by(GoalValue.id)).all()
    assert [row.id for row in values][: len(before)] == before
    assert values[-1].why["cause"] == "graded after the end"
    assert whats(session, goal)[-1] == "end changed"
    assert settle_goals(session, now=after(6)) == Settled()
    grade(school, 16)
    assert settle_goals(session, now=after(7)) == Settled(changed=1)
    assert goal.outcome == "reached"


def test_later_than_that_a_person_confirms(school, goal):
    session = school.session
    grade(school, 16, 40, 24)
    settle_goals(session, now=after(1))
    grade(school, 5)
    assert settle_goals(session, now=after(40)) == Settled(asked=1)
    assert (goal.outcome, bool(goal.outcome_asked)) == ("reached", True)
    assert settle_goals(session, now=after(41)) == Settled()
    confirm_late_end(session, school.staff, goal.id, now=after(42))
    assert goal.outcome == "not_yet"
    assert goal.outcome_asked == ""


def test_a_hidden_grade_moves_no_end(school, goal):
    session = school.session
    grade(school, 16, 40, 24)
    settle_goals(session, now=after(1))
    make.make_result(session, school.homework[0], school.maya, 0, hidden=True)
    assert settle_goals(session, now=after(3)) == Settled()


def test_keep_change_or_let_go(school, goal):
    session, maya = school.session, school.student(school.maya)
    with pytest.raises(GoalRefused, match="not_ended"):
        answer_end(session, maya, goal.id, "keep", now=after(0))
    grade(school, 15, 35, 20)
    settle_goals(session, now=after(1))
    with pytest.raises(GoalRefused, match="choice"):
        answer_end(session, maya, goal.id, "nonsense", now=after(2))
    new = answer_end(session, maya, goal.id, "keep", now=after(2))
    assert (new.follows_id, new.state, new.target) == (goal.id, "active", Decimal(80))
    assert new.baseline is not None
    assert new.baseline != goal.baseline
    assert answer_end(session, maya, goal.id, "let_go", now=after(2)).id == new.id
    assert goal.end_choice == "keep"


def test_a_worsened_status_waits_for_the_student_or_48_hours(school):
    session, maya = school.session, school.student(school.maya)
    goal = make_goal(session, maya, school.average(), now=NOW)
    grade(school, 20, 50)
    recompute_goals(session, [goal.id], now=NOW)
    note_seen(session, maya, now=NOW)
    assert not has_news(session, maya)
    better = goal.status
    grade(school, 2, 4)
    worse_at = NOW + timedelta(hours=1)
    recompute_goals(session, [goal.id], now=worse_at)
    assert goal.status != better
    assert has_news(session, maya)

    def guardian_reads(hours: int):
        now = worse_at + timedelta(hours=hours)
        (card,) = held_back(session, own_plan(session, maya, now=now), now).goals
        return card.status, card.facts.needed

    status, needed = guardian_reads(47)
    assert (status, needed) == ("just_started", None)
    assert guardian_reads(48)[0] == goal.status
    note_seen(session, maya, now=worse_at + timedelta(minutes=5))
    assert guardian_reads(1)[0] == goal.status
