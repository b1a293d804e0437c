"""A plan as guardians read it: a worsened status waits for the student, or 48 hours (domain.md §3.4)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.plan import GoalCard, PlanView
from lti_tool.plans.guardian import is_worse, status_for_guardian
from lti_tool.plans.status import Status
from lti_tool.records.goal import GoalValue
from lti_tool.records.plan import Plan


def held_back(session: Session, plan: PlanView, now: datetime) -> PlanView:
    """The plan with each goal's status as guardians may read it now. Two statements.

    Where the newer status waits, what is needed waits too, since it would say the same.
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

    return replace(plan, goals=[one(goal) for goal in plan.goals])
