"""From gradebook rows to what the rules look at: released versions only (domain.md §3.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, tzinfo
from decimal import Decimal
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.scope import chunks
from lti_tool.plans.measure import Observation
from lti_tool.plans.observation import UNASSIGNED
from lti_tool.plans.zones import course_zone, day_in, zone_named
from lti_tool.records.gradebook import Item, Result, ResultVersion

__all__ = [
    "ITEM_COLUMNS",
    "VERSION_COLUMNS",
    "course_zone",
    "day_in",
    "observation",
    "observations_of",
    "observed",
    "zone_named",
]

ITEM_COLUMNS = (
    Item.id.label("item_id"),
    Item.kind,
    Item.possible.label("item_possible"),
    Item.due_at.label("item_due_at"),
    Item.gone_at,
    Item.group_lms_id,
)
VERSION_COLUMNS = (
    ResultVersion.id.label("version_id"),
    ResultVersion.score,
    ResultVersion.possible,
    ResultVersion.state,
    ResultVersion.text,
    ResultVersion.hidden,
    ResultVersion.excused,
    ResultVersion.missing,
    ResultVersion.late,
    ResultVersion.regrade_pending,
    ResultVersion.submitted_at,
    ResultVersion.graded_at,
    ResultVersion.due_at,
)


_values = attrgetter(*(column.key for column in (*ITEM_COLUMNS, *VERSION_COLUMNS)))


def observation(row: Any, zone: tzinfo) -> Observation:
    """A row of ITEM_COLUMNS and VERSION_COLUMNS (all empty: never released) as the rules take it."""
    return observed(_values(row), _same, lambda at: day_in(at, zone))


def observed(
    values: Sequence[Any], number: Callable[[Any], Decimal | None], day: Callable[[Any], date | None]
) -> Observation:
    """The same from bare values, in the columns' order. number, day: make one of what is not empty.

    A grade keeps the possible points it came with; work without one has the item's.
    """
    item_id, kind, item_possible, item_due_at, gone_at, group, _version, score, possible, state, text = (
        values[:11]
    )
    hidden, excused, missing, late, regrade_pending, submitted_at, graded_at, due_at = values[11:]
    if score is None or possible is None:
        possible = item_possible
    return Observation(
        item_id=item_id,
        score=None if score is None else number(score),
        possible=None if possible is None else number(possible),
        kind=kind,
        state=state or "",
        visible=not hidden,
        excused=bool(excused),
        missing=bool(missing),
        late=bool(late),
        regrade_pending=bool(regrade_pending),
        gone=gone_at is not None or state == UNASSIGNED,
        due_on=day(due_at or item_due_at),
        submitted_on=day(submitted_at),
        graded_on=day(graded_at),
        text=text or "",
        group=group,
    )


def _same(number: Decimal) -> Decimal:
    return number


def observations_of(
    session: Session, context_id: int, person_ids: Iterable[int], zone: tzinfo
) -> dict[int, dict[int, Observation]]:
    """person → item → what the student was last shown, for people of one course (500 people a query)."""
    found: dict[int, dict[int, Observation]] = defaultdict(dict)
    for part in chunks(sorted(set(person_ids))):
        query = (
            sa.select(Result.person_id, *ITEM_COLUMNS, *VERSION_COLUMNS)
            .join(Item, Item.id == Result.item_id)
            .join(ResultVersion, ResultVersion.id == Result.released_version_id)
            .where(Item.context_id == context_id, Result.person_id.in_(part))
        )
        for row in session.execute(query):
            found[row.person_id][row.item_id] = observation(row, zone)
    return found
