"""A row that a form makes once, also where the same form arrives twice at one moment (a double click)."""

from __future__ import annotations

from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.plans.access import Actor
from lti_tool.records.group import PeerNote
from lti_tool.records.mentoring import CareerNote, CheckInNote, Encouragement

Row = TypeVar("Row")
Written = TypeVar("Written", CareerNote, CheckInNote, Encouragement, PeerNote)


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


def own_one(row: Written, actor: Actor) -> Written:
    """The row, if the actor wrote it (`by_id`); a form's key that somebody else's row has names nothing.

    Raises:
        NotFound: it is somebody else's.
    """
    if row.by_id != actor.person_id:
        raise NotFound
    return row
