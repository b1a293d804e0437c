"""What a student shows a group or a peer mentor: titles and steps of goals they choose (domain.md B14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.notes import note
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import GoalState
from lti_tool.plans.ids import is_row_id
from lti_tool.records.addressed import groups_with
from lti_tool.records.goal import Goal
from lti_tool.records.group import SharedGoal, StudentGroup
from lti_tool.records.plan import Plan


def share_with_group(
    session: Session, actor: Actor, group_id: int, goal_ids: Sequence[int], *, now: datetime
) -> None:
    """The group sees exactly these of the actor's goals from now on, by title and own steps.

    Raises:
        Refused, NotFound: not a group the actor is in, or not their goals.
    """
    require(actor, Act.SHARE_GOALS)
    context = course_of(session, actor)
    learner_in(session, context, actor.person_id)
    row = session.scalar(
        sa.select(StudentGroup).where(
            StudentGroup.id == (group_id if is_row_id(group_id) else 0),
            StudentGroup.context_id == context.id,
            StudentGroup.id.in_(groups_with(actor.person_id)),
        )
    )
    if row is None:
        raise NotFound
    share_exactly(session, actor, SharedGoal.group_id == row.id, {"group_id": row.id}, goal_ids, now=now)


def share_exactly(
    session: Session,
    actor: Actor,
    to: sa.ColumnElement[bool],
    columns: dict[str, int],
    goal_ids: Sequence[int],
    *,
    now: datetime,
) -> None:
    """What is shown to one reader becomes these goals. to, columns: the reader. Raises NotFound."""
    mine = set(
        session.scalars(
            sa.select(Goal.id)
            .join(Plan, Plan.id == Goal.plan_id)
            .where(
                Plan.person_id == actor.person_id,
                Plan.registration_id == actor.registration_id,
                Goal.state.in_((GoalState.ACTIVE, GoalState.PROPOSED)),
            )
        )
    )
    wanted = set(goal_ids)
    if not wanted <= mine or actor.person_id is None:
        raise NotFound
    every = sa.select(Goal.id).join(Plan, Plan.id == Goal.plan_id).where(Plan.person_id == actor.person_id)
    there = session.scalars(
        sa.select(SharedGoal).where(to, SharedGoal.ended_at.is_(None), SharedGoal.goal_id.in_(every))
    ).all()
    for row in there:
        if row.goal_id not in wanted:
            row.ended_at = now
    for goal_id in sorted(wanted - {row.goal_id for row in there}):
        session.add(SharedGoal(goal_id=goal_id, at=now, **columns))
    session.flush()
    shown: dict[str, Any] = {name.removesuffix("_id"): number for name, number in columns.items()}
    note(session, actor, "goals.shared", actor.person_id, now=now, context_id=actor.context_id, **shown)
