"""Which of our accesses reads a course, and what a trouble of one course says of the access itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.platforms.errors import LmsError
from lti_tool.records.course import Context
from lti_tool.records.platform import Connection

# One course is not shown to this account; others may be.
OF_THE_COURSE = frozenset({"no_right", "no_course"})
LATELY = timedelta(days=1)
# What our access may not ask.
NOT_ALLOWED = frozenset({"key_scope", "token_rights", "no_right", "no_course"})
UNREAD = "parts_unread"


def serving(session: Session, registration_id: int, context_id: int) -> list[Connection]:
    """The connections a course is read with, the first that may: an institution's, else the course's own.

    (An administrator of one part of a school sees the courses of that part alone.) One that waits for consent
    has no token; a broken one is used only where there is no other, since it may have been mended in the LMS.
    """
    rows = session.scalars(
        sa.select(Connection).where(
            Connection.registration_id == registration_id,
            sa.or_(Connection.context_id.is_(None), Connection.context_id == context_id),
            Connection.state != "waiting",
        )
    )
    usable = [row for row in rows if row.token]
    usable.sort(key=lambda row: (row.state == "broken", row.context_id is not None, row.id))
    return [row for row in usable if row.state != "broken"] or usable[:1]


def note_state(
    session: Session, connection_id: int, error: LmsError | None, *, context_id: int, now: datetime
) -> None:
    """Keep how the connection did in a course, for the course and admin pages; a course's own trouble is not
    its."""
    if error is not None and not _is_to_blame(session, connection_id, error, context_id, now):
        return
    mine = sa.update(Connection).where(Connection.id == connection_id)
    session.execute(mine.values(state="broken" if error else "ok", checked_at=now))
    if error is not None:
        session.execute(mine.values(**_why(error)))
    else:
        # What it lacks besides is seen, and taken back, by whole readings alone.
        session.execute(mine.where(Connection.reason_code != UNREAD).values(**_why(None)))


def _why(error: LmsError | None) -> dict[str, Any]:
    """The columns that say what is wrong, or lacking."""
    return {
        "reason": str(error) if error else "",
        "reason_code": error.code if error else "",
        "reason_words": error.words if error else {},
    }


def parts_unread(error: LmsError) -> LmsError:
    """The same, said of an access that reads grades all the same."""
    return LmsError(UNREAD, error.lms, detail=str(error.words.get("detail") or error.code))


def note_unread(session: Session, connection_id: int, lacking: LmsError | None) -> None:
    """Keep what a whole reading was not shown besides grades, or that it was shown all."""
    row = session.get_one(Connection, connection_id, with_for_update=True)
    if lacking is not None or row.reason_code == UNREAD:
        for name, value in _why(lacking).items():
            setattr(row, name, value)


def _is_to_blame(
    session: Session, connection_id: int, error: LmsError, context_id: int, now: datetime
) -> bool:
    """A course's own access is there for that course alone; an institution's may not see one of many."""
    if error.code not in OF_THE_COURSE:
        return error.breaks_connection
    row = session.get_one(Connection, connection_id)
    if row.context_id is not None:
        return True
    return error.breaks_connection and not _reads_others(session, row, context_id, now)


def _reads_others(session: Session, connection: Connection, context_id: int, now: datetime) -> bool:
    """Whether another course was read with it lately."""
    own = sa.exists().where(Connection.context_id == Context.id, Connection.token.is_not(None))
    others = sa.exists().where(
        Context.registration_id == connection.registration_id,
        Context.id != context_id,
        Context.grades_read_at > now - LATELY,
        ~own,
    )
    return bool(session.scalar(sa.select(others)))
