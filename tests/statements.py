"""What is sent to a database, for tests that count statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from lti_tool.db import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Every statement sent while inside; an executemany is one."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
