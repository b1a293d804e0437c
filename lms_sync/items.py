"""The columns of a course's gradebook: kept by key, marked as gone only from a whole list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.platforms.base import ItemRow
from lti_tool.planning.recompute import goals_for_items, recompute_goals
from lti_tool.records.gradebook import Item

# A change of these changes what stored results mean, so results are read again in full.
WEIGHTY = ("possible", "minimum", "kind", "published")


@dataclass(frozen=True)
class ItemsStored:
    """ids: key → our id of every column that is there. reread: results have to be read in full.

    unseen: keys of columns that are there, though our account was not shown them this time.
    """

    ids: dict[str, int]
    reread: bool
    unseen: tuple[str, ...] = ()


def _is_gone(_key: str) -> bool:
    return False


def store_items(
    session: Session,
    context_id: int,
    rows: Sequence[ItemRow],
    *,
    run_id: str,
    now: datetime,
    still_there: Callable[[str], bool] = _is_gone,
) -> ItemsStored:
    """Store a whole list of columns; goals on those that went, came back or changed are measured again.

    still_there: asked of a column the list left out; True keeps it as it was.
    """
    known = {
        row.key: row
        for row in session.execute(sa.select(Item.__table__).where(Item.context_id == context_id))
    }
    given = {row.key: row for row in rows}
    update, touched, reread = [], [], False
    for key, row in given.items():
        old = known.get(key)
        if old is None:
            continue
        values = _values(row)
        different = {name for name, value in values.items() if getattr(old, name) != value}
        if different or old.gone_at is not None:
            update.append({"id": old.id, **values, "gone_at": None})
            touched.append(old.id)
            reread = reread or bool(different & set(WEIGHTY)) or old.gone_at is not None
    left_out = [key for key, old in known.items() if key not in given and old.gone_at is None]
    unseen = tuple(key for key in left_out if still_there(key))
    gone = [known[key].id for key in left_out if key not in unseen]
    if update:
        session.execute(sa.update(Item), update)
    if gone:
        session.execute(sa.update(Item).where(Item.id.in_(gone)).values(gone_at=now))
    ids = {key: known[key].id for key in (*given, *unseen) if key in known}
    ids |= _insert(session, context_id, [row for row in rows if row.key not in known])
    if touched or gone:
        session.flush()
        recompute_goals(session, goals_for_items(session, [*touched, *gone]), now=now, run_id=run_id)
    return ItemsStored(ids, reread, unseen)


def _values(row: ItemRow) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if name != "key"}


def _insert(session: Session, context_id: int, rows: Sequence[ItemRow]) -> dict[str, int]:
    if not rows:
        return {}
    values = [{"context_id": context_id, "key": row.key, **_values(row)} for row in rows]
    session.execute(sa.insert(Item), values)
    keys = [row.key for row in rows]
    made = session.execute(
        sa.select(Item.key, Item.id).where(Item.context_id == context_id, Item.key.in_(keys))
    )
    return {row.key: row.id for row in made}
