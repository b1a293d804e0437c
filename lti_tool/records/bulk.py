"""Adding many rows in one statement, with as little work for each as the driver allows.

PostgreSQL takes them as one JSON value, which it parses far faster than as many parameters; SQLite as
plain tuples.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.records.base import Base
from lti_tool.records.types import DecimalText, UtcDateTime, number_text

Change = Callable[[Any], Any]


def add_rows(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all name the same columns; a column they leave out gets its default
    value or stays empty."""
    if not rows:
        return
    names = list(rows[0])
    add_values(session, table, names, [[row[name] for name in names] for row in rows])


def add_values(
    session: Session, table: type[Base], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """The same for bare values in the order of the names."""
    if not rows:
        return
    into = cast("sa.Table", table.__table__)
    given = dict(zip(names, zip(*rows, strict=True), strict=True))
    for column in into.c:
        if isinstance(column.default, sa.ColumnDefault) and column.default.is_scalar:
            given.setdefault(column.name, (column.default.arg,) * len(rows))
    columns = [into.c[name] for name in given]
    if session.get_bind().dialect.name == "postgresql":
        _as_json(session, into, columns, list(given.values()))
    else:
        _as_tuples(session, into, columns, list(given.values()))


def _as_tuples(
    session: Session, into: sa.Table, columns: list[sa.Column[Any]], given: list[Sequence[Any]]
) -> None:
    dialect = session.get_bind().dialect
    quoted = dialect.identifier_preparer.quote
    names = ", ".join(quoted(column.name) for column in columns)
    marks = ", ".join("?" for _column in columns)
    statement = f"INSERT INTO {quoted(into.name)} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
    changes = [_for_sqlite(column.type, dialect) for column in columns]
    session.connection().exec_driver_sql(statement, _rows(given, changes))


def _rows(given: list[Sequence[Any]], changes: list[Change | None]) -> list[tuple[Any, ...]]:
    """Columns as rows, each column's values changed in its own way."""
    return list(zip(*(_changed(*one) for one in zip(given, changes, strict=True)), strict=True))


def _changed(given: Sequence[Any], change: Change | None) -> Sequence[Any]:
    if change is None:
        return given
    made, last, now = [], None, None
    for value in given:
        if value is not last:  # the same moment, mostly
            last, now = value, None if value is None else change(value)
        made.append(now)
    return made


def _for_sqlite(kind: Any, dialect: Any) -> Change | None:
    """What makes of a value what SQLite keeps; for times what SQLAlchemy would, many times faster."""
    if isinstance(kind, UtcDateTime):
        return _utc_text
    if isinstance(kind, DecimalText):
        return number_text
    if isinstance(kind, sa.Boolean):
        return None  # SQLite's driver takes True as 1
    return cast("Change | None", kind.dialect_impl(dialect).bind_processor(dialect))


@lru_cache(maxsize=4096)
def _utc_text(at: datetime) -> str:
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(" ", "microseconds")[:26]


def _as_json(
    session: Session, into: sa.Table, columns: list[sa.Column[Any]], values: list[Sequence[Any]]
) -> None:
    given = (
        sa.func.json_to_recordset(sa.bindparam("rows", type_=sa.Text).cast(sa.JSON))
        .table_valued(*(sa.column(column.name, _plain(column.type)) for column in columns))
        .render_derived(with_types=True)
    )
    chosen = sa.select(*(given.c[column.name] for column in columns))
    names = [column.name for column in columns]
    statement = sa.insert(into).from_select(names, chosen, include_defaults=False)
    rows = _rows(values, [_for_json(column.type) for column in columns])
    session.execute(statement, {"rows": json.dumps([dict(zip(names, row, strict=True)) for row in rows])})


def _plain(kind: Any) -> Any:
    """What a column is in the database, under the types that convert for us."""
    return kind.impl if isinstance(kind, sa.TypeDecorator) else kind


def _for_json(kind: Any) -> Change | None:
    """What makes text of the values json does not know: exact decimals, days and aware times."""
    if isinstance(kind, DecimalText):
        return number_text
    return (lambda day: day.isoformat()) if isinstance(kind, UtcDateTime | sa.Date) else None


def among(session: Session, column: Any, ids: Collection[int]) -> Any:
    """Whether a column is one of many numbers: one value in the statement, so its text stays the same."""
    kind = session.get_bind().dialect.name
    return one_of(kind, column, sa.bindparam(None, told(kind, ids)))


def one_of(kind: str, column: Any, ids: sa.BindParameter[Any]) -> Any:
    """The same for statements made once. kind: which database; the value is what `told` makes."""
    if kind == "postgresql":
        return column == sa.any_(sa.cast(ids, sa.ARRAY(sa.Integer)))
    return column.in_(sa.select(sa.func.json_each(ids).table_valued("value").c.value))


def told(kind: str, ids: Collection[int]) -> Any:
    """Many numbers as one value."""
    return list(ids) if kind == "postgresql" else json.dumps(list(ids))
