"""Every statement a database is given, heard in its driver: those that go past SQLAlchemy too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa

from lti_tool.db import Database

NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK")  # a transaction's own words


class Heard(list[str]):
    """Every statement the driver was given."""

    def take(self, *not_counted: str) -> int:
        """How many since the last time, without a transaction's own words and what begins like these."""
        count = sum(not text.startswith((*NOT_COUNTED, *not_counted)) for text in self)
        self.clear()
        return count


@contextmanager
def hearing(database: Database) -> Iterator[Heard]:
    """What the database is asked meanwhile, by any thread."""
    found = Heard()
    is_sqlite = database.engine.name == "sqlite"
    held: dict[int, Any] = {}

    class Listening(psycopg.Cursor[Any]):
        def execute(self, query: Any, *more: Any, **named: Any) -> Any:
            found.append(str(query))
            return super().execute(query, *more, **named)

    def listen(connection: Any, *_: Any) -> None:
        held[id(connection)] = connection
        if is_sqlite:
            connection.set_trace_callback(found.append)
        else:
            connection.cursor_factory = Listening

    sa.event.listen(database.engine, "checkout", listen)
    try:
        yield found
    finally:
        sa.event.remove(database.engine, "checkout", listen)
        for connection in held.values():
            if is_sqlite:
                connection.set_trace_callback(None)
            else:
                connection.cursor_factory = psycopg.Cursor
