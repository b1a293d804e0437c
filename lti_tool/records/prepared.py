"""Statements of the few paths that must cost little: compiled once, then given to the driver itself.

SQLAlchemy still writes the SQL and converts the values, each once for each database; what is left out is
its own bookkeeping around every execution. A launch is a handful of them, so that is most of its time.
Only for statements whose values are plain: no list for IN but a constant one, no encrypted columns.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.db import Driver

Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class _Made:
    """A statement as one database has it. order: of the values, where they have no names there."""

    sql: str
    order: Sequence[str] | None
    fixed: dict[str, Any]
    binders: list[tuple[str, Convert]]
    readers: list[tuple[int, Convert]]
    row: Any

    def values(self, given: Mapping[str, Any]) -> Any:
        values = {**self.fixed, **given}
        for name, convert in self.binders:
            values[name] = convert(values[name])
        return values if self.order is None else [values[name] for name in self.order]

    def result(self, cursor: Any) -> Any:
        """The rows; for a statement without any, how many it changed."""
        if self.row is None:
            return cursor.rowcount
        return [self._row(found) for found in cursor.fetchall()]

    def _row(self, found: Any) -> Any:
        values = list(found)
        for at, convert in self.readers:
            values[at] = convert(values[at])
        return self.row(*values)


_EVERY: list[Prepared] = []


class Prepared:
    """One constant statement; its values are named by `sa.bindparam`.

    Where databases say it differently, a statement for each by its name. May be given as a function that
    makes it when it is first wanted.
    """

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._by_database: dict[str, _Made] = {}
        _EVERY.append(self)

    def run(self, connection: sa.Connection | Driver, values: Mapping[str, Any]) -> Any:
        """Its rows, as tuples with the columns' names; or the number of rows it changed."""
        made = self.made_for(connection.dialect)
        return made.result(_driver(connection).execute(made.sql, made.values(values)))

    def read(self, session: Session, values: Mapping[str, Any]) -> Any:
        """Its rows in a session's transaction, after what that session has changed."""
        seen: Mapping[str, Any] | None = session.info.get(self)
        if seen is not None and values.items() <= seen.items():
            return []  # a Glance said so
        if session.autoflush:
            session.flush()
        return self.run(session.connection(), values)

    def exists(self) -> Any:
        """Whether it has any row, as a part of another statement."""
        return self._for("").exists()

    def speaks(self, database: str) -> bool:
        """Whether there is such a statement for this database."""
        return not isinstance(self._statement, dict) or database in self._statement

    def made_for(self, dialect: sa.Dialect) -> _Made:
        """The statement in the words of this database."""
        made = self._by_database.get(dialect.name)
        if made is None:
            made = self._by_database[dialect.name] = _make(self._for(dialect.name), dialect)
        return made

    def _for(self, database: str) -> Any:
        if callable(self._statement):
            self._statement = self._statement()
        return self._statement[database] if isinstance(self._statement, dict) else self._statement


class Glance:
    """Which of several statements have any row, asked by one.

    Much of what a page tells is mostly not there. Those that have none are not asked again by the session
    that looked, for the same values.
    """

    def __init__(self, *parts: Prepared) -> None:
        self._parts = parts
        self._all = Prepared(
            lambda: sa.select(*(part.exists().label(f"p{at}") for at, part in enumerate(parts)))
        )

    def look(self, session: Session, values: Mapping[str, Any]) -> None:
        """values: of all the parts; where two have a value of one name, they mean the same."""
        for part, there in zip(self._parts, self._all.read(session, values)[0], strict=True):
            if not there:
                session.info[part] = values


def prepare_all(dialect: sa.Dialect) -> None:
    """Every statement for this database, so that nobody waits for one to be written."""
    for one in _EVERY:
        if one.speaks(dialect.name):
            one.made_for(dialect)


def binds_for(table: sa.Table, prefix: str, *, left_out: Collection[str]) -> dict[str, str]:
    """column → the name of its value, so that several rows can be written by one statement."""
    return {column.name: f"{prefix}_{column.name}" for column in table.columns if column.name not in left_out}


def names_of(table: sa.Table, binds: Mapping[str, str]) -> sa.Insert:
    """One new row; `binds`: column → the name of its value."""
    return sa.insert(table).values({column: sa.bindparam(name) for column, name in binds.items()})


def _driver(connection: sa.Connection | Driver) -> Any:
    if isinstance(connection, Driver):
        return connection.connection
    return connection.connection.dbapi_connection


def _make(statement: Any, dialect: sa.Dialect) -> _Made:
    compiled = statement.compile(dialect=dialect)
    binds = {name: bind for bind, name in compiled.bind_names.items() if not bind.expanding}
    binders = [
        (name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in binds.items()
    ]
    columns = list(statement.selected_columns) if isinstance(statement, sa.Select) else []
    readers = [
        (at, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for at, column in enumerate(columns)
    ]
    sql, order, listed = _with_lists(compiled)
    fixed = {name: _plain(bind.value) for name, bind in binds.items() if not bind.required}
    return _Made(
        sql=sql,
        order=order,
        fixed={**fixed, **listed},
        binders=[(name, convert) for name, convert in binders if convert],
        readers=[(at, convert) for at, convert in readers if convert],
        row=namedtuple("row", [str(column.key) for column in columns], rename=True) if columns else None,
    )


def _with_lists(compiled: Any) -> tuple[str, Sequence[str] | None, dict[str, Any]]:
    """(SQL, order of values, the values of the lists): the constant lists of IN as one value each."""
    sql, order, listed = str(compiled), compiled.positiontup, dict[str, Any]()
    for bind, name in compiled.bind_names.items():
        if bind.expanding:
            names = [f"{name}__{number}" for number in range(len(bind.value))]
            places = ", ".join("?" if order is not None else f"%({each})s" for each in names)
            sql = sql.replace(f"__[POSTCOMPILE_{name}]", places)
            order = order and [each for old in order for each in (names if old == name else [old])]
            listed.update(zip(names, map(_plain, bind.value), strict=True))
    return sql, order, listed


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
