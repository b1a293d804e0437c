"""After the end: keep, change or let go, as the student says; a late regrade a teacher confirms (§3.5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.closing import confirm_end
from lti_tool.planning.finding import course_goal, own_goal
from lti_tool.planning.goals import make_goal
from lti_tool.planning.notes import note
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import GoalDraft, GoalRefused, GoalState, Problem
from lti_tool.plans.measure import Params
from lti_tool.plans.zones import day_in
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal, GoalItem

CHOICES = ("keep", "change", "let_go")
MORE_TIME = timedelta(days=28)
log = structlog.get_logger()


def answer_end(session: Session, actor: Actor, goal_id: int, choice: str, *, now: datetime) -> Goal | None:
    """The student's word after the end. `keep` makes the goal that carries it on, with a start of today.

    The first word stands. Gives the new goal, if there is one.

    Raises:
        Refused, NotFound: the actor may not, or it is not their goal.
        GoalRefused: the goal has not ended, no such choice, or it cannot be carried on as it is.
    """
    require(actor, Act.ANSWER_GOAL)
    found = own_goal(session, actor, goal_id)
    goal = found.goal
    if goal.state != GoalState.CLOSED:
        raise GoalRefused([Problem("", "not_ended", lambda _: _("This goal has not ended yet."))])
    if choice not in CHOICES:
        raise GoalRefused([Problem("", "choice", lambda _: _("Choose: keep it, change it or let it go."))])
    if goal.end_choice:
        return session.scalar(sa.select(Goal).where(Goal.follows_id == goal.id))
    new = None
    if choice == "keep":
        new = make_goal(session, actor, _carried_on(session, goal, found.today(now), found.zone), now=now)
        new.follows_id = goal.id
    goal.end_choice = choice
    session.flush()
    note(session, actor, f"goal.{choice}", found.person_id, now=now, goal=goal.id)
    log.info("goal.after_end", goal_id=goal.id, choice=choice)
    return new


def _carried_on(session: Session, goal: Goal, today: date, zone: tzinfo) -> GoalDraft:
    """The same goal for four more weeks; its start is found anew."""
    items = session.scalars(
        sa.select(GoalItem.item_id)
        .where(GoalItem.goal_id == goal.id)
        .order_by(GoalItem.position, GoalItem.item_id)
    ).all()
    ends_at = session.scalar(sa.select(Context.term_ends_at).where(Context.id == goal.context_id))
    return GoalDraft(
        title=goal.title,
        measure=goal.measure,
        item_ids=items,
        target=Decimal(goal.target),
        due_on=_more_time(today, day_in(ends_at, zone)),
        method=goal.method,
        params=Params.of(goal.params),
    )


def _more_time(today: date, term_ends_on: date | None) -> date:
    """Four weeks more, though not past the end of a course that still goes on: nothing rolls over a term."""
    due_on = today + MORE_TIME
    if term_ends_on is not None and today < term_ends_on:
        return min(due_on, term_ends_on)
    return due_on


def confirm_late_end(session: Session, actor: Actor, goal_id: int, *, now: datetime) -> Goal:
    """A teacher takes the end that a grade later than 30 days would give. Raises Refused, NotFound."""
    require(actor, Act.CONFIRM_END)
    found = course_goal(session, actor, goal_id)
    confirm_end(session, found.goal, actor, now=now)
    return found.goal
