"""How a course adds up, as its LMS told us: weights and drop rules (canvas.md §5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.measure import Group
from lti_tool.records.gradebook import Item
from lti_tool.records.structure import ItemGroup


def groups_of(session: Session, context_ids: Collection[int]) -> dict[int, list[Group]]:
    """course → its groups by the LMS's ids; two statements at most."""
    rows = session.scalars(
        sa.select(ItemGroup)
        .where(ItemGroup.context_id.in_(context_ids), ItemGroup.gone_at.is_(None))
        .order_by(ItemGroup.position, ItemGroup.id)
    ).all()
    ids = _ids_of_kept(session, rows)
    found: dict[int, list[Group]] = defaultdict(list)
    for row in rows:
        never = {ids[row.context_id, lms_id] for lms_id in row.never_drop if (row.context_id, lms_id) in ids}
        found[row.context_id].append(
            Group(row.lms_id, row.weight, row.drop_lowest, row.drop_highest, never_drop=frozenset(never))
        )
    return found


def _ids_of_kept(session: Session, rows: Sequence[ItemGroup]) -> dict[tuple[int, str], int]:
    """(course, the LMS's id) → our id of the items that are never dropped."""
    lms_ids = {lms_id for row in rows for lms_id in row.never_drop}
    if not lms_ids:
        return {}
    query = sa.select(Item.context_id, Item.lms_id, Item.id).where(
        Item.context_id.in_({row.context_id for row in rows}), Item.lms_id.in_(lms_ids)
    )
    return {(row.context_id, row.lms_id): row.id for row in session.execute(query)}
