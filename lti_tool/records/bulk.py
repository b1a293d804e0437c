"""Adding many rows in one statement, with as little work for each as the driver allows.

PostgreSQL takes them as one JSON value, which it parses far faster than as many parameters; SQLite as
plain tuples.
"""

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
    """Insert rows that all name the same columns; a column they leave out gets its default
    value or stays empty."""
    if not rows:
        return
    into = cast("sa.Table", table.__table__)
    plain = {
        column.name: column.default.arg
        for column in into.c
        if isinstance(column.default, sa.ColumnDefault) and column.default.is_scalar
    }
    if plain.keys() - rows[0].keys():
        rows = [{**plain, **row} for row in rows]
    columns = [into.c[name] for name in rows[0]]
    if session.get_bind().dialect.name == "postgresql":
        _as_json(session, into, columns, rows)
    else:
        _as_tuples(session, into, columns, rows)


def _as_tuples(
    session: Session, into: sa.Table, columns: list[sa.Column[Any]], rows: Sequence[dict[str, Any]]
) -> None:
    dialect = session.get_bind().dialect
    values = list(zip(*(_converted(column, dialect, rows) for column in columns), strict=True))
    quoted = dialect.identifier_preparer.quote
    names = ", ".join(quoted(column.name) for column in columns)
    marks = ", ".join("?" for _column in columns)
    statement = f"INSERT INTO {quoted(into.name)} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
    session.connection().exec_driver_sql(statement, values)


def _converted(column: sa.Column[Any], dialect: Any, rows: Sequence[dict[str, Any]]) -> list[Any]:
    """One column's values as the driver takes them."""
    change = column.type.dialect_impl(dialect).bind_processor(dialect)
    given = [row[column.name] for row in rows]
    if change is None:
        return given
    made, last, now = [], object(), None
    for value in given:
        if value is not last:  # the same moment, mostly
            last, now = value, change(value)
        made.append(now)
    return made


def _as_json(
    session: Session, into: sa.Table, columns: list[sa.Column[Any]], rows: Sequence[dict[str, Any]]
) -> None:
    given = (
        sa.func.json_to_recordset(sa.bindparam("rows", type_=sa.Text).cast(sa.JSON))
        .table_valued(*(sa.column(column.name, _plain(column.type)) for column in columns))
        .render_derived(with_types=True)
    )
    chosen = sa.select(*(given.c[column.name] for column in columns))
    names = [column.name for column in columns]
    statement = sa.insert(into).from_select(names, chosen, include_defaults=False)
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
