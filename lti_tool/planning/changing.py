"""A student changes their own goal: a new target or date begins a new phase (domain.md §3.3, phase line)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.finding import FoundGoal, lms_ids_of, own_goal
from lti_tool.planning.making import said, write_versions
from lti_tool.planning.recompute import recompute_goals
from lti_tool.planning.said_words import problems_with
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import GoalDraft, GoalRefused, GoalState, Problem, check_draft
from lti_tool.plans.measure import Params
from lti_tool.plans.zones import day_in
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal, GoalItem

log = structlog.get_logger()


@dataclass(frozen=True)
class Change:
    """What a goal should say from now on; None stays as it is."""

    target: Decimal | None = None
    due_on: date | None = None


def change_goal(
    session: Session, actor: Actor, goal_id: int, change: Change, *, reason: str = "", now: datetime
) -> Goal:
    """Change the actor's own goal from today on. What was before stays in its history.

    Raises:
        Refused, NotFound: the actor may not, or it is not theirs.
        GoalRefused: it is not an active goal, or the new numbers cannot be.
    """
    require(actor, Act.CHANGE_GOAL)
    found = own_goal(session, actor, goal_id)
    goal = found.goal
    wanted = Change(change.target or goal.target, change.due_on or goal.due_on)
    if (wanted.target, wanted.due_on) == (goal.target, goal.due_on):
        return goal
    problems = [
        *_problems(session, found, wanted, found.today(now)),
        *problems_with(reason.strip(), "reason"),
    ]
    if problems:
        raise GoalRefused(problems)
    apply_change(session, actor, found, wanted, reason=reason.strip(), now=now)
    return goal


def _problems(session: Session, found: FoundGoal, wanted: Change, today: date) -> list[Problem]:
    goal = found.goal
    if goal.state != GoalState.ACTIVE:
        return [Problem("", "not_active", lambda _: _("Only a goal you are working on can be changed."))]
    items = session.scalars(sa.select(GoalItem.item_id).where(GoalItem.goal_id == goal.id)).all()
    draft = GoalDraft(
        title=goal.title,
        measure=goal.measure,
        item_ids=items,
        target=wanted.target or goal.target,
        due_on=wanted.due_on or goal.due_on,
        method=goal.method,
        params=Params.of(goal.params),
        milestones=[(date.fromisoformat(day), Decimal(number)) for day, number in goal.milestones or ()],
    )
    same_target = draft.target == goal.target
    ends_at = session.scalar(sa.select(Context.term_ends_at).where(Context.id == goal.context_id))
    found_wrong = check_draft(
        draft,
        {},
        today=today,
        baseline=None if same_target else goal.baseline,
        term_ends_on=None if draft.due_on == goal.due_on else day_in(ends_at, found.zone),
    )
    return [problem for problem in found_wrong if problem.field in ("target", "due_on")]


def apply_change(
    session: Session, actor: Actor, found: FoundGoal, wanted: Change, *, reason: str, now: datetime
) -> None:
    """Write the new phase, its version (with what was before) and the new value."""
    goal = found.goal
    before: dict[str, Any] = {"target": str(goal.target), "due_on": goal.due_on.isoformat()}
    if wanted.target is not None:
        goal.target = wanted.target
    if wanted.due_on is not None:
        goal.due_on = wanted.due_on
    goal.phase_on = found.today(now)
    goal.version += 1
    session.flush()
    content = {**said(goal, lms_ids_of(session, goal)), "before": before}
    write_versions(session, actor, [(goal, content)], "changed", now=now, reason=reason)
    recompute_goals(session, [goal.id], now=now, cause="plan changed")
    log.info("goal.changed", goal_id=goal.id)
