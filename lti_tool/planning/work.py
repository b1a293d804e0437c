"""The work goals look at, read for many goals at once: each cell once, however many goals look at it.

Twenty thousand cells are read in one go after a big sync, so values are taken as the database has them and
turned into days and numbers here, each different one once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.made_of import Seen
from lti_tool.planning.observations import ITEM_COLUMNS, VERSION_COLUMNS, course_zone, observed
from lti_tool.plans.measure import MeasureKind
from lti_tool.plans.observation import Observation
from lti_tool.records.base import table_of
from lti_tool.records.bulk import one_of, told
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.gradebook import Item, Result, ResultVersion
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration
from lti_tool.records.said import LeftOut
from lti_tool.records.types import DecimalText, UtcDateTime

# Plain tables: what records add to every row costs more than reading it.
_LINK, _GOAL, _PLAN, _ITEM, _RESULT, _VERSION, _OUT, _CONTEXT, _REGISTRATION = (
    table_of(record).c
    for record in (GoalItem, Goal, Plan, Item, Result, ResultVersion, LeftOut, Context, Registration)
)
Cell = tuple[int | None, Observation]
Asked = Callable[[Any], Any]  # a column of goals' ids → whether it is one of those asked for


class Days(dict[Any, "date | None"]):
    """A moment as the database has it → its day in a zone. Dates due are the same for a whole course."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__({None: None})
        self._zone = zone

    def __missing__(self, at: Any) -> date | None:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        if moment.tzinfo is None:  # SQLite's have no zone and are UTC
            moment = moment.replace(tzinfo=UTC)
        day = self[at] = moment.astimezone(self._zone).date()
        return day


def work_of(session: Session, goals: Sequence[Any]) -> dict[int, list[Seen]]:
    """goal → what is known of each of its items, in the goal's order. goals: rows with their person_id.

    Two statements, and one more where there are goals on a course's grade.
    """
    kind = session.get_bind().dialect.name
    asking = _statements(kind)
    people = {goal.id: goal.person_id for goal in goals}
    ids = {"ids": told(kind, people)}
    links = session.execute(asking.links, ids).all()
    if any(goal.measure == MeasureKind.COURSE for goal in goals):
        links = [*links, *session.execute(asking.course_links, ids).all()]
    cells = _cells(session.execute(asking.cells, ids).all())
    work: dict[int, list[Seen]] = {goal_id: [] for goal_id in people}
    for goal_id, item_id, left_out_id in links:
        cell = cells.get((item_id, people[goal_id]))
        if cell is not None:  # else the item came between the two statements, and is measured next
            work[goal_id].append(Seen(*cell, left_out_id is not None))
    return work


def _links(asked: Asked) -> Any:
    """(goal, item, left out) in each goal's order."""
    return (
        sa.select(_LINK.goal_id, _LINK.item_id, _OUT.id)
        .outerjoin(_OUT.id.table, _is_left_out(_LINK.goal_id, _LINK.item_id))
        .where(asked(_LINK.goal_id))
        .order_by(_LINK.goal_id, _LINK.position, _LINK.item_id)
    )


def _course_links(asked: Asked) -> Any:
    """The same for goals on the course's grade: every published item that is there."""
    query = sa.select(_GOAL.id, _ITEM.id, _OUT.id).order_by(_GOAL.id, _ITEM.position, _ITEM.id)
    return _on_course(query, asked).outerjoin(_OUT.id.table, _is_left_out(_GOAL.id, _ITEM.id))


def _on_course(query: Any, asked: Asked) -> Any:
    return (
        query.select_from(_GOAL.id.table)
        .join(_ITEM.id.table, _ITEM.context_id == _GOAL.context_id)
        .where(asked(_GOAL.id), _GOAL.measure == MeasureKind.COURSE.value, _ITEM.published.is_(True))
    )


def _is_left_out(goal_id: Any, item_id: Any) -> Any:
    return sa.and_(_OUT.goal_id == goal_id, _OUT.item_id == item_id, _OUT.back_at.is_(None))


class _Statements(NamedTuple):
    links: Any
    course_links: Any
    cells: Any


@cache
def _statements(kind: str) -> _Statements:
    """Made once for a database: that takes longer than a few goals' work takes to read."""

    def asked(column: Any) -> Any:
        return one_of(kind, column, sa.bindparam("ids"))

    return _Statements(_links(asked), _course_links(asked), _cells_query(asked))


def _cells(rows: Iterable[Any]) -> dict[tuple[int, int], Cell]:
    """(item, person) → the version the student was last shown, if any, and what the rules look at."""
    days: dict[tuple[str | None, str | None], Days] = {}
    found: dict[tuple[int, int], Cell] = {}
    for person_id, version_id, zone, other_zone, *values in rows:
        zones = (zone, other_zone)
        if zones not in days:
            days[zones] = Days(course_zone(*zones))
        found[values[0], person_id] = version_id, observed(values, Decimal, days[zones].__getitem__)
    return found


def _cells_query(asked: Asked) -> Any:
    chosen = (
        sa.select(_LINK.item_id, _PLAN.person_id)
        .join(_GOAL.id.table, _GOAL.id == _LINK.goal_id)
        .join(_PLAN.id.table, _PLAN.id == _GOAL.plan_id)
        .where(asked(_LINK.goal_id), asked(_GOAL.id))  # PostgreSQL does not conclude the second itself
    )
    of_course = _on_course(sa.select(_ITEM.id, _PLAN.person_id), asked)
    wanted = chosen.union(of_course.join(_PLAN.id.table, _PLAN.id == _GOAL.plan_id)).subquery("wanted")
    columns = [_as_it_is(_ITEM, one) for one in ITEM_COLUMNS] + [
        _as_it_is(_VERSION, one) for one in VERSION_COLUMNS
    ]
    return (
        sa.select(
            wanted.c.person_id,
            _VERSION.id.label("shown_id"),
            _CONTEXT.time_zone,
            _REGISTRATION.time_zone,
            *columns,
        )
        .select_from(wanted)
        .join(_ITEM.id.table, _ITEM.id == wanted.c.item_id)
        .join(_CONTEXT.id.table, _CONTEXT.id == _ITEM.context_id)
        .join(_REGISTRATION.id.table, _REGISTRATION.id == _CONTEXT.registration_id)
        .outerjoin(
            _RESULT.id.table, sa.and_(_RESULT.item_id == _ITEM.id, _RESULT.person_id == wanted.c.person_id)
        )
        .outerjoin(_VERSION.id.table, _VERSION.id == _RESULT.released_version_id)
    )


def _as_it_is(table: Any, column: Any) -> Any:
    """A column of a table as the driver gives it, numbers and moments too."""
    plain = table[getattr(column, "element", column).key]
    return sa.type_coerce(plain, sa.Text()) if isinstance(plain.type, DecimalText | UtcDateTime) else plain
