"""Noting that a student saw their plan: what guardians wait for (domain.md §3.4)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.access import Act, Actor, require
from lti_tool.records.goal import Goal, GoalValue, GoalVersion
from lti_tool.records.plan import Plan
from lti_tool.records.prepared import Prepared

_VALUE = sa.exists().where(GoalValue.goal_id == Goal.id, GoalValue.at > Plan.seen_at)
_END = sa.exists().where(
    GoalVersion.goal_id == Goal.id,
    GoalVersion.what.in_(("closed", "end changed")),
    GoalVersion.at > Plan.seen_at,
)
NEWS = Prepared(
    sa.select(Goal.id)
    .join(Plan, Plan.id == Goal.plan_id)
    .where(
        Plan.person_id == sa.bindparam("person"),
        Plan.closed_at.is_(None),
        sa.or_(sa.and_(Plan.seen_at.is_(None), Goal.computed_at.is_not(None)), _VALUE, _END),
    )
    .limit(sa.literal_column("1"))
)


def has_news(session: Session, actor: Actor) -> bool:
    """Whether any goal of the actor's open plan has a value or an end they have not seen yet. Reads only."""
    return bool(NEWS.read(session, {"person": actor.person_id}))


def note_seen(session: Session, actor: Actor, *, now: datetime) -> None:
    """The student saw their plan now."""
    require(actor, Act.SEE_OWN_PLAN)
    session.execute(
        sa.update(Plan).where(Plan.person_id == actor.person_id, Plan.closed_at.is_(None)).values(seen_at=now)
    )
