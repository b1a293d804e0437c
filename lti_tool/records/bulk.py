"""Adding many rows in one statement, with as little work for each as the driver allows.

PostgreSQL takes them as one JSON value, which it parses far faster than as many parameters; SQLite as
plain tuples.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.records.base import Base
from lti_tool.records.types import DecimalText, UtcDateTime

Change = Callable[[Any], Any]


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
    kinds = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]
    values = _values(columns, kinds, rows)
    quoted = dialect.identifier_preparer.quote
    names = ", ".join(quoted(column.name) for column in columns)
    marks = ", ".join("?" for _column in columns)
    statement = f"INSERT INTO {quoted(into.name)} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
    session.connection().exec_driver_sql(statement, values)


def _values(
    columns: list[sa.Column[Any]], kinds: Sequence[Change | None], rows: Sequence[dict[str, Any]]
) -> list[tuple[Any, ...]]:
    """The rows as tuples, each column's values changed in its own way."""
    given = ([row[column.name] for row in rows] for column in columns)
    return list(zip(*(_changed(*one) for one in zip(given, kinds, strict=True)), strict=True))


def _changed(given: list[Any], change: Change | None) -> list[Any]:
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
    plain = _values(columns, [_word_for(column.type) for column in columns], rows)
    session.execute(
        statement, {"rows": json.dumps([dict(zip(names, values, strict=True)) for values in plain])}
    )


def _plain(kind: Any) -> Any:
    """What a column is in the database, under the types that convert for us."""
    return kind.impl if isinstance(kind, sa.TypeDecorator) else kind


def _word_for(kind: Any) -> Change | None:
    """What makes text of the values json does not know: exact decimals, days and aware times."""
    if isinstance(kind, DecimalText):
        return lambda number: None if number is None else format(number.normalize(), "f")
    if isinstance(kind, UtcDateTime | sa.Date):
        return lambda day: None if day is None else day.isoformat()
    return None


def among(session: Session, column: Any, ids: Collection[int]) -> Any:
    """Whether a column is one of many numbers: one value in the statement, so its text stays the same."""
    if session.get_bind().dialect.name == "postgresql":
        return column == sa.any_(sa.bindparam(None, list(ids), type_=sa.ARRAY(sa.Integer)))
    given = sa.func.json_each(json.dumps(list(ids))).table_valued("value")
    return column.in_(sa.select(given.c.value))
