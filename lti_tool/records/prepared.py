"""Statements of the few paths that must cost little: compiled once, then given to the driver itself.

SQLAlchemy still writes the SQL and converts the values, each once for each database; what is left out is
its own bookkeeping around every execution. `together` sends several at once: one round trip on PostgreSQL.
Only for statements whose values are plain: no lists for IN, no encrypted columns.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from lti_tool.db import Driver

Convert = Callable[[Any], Any]
Step = tuple["Prepared", Mapping[str, Any]]


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


class Prepared:
    """One constant statement; its values are named by `sa.bindparam`."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._by_database: dict[str, _Made] = {}

    def run(self, connection: sa.Connection | Driver, values: Mapping[str, Any]) -> Any:
        """Its rows, as tuples with the columns' names; or the number of rows it changed."""
        made = self.made_for(connection.dialect)
        return made.result(_driver(connection).execute(made.sql, made.values(values)))

    def made_for(self, dialect: sa.Dialect) -> _Made:
        """The statement in the words of this database."""
        made = self._by_database.get(dialect.name)
        if made is None:
            made = self._by_database[dialect.name] = _make(self._statement, dialect)
        return made


def together(connection: sa.Connection, *steps: Step, commit: bool = False) -> list[Any]:
    """What each of these gives, in order, all in one transaction, which is begun here if none is.

    commit: end it with them. No step can use what another one gives.
    """
    driver = _driver(connection)
    if connection.dialect.name == "sqlite":
        if not driver.in_transaction:
            driver.execute("BEGIN IMMEDIATE")
        found = [step.run(connection, values) for step, values in steps]
        if commit:
            driver.commit()
        return found
    made = [(step.made_for(connection.dialect), values) for step, values in steps]
    with driver.pipeline():
        if driver.pgconn.transaction_status == 0:
            driver.execute("BEGIN")
        cursors = [driver.execute(each.sql, each.values(values)) for each, values in made]
        if commit:
            driver.execute("COMMIT")
    return [each.result(cursor) for (each, _values), cursor in zip(made, cursors, strict=True)]


def insert_into(table: sa.Table, *left_out: str) -> Prepared:
    """One new row with a value for every column but its id and those left out."""
    names = [column.name for column in table.columns if column.name not in {"id", *left_out}]
    return Prepared(sa.insert(table).values({name: sa.bindparam(name) for name in names}))


def _driver(connection: sa.Connection | Driver) -> Any:
    if isinstance(connection, Driver):
        return connection.connection
    return connection.connection.dbapi_connection


def _make(statement: Any, dialect: sa.Dialect) -> _Made:
    compiled = statement.compile(dialect=dialect)
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    binders = [
        (name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in binds.items()
    ]
    columns = list(statement.selected_columns) if isinstance(statement, sa.Select) else []
    readers = [
        (at, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for at, column in enumerate(columns)
    ]
    return _Made(
        sql=str(compiled),
        order=compiled.positiontup,
        fixed={name: bind.value for name, bind in binds.items() if not bind.required},
        binders=[(name, convert) for name, convert in binders if convert],
        readers=[(at, convert) for at, convert in readers if convert],
        row=namedtuple("row", [str(column.key) for column in columns], rename=True) if columns else None,
    )
