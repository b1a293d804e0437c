"""A row that a form makes once, also where the same form arrives twice at one moment (a double click)."""

from __future__ import annotations

from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

Row = TypeVar("Row")


def added_once(session: Session, row: Row, which: sa.Select[Any]) -> Row:
    """The row, added; or the one that another transaction added a moment earlier, found by `which`.

    In a savepoint, so that what the caller did before stands. Whoever gets another row than theirs is done:
    all else was done with that one.

    Raises:
        IntegrityError: it cannot be added for another reason.
    """
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        there: Row | None = session.scalar(which)
        if there is None:
            raise
        return there
    return row
