"""New versions of results, and the results pointed at them: a few statements, however many."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lti_tool.plans.observation import UNASSIGNED
from lti_tool.records.base import table_of
from lti_tool.records.bulk import Insert, among, one_of, told
from lti_tool.records.gradebook import Result, ResultVersion
from lti_tool.records.prepared import Prepared
from lti_tool.records.types import UtcDateTime

_RESULT, _MADE = table_of(Result).c, table_of(ResultVersion).c
POINTED = (
    _RESULT.item_id,
    _RESULT.person_id,
    _RESULT.current_version_id,
    _RESULT.released_version_id,
    _RESULT.hidden,
    _RESULT.read_at,
    _RESULT.measured,
)


def add_versions(
    session: Session, versions: Insert, *, run_id: str, now: datetime, watched: Collection[int] | None
) -> None:
    """Add them; the newest version is current, and released too, unless it is hidden.

    watched: whose goals may have to be measured; None = anybody's.
    """
    connection = session.connection()
    before = _NEWEST.read(session, {})[0].newest or 0  # ids only grow
    connection.exec_driver_sql(*versions)
    values = {"before": before, "run_id": run_id, "now": now}
    if watched is None:
        _POINT.run(connection, values)
    else:
        _POINT_WATCHED.run(connection, {**values, "watched": told(connection.dialect.name, watched)})


def _pointing(kind: str, *, watched: bool) -> Any:
    """Results made from the versions of a run, or moved to them. kind: which database."""
    unmeasured = one_of(kind, _MADE.person_id, sa.bindparam("watched")) if watched else sa.true()
    new = sa.select(
        _MADE.item_id,
        _MADE.person_id,
        _MADE.id,
        sa.case((_MADE.hidden, sa.null()), else_=_MADE.id),
        _MADE.hidden,
        sa.bindparam("now", type_=UtcDateTime()),
        sa.or_(_MADE.hidden, sa.not_(unmeasured)),
    ).where(_MADE.id > sa.bindparam("before"), _MADE.sync_run_id == sa.bindparam("run_id"))
    insert: Any = postgresql.insert if kind == "postgresql" else sqlite.insert
    statement = insert(table_of(Result)).from_select([column.name for column in POINTED], new)
    kept = {column.name: statement.excluded[column.name] for column in POINTED[2:]}
    kept["released_version_id"] = sa.func.coalesce(
        statement.excluded.released_version_id, _RESULT.released_version_id
    )
    # What is hidden moves nothing, so it is no reason to measure either: even time would show by it.
    kept["measured"] = sa.case(
        (statement.excluded.hidden, _RESULT.measured), else_=statement.excluded.measured
    )
    return statement.on_conflict_do_update(index_elements=["item_id", "person_id"], set_=kept)


def shown_before(
    session: Session, pairs: Collection[tuple[int, int]]
) -> dict[tuple[int, int], tuple[int, Decimal | None, bool]]:
    """(item, person) → the version on show before the work was taken away: its id, score and excuse."""
    newest = (
        sa.select(sa.func.max(_MADE.id))
        .where(
            among(session, _MADE.item_id, {item for item, _person in pairs}),
            among(session, _MADE.person_id, {person for _item, person in pairs}),
            _MADE.hidden.is_(False),
            _MADE.state != UNASSIGNED,
        )
        .group_by(_MADE.item_id, _MADE.person_id)
    )
    rows = session.execute(
        sa.select(_MADE.item_id, _MADE.person_id, _MADE.id, _MADE.score, _MADE.excused).where(
            _MADE.id.in_(newest)
        )
    )
    return {(item, person): (id, score, excused) for item, person, id, score, excused in rows}


def show_again(session: Session, back: Mapping[int, int | None]) -> None:
    """Point results at what was shown before the work was taken away, and have their goals measured: that it
    is theirs again is no secret."""
    columns = table_of(Result)
    session.execute(
        sa.update(columns)
        .where(columns.c.id == sa.bindparam("result"))
        .values(released_version_id=sa.bindparam("shown"), measured=False),
        [{"result": result, "shown": version} for result, version in back.items()],
    )


def _by_database(*, watched: bool) -> dict[str, Any]:
    return {kind: _pointing(kind, watched=watched) for kind in ("sqlite", "postgresql")}


_NEWEST = Prepared(sa.select(sa.func.max(_MADE.id).label("newest")))
_POINT = Prepared(lambda: _by_database(watched=False))
_POINT_WATCHED = Prepared(lambda: _by_database(watched=True))
