"""Adding many rows in one statement: as JSON to PostgreSQL, which parses that far faster than parameters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.records.base import Base


def add_rows(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all name the same columns; the others get their defaults."""
    if not rows:
        return
    into = cast("sa.Table", table.__table__)
    if session.get_bind().dialect.name != "postgresql":
        session.execute(sa.insert(into), rows)
        return
    columns = [into.c[name] for name in rows[0]]
    given = (
        sa.func.json_to_recordset(sa.bindparam("rows", type_=sa.Text).cast(sa.JSON))
        .table_valued(*(sa.column(column.name, _plain(column.type)) for column in columns))
        .render_derived(with_types=True)
    )
    statement = sa.insert(into).from_select(
        [column.name for column in columns], sa.select(*(given.c[column.name] for column in columns))
    )
    session.execute(statement, {"rows": json.dumps(rows, default=_said)})


def _plain(kind: Any) -> Any:
    """What a column is in the database, under the types that convert for us."""
    return kind.impl if isinstance(kind, sa.TypeDecorator) else kind


def _said(value: Any) -> str:
    """The values json does not know: exact decimals and aware times as text."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} cannot be stored in bulk")
