"""From gradebook rows to what the rules look at: released versions only (domain.md §3.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.scope import chunks
from lti_tool.plans.measure import Observation
from lti_tool.plans.zones import course_zone, day_in, zone_named
from lti_tool.records.gradebook import Item, Result, ResultVersion

__all__ = [
    "ITEM_COLUMNS",
    "VERSION_COLUMNS",
    "course_zone",
    "day_in",
    "observation",
    "observations_of",
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


def observation(row: Any, zone: tzinfo) -> Observation:
    """A row of ITEM_COLUMNS and VERSION_COLUMNS (all empty: never released) as the rules take it.

    A grade keeps the possible points it came with; work without one has the item's.
    """
    graded = row.score is not None
    return Observation(
        item_id=row.item_id,
        score=row.score,
        possible=row.possible if graded and row.possible is not None else row.item_possible,
        kind=row.kind,
        state=row.state or "",
        visible=not row.hidden,
        excused=bool(row.excused),
        missing=bool(row.missing),
        late=bool(row.late),
        regrade_pending=bool(row.regrade_pending),
        gone=row.gone_at is not None,
        due_on=day_in(row.due_at or row.item_due_at, zone),
        submitted_on=day_in(row.submitted_at, zone),
        graded_on=day_in(row.graded_at, zone),
        text=row.text or "",
        group=row.group_lms_id,
    )


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
