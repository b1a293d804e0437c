"""What people do with goals: propose, make, answer (design.md rule 3: the student owns the plan)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.changing import Change, change_problems, rewrite, said_before, whole
from lti_tool.planning.clear import Unclear, Wording, require_clear
from lti_tool.planning.errors import NotFound
from lti_tool.planning.finding import FoundGoal, lms_ids_of, own_goal
from lti_tool.planning.limits import make_room, require_room
from lti_tool.planning.looking import prepare
from lti_tool.planning.making import said, store_goals, write_versions
from lti_tool.planning.recompute import recompute_goals
from lti_tool.planning.said_words import checked_words, problems_with
from lti_tool.planning.scope import course_of
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import GoalDraft, GoalRefused, GoalState, Problem
from lti_tool.plans.limits import TooMany
from lti_tool.records.course import Context, Person
from lti_tool.records.goal import Goal

__all__ = [
    "GoalDraft",
    "GoalRefused",
    "Instead",
    "NotFound",
    "TooMany",
    "Unclear",
    "Wording",
    "answer_goal",
    "make_goal",
    "propose_goal",
]

FORM_ALONE = Wording()
log = structlog.get_logger()


@dataclass(frozen=True)
class Instead:
    """Which goal makes room, and how (plans.limits.Aside)."""

    goal_id: int
    how: str


def propose_goal(
    session: Session,
    actor: Actor,
    person_id: int,
    draft: GoalDraft,
    *,
    wording: Wording = FORM_ALONE,
    anyway: str = "",
    now: datetime,
) -> Goal:
    """Suggest a goal to a learner of the actor's course; it waits for the student's answer.

    anyway: the teacher's reason to propose it although it is not clear yet; everyone who sees it reads it.

    Raises:
        Refused, NotFound: the actor may not, or the person does not learn in this course.
        GoalRefused: the draft is not a goal yet; Unclear: it is not clear. Nothing was written.
    """
    require(actor, Act.PROPOSE_GOAL)
    found = prepare(session, actor, person_id, draft, now=now)
    problems = [*found.problems, *(problems_with(anyway.strip(), "anyway") if anyway.strip() else ())]
    if problems:
        raise GoalRefused(problems)
    if not anyway.strip():
        require_clear(session, found, wording)
    (row,) = store_goals(
        session, actor, found.course, [found.goal], GoalState.PROPOSED, reason=anyway.strip(), now=now
    )
    log.info("goal.stored", goal_id=row.id, state=row.state, context_id=row.context_id)
    return row


def propose_to_many(
    session: Session,
    actor: Actor,
    person_ids: Sequence[int],
    draft: GoalDraft,
    *,
    wording: Wording = FORM_ALONE,
    anyway: str = "",
    now: datetime,
) -> list[Goal]:
    """One goal suggested to several learners; each has their own start and sets their own target.

    Raises as `propose_goal`; for all but the first its problems stand beside `also`, with whose they are.
    Nothing was written then.
    """
    made = []
    for place, person_id in enumerate(dict.fromkeys(person_ids)):
        try:
            made.append(
                propose_goal(session, actor, person_id, draft, wording=wording, anyway=anyway, now=now)
            )
        except GoalRefused as refused:
            if not place:
                raise
            person = session.get(Person, person_id)
            name = person.name if person is not None else ""
            raise GoalRefused([_of(name, problem) for problem in refused]) from None
    return made


def _of(name: str, problem: Problem) -> Problem:
    return Problem(
        "also",
        problem.code,
        lambda _: _("Not for %(name)s: %(why)s", name=name, why=problem.sentence(_)),
    )


def make_goal(
    session: Session,
    actor: Actor,
    draft: GoalDraft,
    *,
    wording: Wording = FORM_ALONE,
    instead: Instead | None = None,
    now: datetime,
) -> Goal:
    """A learner's own goal in the course they are in, active at once.

    instead: the goal that makes room for it where there are as many as the teacher wants.
    Raises as `propose_goal`, and TooMany.
    """
    require(actor, Act.MAKE_GOAL)
    if actor.person_id is None:
        raise NotFound
    found = prepare(session, actor, None, draft, now=now)
    if found.problems:
        raise GoalRefused(found.problems)
    require_clear(session, found, wording)
    if instead is not None:
        make_room(session, actor, instead.goal_id, instead.how, now=now)
    require_room(session, actor.person_id, found.course.context)
    (row,) = store_goals(session, actor, found.course, [found.goal], GoalState.ACTIVE, now=now)
    log.info("goal.stored", goal_id=row.id, state=row.state, context_id=row.context_id)
    return row


def let_start(
    session: Session, actor: Actor, person_id: int, draft: GoalDraft, reason: str, *, now: datetime
) -> Goal:
    """Staff let a goal that its student asked for start as it is; the reason stands where the goal stands.

    Raises:
        Refused, NotFound: not staff of the student's course. GoalRefused: it cannot be counted, or no
            reason is said; TooMany: the student works on enough goals.
    """
    require(actor, Act.PROPOSE_GOAL)
    why = checked_words(reason, "reason", lambda _: _("Say why it may start. Everyone who sees it reads it."))
    found = prepare(session, actor, person_id, draft, now=now)
    if found.problems:
        raise GoalRefused(found.problems)
    require_room(session, person_id, course_of(session, actor))
    (row,) = store_goals(
        session,
        actor,
        found.course,
        [found.goal],
        GoalState.ACTIVE,
        what="let start",
        reason=why,
        now=now,
    )
    row.created_by_id = person_id
    return row


def answer_goal(
    session: Session,
    actor: Actor,
    goal_id: int,
    *,
    accept: bool,
    reason: str = "",
    instead: Instead | None = None,
    change: Change | None = None,
    now: datetime,
) -> Goal:
    """The student's yes or no to a proposed goal. The same answer twice changes nothing.

    change: their own words, target or day, where they say yes but otherwise.

    Raises:
        Refused: the actor may not. NotFound: not a goal of the actor's own plan.
        GoalRefused: answered otherwise before, its date has gone by, or the reason cannot be kept.
        TooMany: a yes to one goal more than the teacher wants.
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
    if accept and instead is not None:
        make_room(session, actor, instead.goal_id, instead.how, now=now)
    more = _edit(session, found, change, now) if accept and change is not None else {}
    context = session.get(Context, goal.context_id) if accept and goal.context_id else None
    if context is not None:
        require_room(session, found.person_id, context)
    goal.state, goal.answered_at = wanted.value, now
    goal.version += 1
    session.flush()
    what = "accepted" if accept else "declined"
    content = {**said(goal, lms_ids_of(session, goal)), **more}
    write_versions(session, actor, [(goal, content)], what, now=now, reason=reason.strip())
    if accept:
        recompute_goals(session, [goal.id], now=now)
    log.info("goal.answered", goal_id=goal.id, state=goal.state)
    return goal


def _edit(session: Session, found: FoundGoal, change: Change, now: datetime) -> dict[str, Any]:
    """The student's own words or numbers in the goal they take; what stood there before."""
    goal, wanted = found.goal, whole(change, found.goal)
    if wanted == whole(Change(), goal):
        return {}
    problems = change_problems(session, found, wanted, found.today(now), GoalState.PROPOSED)
    if problems:
        raise GoalRefused(problems)
    before = said_before(goal, wanted)
    rewrite(goal, wanted)
    return {"before": before}


def _answer_problems(goal: Goal, accept: bool, reason: str, *, late: bool) -> Sequence[Problem]:
    if goal.state != GoalState.PROPOSED:
        return [Problem("", "answered", lambda _: _("This goal has its answer already."))]
    problems: list[Problem] = []
    if accept and late:
        problems.append(
            Problem("", "due_past", lambda _: _("The date of this goal has gone by. Ask for a new one."))
        )
    problems += problems_with(reason.strip(), "reason")
    return problems
