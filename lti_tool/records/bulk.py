"""Adding many rows in one statement, with as little work for each as the driver allows.

Both databases take them as one JSON value. PostgreSQL parses it far faster than as many parameters; SQLite
stores it while other threads run, which between row and row of its driver they hardly can.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.records.base import Base
from lti_tool.records.types import DecimalText, UtcDateTime, number_text

Change = Callable[[Any], Any]
_ENCODER = msgspec.json.Encoder()


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
    if rows:
        connection = session.connection()
        insert = insert_of(connection.dialect, table, names, rows)
        connection.exec_driver_sql(insert.sql, insert.values)


class Insert(NamedTuple):
    """A statement ready for the driver, made wherever there is time for it."""

    sql: str
    values: tuple[Any, ...]


def insert_of(
    dialect: sa.Dialect, table: type[Base], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Insert:
    """What `add_values` executes; at least one row."""
    into = cast("sa.Table", table.__table__)
    given = dict(zip(names, zip(*rows, strict=True), strict=True))
    for column in into.c:
        if isinstance(column.default, sa.ColumnDefault) and column.default.is_scalar:
            given.setdefault(column.name, (column.default.arg,) * len(rows))
    once: dict[str, Any] = {}
    each: dict[str, Sequence[Any]] = {}
    for name, values in given.items():
        kind = into.c[name].type
        # What all rows share is said once.
        first = values[0]
        shared = each and first == values[-1] and not isinstance(kind, sa.JSON)
        shared = shared and values.count(first) == len(values)
        change = _change(kind, dialect.name)
        if shared:
            once[name] = change(first) if change else first
        else:
            each[name] = list(map(change, values)) if change else values
    lines: list[Any] = list(zip(*each.values(), strict=True))
    if dialect.name == "postgresql":
        lines = [dict(zip(each, line, strict=True)) for line in lines]
    statement = _statement(dialect, into, tuple(once), tuple(each))
    return Insert(statement, (*once.values(), _ENCODER.encode(lines).decode()))


@lru_cache(maxsize=256)
def _statement(dialect: Any, into: sa.Table, once: Sequence[str], each: Sequence[str]) -> str:
    """INSERT ... SELECT from one JSON value. once, each: the columns said once, and in every row."""
    quoted, columns = dialect.identifier_preparer.quote, into.c
    if dialect.name == "postgresql":
        types = {name: _plain(columns[name].type).compile(dialect=dialect) for name in (*once, *each)}
        chosen = [f"%s::{types[name]}" for name in once] + [f"given.{quoted(name)}" for name in each]
        made = ", ".join(f"{quoted(name)} {types[name]}" for name in each)
        source = f"json_to_recordset(%s::json) AS given({made})"
    else:
        # JSON in JSON stays JSON; everything else comes out as SQLite keeps it.
        arrows = ["->" if isinstance(columns[name].type, sa.JSON) else "->>" for name in each]
        chosen = ["?"] * len(once) + [f"value {arrow} {at}" for at, arrow in enumerate(arrows)]
        source = "json_each(?)"
    names = ", ".join(quoted(name) for name in (*once, *each))
    return f"INSERT INTO {quoted(into.name)} ({names}) SELECT {', '.join(chosen)} FROM {source}"  # noqa: S608 - our own names


def _change(kind: Any, database: str) -> Change | None:
    """What makes text of the values JSON does not know: exact decimals, days and aware times."""
    if isinstance(kind, DecimalText):
        return _decimal_text
    if isinstance(kind, UtcDateTime) and database == "sqlite":
        return _utc_text
    return _iso_text if isinstance(kind, UtcDateTime | sa.Date) else None


# Kept for a while: of a course's numbers and moments most come again and again.
@lru_cache(maxsize=8192)
def _decimal_text(number: Decimal | None) -> str | None:
    return None if number is None else number_text(number)


@lru_cache(maxsize=8192)
def _iso_text(at: Any) -> str | None:
    return None if at is None else str(at.isoformat())


@lru_cache(maxsize=8192)
def _utc_text(at: datetime | None) -> str | None:
    if at is None:
        return None
    at = at if at.tzinfo is UTC else at.astimezone(UTC)
    # isoformat of a time with a zone takes twice as long
    day, time = f"{at.year:04}-{at.month:02}-{at.day:02}", f"{at.hour:02}:{at.minute:02}:{at.second:02}"
    return f"{day} {time}.{at.microsecond:06}"


def _plain(kind: Any) -> Any:
    """What a column is in the database, under the types that convert for us."""
    return kind.impl if isinstance(kind, sa.TypeDecorator) else kind


def among(session: Session, column: Any, ids: Collection[int | str]) -> Any:
    """Whether a column is one of many values: one parameter, so the text of the statement stays the same."""
    kind = session.get_bind().dialect.name
    return one_of(kind, column, sa.bindparam(None, told(kind, ids)))


def one_of(kind: str, column: Any, ids: sa.BindParameter[Any]) -> Any:
    """The same for statements made once. kind: which database; the value is what `told` makes."""
    if kind == "postgresql":
        return column == sa.any_(sa.cast(ids, sa.ARRAY(column.type)))
    return column.in_(sa.select(sa.func.json_each(ids).table_valued("value").c.value))


def told(kind: str, ids: Collection[int | str]) -> Any:
    """Many of them as one value."""
    return list(ids) if kind == "postgresql" else json.dumps(list(ids))
