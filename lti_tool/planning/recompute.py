"""Measuring goals again from what students were shown: set-based, safe to run twice (design.md data flow).

A chunk of 500 goals takes the same number of statements whatever the goals look like; a goal that
did not move writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.beside import beside_of
from lti_tool.planning.made_of import Seen
from lti_tool.planning.measuring import Beside, Measured, measure_goal
from lti_tool.planning.scope import chunks
from lti_tool.planning.work import work_of
from lti_tool.plans.goal import MEASURED, GoalState
from lti_tool.plans.measure import MeasureKind
from lti_tool.records.base import table_of
from lti_tool.records.bulk import add_rows, add_values, among, one_of, told
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal, GoalItem, GoalValue, GoalVersion, Reading
from lti_tool.records.gradebook import Item
from lti_tool.records.in_bulk import in_bulk
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration

READ = ("goal_id", "item_id", "version_id", "counted", "reason", "at")
_read = itemgetter(*READ[:-1])
log = structlog.get_logger()


def goals_for_results(session: Session, pairs: Iterable[tuple[int, int]]) -> set[int]:
    """The measured goals that look at any of these (item id, person id) results."""
    wanted = set(pairs)
    found: set[int] = set()
    items = {item_id for item_id, _person in wanted}
    for people in chunks(sorted({person_id for _item, person_id in wanted})):
        theirs = among(session, Plan.person_id, people)
        chosen = _measured(sa.select(Goal.id, GoalItem.item_id, Plan.person_id))
        of_course = _of_course(sa.select(Goal.id, Item.id, Plan.person_id))
        query = chosen.where(among(session, GoalItem.item_id, items), theirs).union_all(
            of_course.where(among(session, Item.id, items), theirs)
        )
        rows = session.execute(query).all()
        found.update(goal_id for goal_id, item_id, person_id in rows if (item_id, person_id) in wanted)
    return found


def goals_for_items(session: Session, item_ids: Iterable[int]) -> set[int]:
    """The measured goals that look at any of these items (an item went, or its points changed)."""
    found: set[int] = set()
    for part in chunks(sorted(set(item_ids))):
        found.update(session.scalars(_measured(sa.select(Goal.id)).where(GoalItem.item_id.in_(part))))
        found.update(session.scalars(_of_course(sa.select(Goal.id)).where(Item.id.in_(part))))
    return found


def goals_of_context(session: Session, context_id: int) -> set[int]:
    """All measured goals of a course: what a nightly run measures again, since time alone moves a status."""
    return set(session.scalars(_open(sa.select(Goal.id)).where(Goal.context_id == context_id)))


def _open(query: Any) -> Any:
    return (
        query.select_from(Goal)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(Goal.state.in_(MEASURED), Plan.closed_at.is_(None))
    )


def _measured(query: Any) -> Any:
    return _open(query).join(GoalItem, GoalItem.goal_id == Goal.id)


def _of_course(query: Any) -> Any:
    """Goals on the course's own grade look at all of its items."""
    is_course = sa.and_(Item.context_id == Goal.context_id, Goal.measure == MeasureKind.COURSE.value)
    return _open(query).join(Item, is_course)


def recompute_goals(
    session: Session,
    goal_ids: Iterable[int],
    *,
    now: datetime,
    run_id: str | None = None,
    cause: str = "",
) -> list[int]:
    """Measure these goals again; gives the ids of those whose value, progress or status moved.

    Writes a reading where an item's is not the newest one already, a goal value where something
    moved, and the goal's own figures. `run_id`: the sync run that brought the grades; `cause`: what
    else moved it (`left out`, `put back`, …), kept with the new value.
    """
    moved: list[int] = []
    for part in chunks(sorted(set(goal_ids))):
        with in_bulk():
            moved += _recompute_chunk(session, part, now, run_id, cause)
    if moved:
        log.info("goals.moved", run_id=run_id, count=len(moved))
    return moved


def _recompute_chunk(
    session: Session, goal_ids: list[int], now: datetime, run_id: str | None, cause: str
) -> list[int]:
    goals, work, beside = gathered(session, goal_ids)
    newest = _newest_readings(session, goal_ids)
    results = [
        measure_goal(goal, work.get(goal.id, []), newest, now, cause, beside[goal.id]) for goal in goals
    ]
    _store(session, results, now, run_id)
    return [result.goal_id for result in results if result.moved]


def gathered(
    session: Session, goal_ids: list[int], states: Sequence[GoalState] = MEASURED
) -> tuple[list[Any], dict[int, list[Seen]], dict[int, Beside]]:
    """These goals as far as they are in one of the states, locked; their work, and what is beside it."""
    session.flush()
    goals = _goals(session, goal_ids, states)
    return goals, work_of(session, goals), beside_of(session, goals)


def _goals(session: Session, goal_ids: list[int], states: Sequence[GoalState]) -> list[Any]:
    """The goals with their zones; locked, so that a student's answer and a sync take turns."""
    query = (
        sa.select(
            *Goal.__table__.c,
            Context.time_zone.label("context_zone"),
            Context.term_ends_at,
            Registration.time_zone.label("registration_zone"),
            Registration.id.label("registration_id"),
            Plan.person_id,
        )
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Registration, Registration.id == Plan.registration_id)
        .outerjoin(Context, Context.id == Goal.context_id)
        .where(Goal.id.in_(goal_ids), Goal.state.in_(states))
        .order_by(Goal.id)
        .with_for_update(of=Goal)
    )
    return list(session.execute(query))


def _newest_readings(
    session: Session, goal_ids: list[int]
) -> dict[tuple[int, int], tuple[int | None, bool, str]]:
    """(goal, item) → version, counted and reason of the newest reading."""
    kind = session.get_bind().dialect.name
    rows = session.execute(_newest(kind), {"ids": told(kind, goal_ids)})
    return {
        (goal_id, item_id): (version_id, counts, reason)
        for goal_id, item_id, version_id, counts, reason in rows.all()
    }


@cache
def _newest(kind: str) -> Any:
    made = table_of(Reading).c
    theirs = one_of(kind, made.goal_id, sa.bindparam("ids"))
    newest = sa.select(sa.func.max(made.id)).where(theirs).group_by(made.goal_id, made.item_id)
    counted = sa.type_coerce(made.counted, sa.Integer)  # 1 is True, without asking each row
    columns = (made.goal_id, made.item_id, made.version_id, counted, made.reason)
    return sa.select(*columns).where(theirs, made.id.in_(newest))


def _store(session: Session, results: list[Measured], now: datetime, run_id: str | None) -> None:
    """A few statements: readings, late starts, values, the goals' own figures."""
    readings = [(*_read(reading), now) for result in results for reading in result.readings]
    versions = [{**result.version, "at": now} for result in results if result.version]
    values = [
        {**result.value_row, "sync_run_id": run_id, "at": now} for result in results if result.value_row
    ]
    add_values(session, Reading, READ, readings)
    for table, rows in ((GoalVersion, versions), (GoalValue, values)):
        add_rows(session, table, rows)
    figures = [{**result.figures, "computed_at": now} for result in results if result.figures]
    if figures:
        goal = Goal.__table__
        columns = [name for name in figures[0] if name != "goal_id"]
        statement = (
            sa.update(goal)  # type: ignore[arg-type]
            .where(goal.c.id == sa.bindparam("goal_id"))
            .values({name: sa.bindparam(f"new_{name}", type_=goal.c[name].type) for name in columns})
        )
        session.execute(
            statement,
            [{"goal_id": row["goal_id"], **{f"new_{n}": row[n] for n in columns}} for row in figures],
        )
        _reload(session, {row["goal_id"] for row in figures})


def _reload(session: Session, goal_ids: set[int]) -> None:
    """Goals the caller holds read as what was just written."""
    held = [row.id for row in session.identity_map.values() if isinstance(row, Goal) and row.id in goal_ids]
    for part in chunks(held):
        query = sa.select(Goal).where(Goal.id.in_(part)).execution_options(populate_existing=True)
        session.scalars(query).all()
