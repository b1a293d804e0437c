"""Noting that a student saw their plan: what guardians wait for (domain.md §3.4)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.access import Act, Actor, require
from lti_tool.records.goal import Goal, GoalValue
from lti_tool.records.plan import Plan


def has_news(session: Session, actor: Actor) -> bool:
    """Whether any goal of the actor's open plan has a value they have not seen yet. Reads only."""
    query = (
        sa.select(GoalValue.id)
        .join(Goal, Goal.id == GoalValue.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(
            Plan.person_id == actor.person_id,
            Plan.closed_at.is_(None),
            sa.or_(Plan.seen_at.is_(None), GoalValue.at > Plan.seen_at),
        )
        .limit(1)
    )
    return session.scalar(query) is not None


def note_seen(session: Session, actor: Actor, *, now: datetime) -> None:
    """The student saw their plan now."""
    require(actor, Act.SEE_OWN_PLAN)
    session.execute(
        sa.update(Plan).where(Plan.person_id == actor.person_id, Plan.closed_at.is_(None)).values(seen_at=now)
    )
