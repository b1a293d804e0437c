"""Open steps become another adult's, each with a version that says so (domain.md B12)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.step_versions import next_version
from lti_tool.plans.access import Actor
from lti_tool.plans.goal import MEASURED
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.step import Step


def pass_on_steps(
    session: Session, actor: Actor, which: sa.ColumnElement[bool], to_id: int, *, now: datetime
) -> int:
    """Open steps of goals that go on become another adult's, each with a version that says so; how many.

    Who may is decided by those who ask (handing_over.py, mentors.py).
    """
    rows = session.execute(
        sa.select(Step, Goal, Plan.person_id)
        .join(Goal, Goal.id == Step.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(
            Plan.registration_id == actor.registration_id,
            Goal.state.in_(MEASURED),
            Step.state.in_(("active", "proposed")),
            which,
        )
        .order_by(Step.id)
    ).all()
    for step, goal, person_id in rows:
        step.owner_id = to_id
        next_version(session, actor, step, "handed over", (person_id, goal), now)
    return len(rows)
