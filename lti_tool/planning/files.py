"""Files of a portfolio: claimed before they are written, kept when they are used, swept when they are not.

A row says from the start when its file goes (`gone_at`), and keeping it takes that back. So whatever
stops in between, no file is ever left without a row, and none is half-deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.planning.errors import NotFound
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.access import Act, Actor, may, require
from lti_tool.plans.filetypes import FileKind
from lti_tool.plans.goal import Problem
from lti_tool.records.portfolio import StoredFile
from lti_tool.storage import FileStore, make_key

UNUSED_FOR = timedelta(hours=1)
SWEPT_AT_ONCE = 200
log = structlog.get_logger()


@dataclass(frozen=True)
class Received:
    """A file that was written and looked at. id: its claimed row; size: in bytes."""

    id: int
    name: str
    kind: FileKind
    mime: str
    size: int


def claim_file(session: Session, actor: Actor, *, now: datetime) -> StoredFile:
    """A row and a key for a file that is about to be written, for a portfolio or a lesson. Raises Refused."""
    if not may(actor, Act.MAKE_LESSON):
        require(actor, Act.WRITE_PROFILE)
    row = StoredFile(
        registration_id=actor.registration_id,
        person_id=actor.person_id,
        key=make_key(),
        name="",
        kind="",
        mime="",
        size=0,
        made_at=now,
        gone_at=now + UNUSED_FOR,
    )
    session.add(row)
    session.flush()
    return row


def keep_file(session: Session, actor: Actor, received: Received, *, quota: int) -> StoredFile:
    """It belongs to an artifact or a lesson now. quota: bytes a person may keep.

    Raises:
        Incomplete: no room left. NotFound: not the actor's own claim.
    """
    row = session.get(StoredFile, received.id)
    if row is None or row.person_id != actor.person_id or row.gone_at is None:
        raise NotFound
    kept = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(StoredFile.size), 0)).where(
            StoredFile.person_id == actor.person_id, StoredFile.gone_at.is_(None)
        )
    )
    if (kept or 0) + received.size > quota:
        raise Incomplete(
            [
                Problem(
                    "file",
                    "quota",
                    lambda _: _("Your portfolio is full. Remove a file, or add a link instead."),
                )
            ]
        )
    row.name, row.kind, row.mime = received.name, received.kind.value, received.mime
    row.size, row.gone_at = received.size, None
    return row


def let_file_go(session: Session, file_id: int | None, *, now: datetime) -> None:
    """Nothing uses it any more; the sweep takes it away."""
    if file_id is not None:
        session.execute(sa.update(StoredFile).where(StoredFile.id == file_id).values(gone_at=now))


def sweep_files(database: Database, store: FileStore, now: datetime) -> int:
    """Take away files whose time has come, from disk first and then the row; how many.

    Done twice, or stopped in the middle, it goes on where it was.
    """
    with database.read() as session:
        rows = session.execute(
            sa.select(StoredFile.id, StoredFile.key)
            .where(StoredFile.gone_at <= now)
            .order_by(StoredFile.id)
            .limit(SWEPT_AT_ONCE)
        ).all()
    for row in rows:
        store.remove(row.key)
    if rows:
        with database.write() as session:
            ids = [row.id for row in rows]
            session.execute(sa.delete(StoredFile).where(StoredFile.id.in_(ids), StoredFile.gone_at <= now))
        log.info("files.swept", count=len(rows))
    return len(rows)
