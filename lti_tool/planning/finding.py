"""Finding a goal that the actor may change, locked: the student's own, or one of the course staff are in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.observations import course_zone
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.goal import GoalState
from lti_tool.plans.ids import is_row_id
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.gradebook import Item
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration


@dataclass(frozen=True)
class FoundGoal:
    """A locked goal, whose it is, and its course's zone."""

    goal: Goal
    person_id: int
    zone: tzinfo

    def today(self, now: datetime) -> date:
        """The day in the goal's course."""
        return now.astimezone(self.zone).date()


def own_goal(session: Session, actor: Actor, goal_id: int) -> FoundGoal:
    """A goal of the actor's own plan. Raises NotFound."""
    if actor.person_id is None:
        raise NotFound
    return _locked(session, actor, goal_id, Plan.person_id == actor.person_id)


def course_goal(session: Session, actor: Actor, goal_id: int) -> FoundGoal:
    """A goal of the course the actor is in; for the worker one of the registration. Raises NotFound."""
    if actor.role in (Role.OPERATOR, Role.SYSTEM):
        return _locked(session, actor, goal_id, sa.true())
    if actor.context_id is None:
        raise NotFound
    return _locked(session, actor, goal_id, Goal.context_id == actor.context_id)


def _locked(session: Session, actor: Actor, goal_id: int, whose: sa.ColumnElement[bool]) -> FoundGoal:
    if not is_row_id(goal_id):
        raise NotFound
    row = session.execute(
        sa.select(Goal, Plan.person_id, Context.time_zone, Registration.time_zone)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Registration, Registration.id == Plan.registration_id)
        .outerjoin(Context, Context.id == Goal.context_id)
        .where(
            Goal.id == goal_id,
            Plan.registration_id == actor.registration_id,
            Goal.state != GoalState.DRAFT,
            whose,
        )
        .with_for_update(of=Goal)
    ).one_or_none()
    if row is None:
        raise NotFound
    goal, person_id, context_zone, registration_zone = row
    return FoundGoal(goal, person_id, course_zone(context_zone, registration_zone))


def item_of(session: Session, goal: Goal, item_id: int) -> Item:
    """A piece of work the goal looks at. Raises NotFound."""
    if not is_row_id(item_id):
        raise NotFound
    found = session.scalars(
        sa.select(Item)
        .join(GoalItem, GoalItem.item_id == Item.id)
        .where(GoalItem.goal_id == goal.id, Item.id == item_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def lms_ids_of(session: Session, goal: Goal) -> list[str]:
    """The LMS's ids of the goal's work, in its order."""
    return list(
        session.scalars(
            sa.select(Item.lms_id)
            .join(GoalItem, GoalItem.item_id == Item.id)
            .where(GoalItem.goal_id == goal.id)
            .order_by(GoalItem.position, Item.id)
        )
    )
