"""What people do with goals: propose, make, answer (design.md rule 3: the student owns the plan)."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.finding import lms_ids_of, own_goal
from lti_tool.planning.making import course_work, observed, ready, said, store_goals, write_versions
from lti_tool.planning.recompute import recompute_goals
from lti_tool.planning.said_words import problems_with
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import GoalDraft, GoalRefused, GoalState, Problem
from lti_tool.records.goal import Goal

__all__ = ["GoalDraft", "GoalRefused", "NotFound", "answer_goal", "make_goal", "propose_goal"]

log = structlog.get_logger()


def propose_goal(session: Session, actor: Actor, person_id: int, draft: GoalDraft, *, now: datetime) -> Goal:
    """Suggest a goal to a learner of the actor's course; it waits for the student's answer.

    Raises:
        Refused, NotFound: the actor may not, or the person does not learn in this course.
        GoalRefused: the draft is not a goal yet; nothing was written.
    """
    require(actor, Act.PROPOSE_GOAL)
    return _one_goal(session, actor, person_id, draft, GoalState.PROPOSED, now)


def make_goal(session: Session, actor: Actor, draft: GoalDraft, *, now: datetime) -> Goal:
    """A learner's own goal in the course they are in, active at once. Raises as `propose_goal`."""
    require(actor, Act.MAKE_GOAL)
    if actor.person_id is None:
        raise NotFound
    return _one_goal(session, actor, actor.person_id, draft, GoalState.ACTIVE, now)


def _one_goal(
    session: Session, actor: Actor, person_id: int, draft: GoalDraft, state: GoalState, now: datetime
) -> Goal:
    context = course_of(session, actor)
    learner_in(session, context, person_id)
    course = course_work(session, context, actor, now=now)
    seen = observed(session, course, [person_id]).get(person_id, {})
    goal, problems = ready(draft, person_id, course, seen)
    if problems:
        raise GoalRefused(problems)
    (row,) = store_goals(session, actor, course, [goal], state, now=now)
    log.info("goal.stored", goal_id=row.id, state=state.value, context_id=context.id)
    return row


def answer_goal(
    session: Session, actor: Actor, goal_id: int, *, accept: bool, reason: str = "", now: datetime
) -> Goal:
    """The student's yes or no to a proposed goal. The same answer twice changes nothing.

    Raises:
        Refused: the actor may not. NotFound: not a goal of the actor's own plan.
        GoalRefused: answered otherwise before, its date has gone by, or the reason cannot be kept.
    """
    require(actor, Act.ANSWER_GOAL)
    found = own_goal(session, actor, goal_id)
    goal = found.goal
    wanted = GoalState.ACTIVE if accept else GoalState.DECLINED
    if goal.state == wanted:
        return goal
    problems = _answer_problems(goal, accept, reason, late=goal.due_on < found.today(now))
    if problems:
        raise GoalRefused(problems)
    goal.state, goal.answered_at = wanted.value, now
    goal.version += 1
    session.flush()
    what = "accepted" if accept else "declined"
    write_versions(
        session, actor, [(goal, said(goal, lms_ids_of(session, goal)))], what, now=now, reason=reason.strip()
    )
    if accept:
        recompute_goals(session, [goal.id], now=now)
    log.info("goal.answered", goal_id=goal.id, state=goal.state)
    return goal


def _answer_problems(goal: Goal, accept: bool, reason: str, *, late: bool) -> list[Problem]:
    if goal.state != GoalState.PROPOSED:
        return [Problem("", "answered", lambda _: _("This goal has its answer already."))]
    problems: list[Problem] = []
    if accept and late:
        problems.append(
            Problem("", "due_past", lambda _: _("The date of this goal has gone by. Ask for a new one."))
        )
    problems += problems_with(reason.strip(), "reason")
    return problems
