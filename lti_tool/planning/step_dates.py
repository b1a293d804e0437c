"""A date in the LMS that moves takes the steps along that follow it (domain.md A20)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.finding import course_goal
from lti_tool.planning.step_versions import next_version
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.zones import day_in
from lti_tool.records.gradebook import Item
from lti_tool.records.step import Step


def follow_item_dates(session: Session, registration_id: int, context_id: int, *, now: datetime) -> int:
    """Steps that follow work whose day moved in the LMS move with it, each with a version. Returns how many.

    Safe to call at any time; where nothing moved it is one read.
    """
    rows = session.execute(
        sa.select(Step, Item.due_at)
        .join(Item, Item.id == Step.item_id)
        .where(Item.context_id == context_id, Step.state.in_(("active", "proposed")))
        .order_by(Step.id)
    ).all()
    actor = Actor(registration_id, None, Role.SYSTEM, context_id)
    moved = 0
    for step, due_at in rows:
        found = course_goal(session, actor, step.goal_id)
        day = day_in(due_at, found.zone)
        if day != step.item_due_on:
            step.item_due_on = day
            next_version(session, actor, step, "moved", (found.person_id, found.goal), now)
            moved += 1
    return moved
