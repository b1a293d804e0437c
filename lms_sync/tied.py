"""Which columns and people of a course goals look at: those are read whole more often than the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.people import api_ids
from lti_tool.plans.goal import MEASURED
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.gradebook import Item
from lti_tool.records.plan import Plan


@dataclass(frozen=True)
class Tied:
    """keys: of the columns. people: whose goals look at them, and what the LMS's API calls each."""

    keys: tuple[str, ...]
    people: Mapping[int, str]


def tied_to_goals(session: Session, context_id: int, kinds: Sequence[str]) -> Tied:
    """The columns of a course that measured goals of open plans look at, and whose goals those are."""
    looking = (
        sa.select(GoalItem.item_id, Plan.person_id)
        .join(Goal, Goal.id == GoalItem.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Item, Item.id == GoalItem.item_id)
        .where(Item.context_id == context_id, Item.gone_at.is_(None))
        .where(Goal.state.in_(MEASURED), Plan.closed_at.is_(None))
        .distinct()
        .subquery()
    )
    items = sa.select(looking.c.item_id)
    keys = session.scalars(sa.select(Item.key).where(Item.id.in_(items)).order_by(Item.position, Item.id))
    people = session.scalars(sa.select(looking.c.person_id).distinct()).all()
    registration_id = session.get_one(Context, context_id).registration_id
    known, _unknown = api_ids(session, context_id, registration_id, people, kinds)
    return Tied(tuple(keys), known)
