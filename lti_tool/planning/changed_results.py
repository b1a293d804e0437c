"""Measuring the goals on results that changed: some people at a time, each with all of their changes.

A sync stores cells page by page and marks them as not measured; a goal on twenty columns is then
measured once and not twenty times. The mark is in the row, so a worker that is lost between the two
loses nothing: the next run of the course measures what was left.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.recompute import recompute_goals
from lti_tool.plans.goal import MEASURED
from lti_tool.plans.measure import MeasureKind
from lti_tool.records.base import table_of
from lti_tool.records.bulk import among
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.gradebook import Item, Result
from lti_tool.records.plan import Plan

PEOPLE = 250


def measure_changed(
    session: Session, context_id: int, *, now: datetime, run_id: str | None = None, people: int = PEOPLE
) -> bool:
    """Measure the goals on changed results of up to so many people; whether some may be left.

    The same few statements whatever the number of results; call it, in a transaction each, until it
    says False.
    """
    items = sa.select(Item.id).where(Item.context_id == context_id)
    changed = (Result.measured == sa.false(), Result.item_id.in_(items))
    some = session.scalars(
        sa.select(Result.person_id).where(*changed).distinct().order_by(Result.person_id).limit(people)
    ).all()
    if not some:
        return False
    # Nobody else writes results of a course while its run goes on, so what is marked here was seen.
    theirs = (*changed, Result.person_id.in_(some))
    looking = session.execute(_looking(some, context_id)).all()
    if looking:
        pairs = {(item_id, person_id) for item_id, person_id in session.execute(_pairs(theirs)).all()}
        goals = {goal for goal, item, person, is_course in looking if is_course or (item, person) in pairs}
        recompute_goals(session, goals, now=now, run_id=run_id)
    session.execute(
        sa.update(Result).where(*theirs).values(measured=True).execution_options(synchronize_session=False)
    )
    return len(some) == people


def people_with_goals(session: Session, people: Collection[int]) -> list[int]:
    """Those among them with a measured goal in an open plan, whatever it looks at."""
    goal, plan = table_of(Goal).c, table_of(Plan).c
    return list(
        session.scalars(
            sa.select(plan.person_id)
            .join(goal.id.table, goal.plan_id == plan.id)
            .where(among(session, plan.person_id, people), plan.closed_at.is_(None))
            .where(goal.state.in_(MEASURED))
            .distinct()
        )
    )


def _pairs(theirs: tuple[Any, ...]) -> Any:
    made = table_of(Result).c
    return sa.select(made.item_id, made.person_id).where(*theirs)


def _looking(people: Sequence[int], context_id: int) -> Any:
    """(goal, item, person) of everything these people's measured goals look at.

    is_course: on the grade of this course, which every result of it is part of.
    """
    goal, link, plan = table_of(Goal).c, table_of(GoalItem).c, table_of(Plan).c
    is_course = sa.and_(goal.measure == MeasureKind.COURSE.value, goal.context_id == context_id)
    return (
        sa.select(goal.id, link.item_id, plan.person_id, is_course.label("is_course"))
        .select_from(plan.id.table)
        .join(goal.id.table, goal.plan_id == plan.id)
        .outerjoin(link.goal_id.table, link.goal_id == goal.id)
        .where(plan.person_id.in_(people), plan.closed_at.is_(None), goal.state.in_(MEASURED))
    )
