"""A plan as guardians read it: a worsened status waits for the student, or 48 hours (domain.md §3.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.goal_card import GoalCard
from lti_tool.overview.plan import PlanView
from lti_tool.plans.guardian import WAIT, is_worse, status_for_guardian
from lti_tool.plans.outcome import Outcome
from lti_tool.plans.status import Status
from lti_tool.records.goal import GoalValue, GoalVersion
from lti_tool.records.plan import Plan

_GOOD = frozenset({Outcome.REACHED, Outcome.REACHED_LATER})


def held_back(session: Session, plan: PlanView, now: datetime) -> PlanView:
    """The plan with each goal's status, and the ends, as guardians may read them now. Three statements.

    Where the newer status waits, what is needed waits too, since it would say the same. An end short of
    the target waits like a worsened status.
    """
    ids = [goal.id for goal in plan.goals]
    seen_at = session.scalar(
        sa.select(Plan.seen_at).where(Plan.person_id == plan.person_id, Plan.closed_at.is_(None))
    )
    history: dict[int, list[tuple[Status, datetime]]] = defaultdict(list)
    for row in session.execute(
        sa.select(GoalValue.goal_id, GoalValue.status, GoalValue.at)
        .where(GoalValue.goal_id.in_(ids))
        .order_by(GoalValue.id)
    ):
        history[row.goal_id].append((Status(row.status), row.at))

    def one(goal: GoalCard) -> GoalCard:
        status = status_for_guardian(history[goal.id], seen_at, now) if history[goal.id] else goal.status
        if status is goal.status or not is_worse(goal.status, status):
            return goal
        return replace(goal, status=status, facts=replace(goal.facts, needed=None))

    waiting = _waiting_ends(session, [end.goal_id for end in plan.ends], seen_at, now)
    ends = [end for end in plan.ends if end.goal_id not in waiting or end.outcome in _GOOD]
    return replace(plan, goals=[one(goal) for goal in plan.goals], ends=ends)


def _waiting_ends(
    session: Session, goal_ids: Sequence[int], seen_at: datetime | None, now: datetime
) -> set[int]:
    """The goals whose newest end the student has not seen yet, within 48 hours."""
    rows = session.execute(
        sa.select(GoalVersion.goal_id, sa.func.max(GoalVersion.at).label("at"))
        .where(GoalVersion.goal_id.in_(goal_ids), GoalVersion.what.in_(("closed", "end changed")))
        .group_by(GoalVersion.goal_id)
    )
    return {row.goal_id for row in rows if now - row.at < WAIT and (seen_at is None or seen_at < row.at)}
