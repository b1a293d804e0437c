"""The limit of goals at work, and how one makes room for another (domain.md A11)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.finding import FoundGoal, lms_ids_of, own_goal
from lti_tool.planning.judging import judged
from lti_tool.planning.making import said, write_versions
from lti_tool.planning.notes import note
from lti_tool.planning.recompute import recompute_goals
from lti_tool.planning.scope import course_of
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.figures import figures_of
from lti_tool.plans.goal import GoalRefused, GoalState, Problem
from lti_tool.plans.limits import LEAST, MOST, Aside, TooMany, most_of
from lti_tool.plans.outcome import Outcome
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan

log = structlog.get_logger()


def require_room(session: Session, person_id: int, context: Context) -> None:
    """Raise TooMany where the person works on as many goals in the course as its teacher wants."""
    plan = sa.and_(
        Plan.person_id == person_id,
        Plan.registration_id == context.registration_id,
        Plan.closed_at.is_(None),
    )
    # The plan is locked, so that two tabs never both find the last place free.
    session.execute(sa.select(Plan.id).where(plan).with_for_update()).all()
    goals = session.execute(
        sa.select(Goal.id, Goal.title)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(plan, Goal.context_id == context.id, Goal.state == GoalState.ACTIVE)
        .order_by(Goal.due_on, Goal.id)
    ).all()
    most = most_of(context.goals_most)
    if len(goals) >= most:
        raise TooMany(most, [(row.id, row.title) for row in goals])


def make_room(session: Session, actor: Actor, goal_id: int, how: str, *, now: datetime) -> Goal:
    """The student lets one of their active goals rest, or ends it. Twice is once.

    An ended goal keeps what it reached; where it was not there yet, another goal took its place.

    Raises:
        Refused, NotFound: the actor may not, or it is not theirs.
        GoalRefused: it is not at work, or no such way.
    """
    require(actor, Act.CHANGE_GOAL)
    found = own_goal(session, actor, goal_id)
    goal = found.goal
    if how not in set(Aside):
        raise GoalRefused([Problem("limit", "way", lambda _: _("Choose: pause it or end it."))])
    wanted = GoalState.PAUSED if how == Aside.PAUSE else GoalState.CLOSED
    if goal.state == wanted:
        return goal
    if goal.state not in (GoalState.ACTIVE, GoalState.PAUSED):
        raise GoalRefused([Problem("limit", "not_active", lambda _: _("This goal is not at work now."))])
    if how == Aside.PAUSE:
        goal.state, goal.paused_at = GoalState.PAUSED.value, now
        _write(session, actor, goal, "paused", now)
        return goal
    outcome = _end(session, found, now)
    _write(session, actor, goal, "ended", now, outcome=outcome)
    return goal


def _end(session: Session, found: FoundGoal, now: datetime) -> str:
    goal = found.goal
    touched = goal.reached_on is not None
    if goal.state == GoalState.ACTIVE:
        (one,) = judged(session, [goal.id], now=now)
        touched = figures_of(one.terms, one.evidence, one.today).touched
    goal.state = GoalState.CLOSED.value
    goal.outcome = (Outcome.REACHED if touched else Outcome.REPLACED).value
    goal.settled_on, goal.paused_at = found.today(now), None
    return goal.outcome


def go_on(session: Session, actor: Actor, goal_id: int, *, now: datetime) -> Goal:
    """A goal that rested is at work again, if there is room. Raises as `make_room`, and TooMany."""
    require(actor, Act.CHANGE_GOAL)
    found = own_goal(session, actor, goal_id)
    goal = found.goal
    if goal.state == GoalState.ACTIVE:
        return goal
    if goal.state != GoalState.PAUSED:
        raise GoalRefused([Problem("limit", "not_paused", lambda _: _("This goal does not rest."))])
    if goal.due_on < found.today(now):
        raise GoalRefused(
            [Problem("limit", "due_past", lambda _: _("Its day has gone by. Make another goal of it."))]
        )
    context = session.get(Context, goal.context_id) if goal.context_id else None
    if context is not None:
        require_room(session, found.person_id, context)
    goal.state, goal.paused_at = GoalState.ACTIVE.value, None
    _write(session, actor, goal, "went on", now)
    recompute_goals(session, [goal.id], now=now)
    return goal


def set_limit(session: Session, actor: Actor, most: int | None, *, now: datetime) -> Context:
    """Staff say how many goals a student works on at a time in their course; those at work stay.

    Raises:
        Refused, NotFound: not staff of the course. GoalRefused: not a number from 1 to 5.
    """
    require(actor, Act.SET_COURSE)
    context = course_of(session, actor)
    if most is None or not LEAST <= most <= MOST:
        values = {"least": LEAST, "most": MOST}
        raise GoalRefused(
            [Problem("goals_most", "most", lambda _: _("Choose from %(least)s to %(most)s.", **values))]
        )
    if context.goals_most != most:
        context.goals_most = most
        if actor.person_id is None:
            raise NotFound
        note(session, actor, "course.limit", actor.person_id, now=now, most=most)
    return context


def _write(session: Session, actor: Actor, goal: Goal, what: str, now: datetime, **more: str) -> None:
    goal.version += 1
    session.flush()
    content = {**said(goal, lms_ids_of(session, goal)), **more}
    write_versions(session, actor, [(goal, content)], what, now=now)
    log.info("goal.aside", goal_id=goal.id, what=what)
