"""Rows of the outbox in one worker's hands: taken by one statement, free again when its time is over.

A row taken by an earlier life of the same worker is free at once, so a kill costs no waiting.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from lti_tool.records.notices import NoticeHandler
from lti_tool.records.score import OwnColumn, ScoreOut

Taken = type[OwnColumn] | type[ScoreOut] | type[NoticeHandler]
# Longer than one score can take: a token, the score, a look at the result, and the waits when throttled.
LEASE = timedelta(minutes=5)
GIVE_UP = timedelta(days=1)
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=30)


def free(table: Taken, owner: str, now: datetime) -> sa.ColumnElement[bool]:
    """Whether nobody alive holds the row. owner: `<executor>#<this process>`."""
    executor = owner.partition("#")[0]
    earlier = sa.and_(
        table.lease_owner.startswith(f"{executor}#", autoescape=True), table.lease_owner != owner
    )
    return sa.or_(table.lease_until.is_(None), table.lease_until <= now, earlier)


def take(
    session: Session, table: Taken, row_id: int, owner: str, now: datetime, *more: sa.ColumnElement[bool]
) -> bool:
    """Take a due row; one of several who try gets it. Counts the attempt."""
    statement = (
        sa.update(table)
        .where(table.id == row_id, table.next_at <= now, free(table, owner, now), *more)
        .values(
            lease_owner=owner,
            lease_until=now + LEASE,
            attempts=table.attempts + 1,
            tried_since=sa.func.coalesce(table.tried_since, sa.literal(now, table.tried_since.type)),
        )
        .execution_options(synchronize_session=False)
    )
    return changed(session, statement) == 1


def changed(session: Session, statement: sa.Update) -> int:
    """How many rows an update changed."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: longer each time, never the same for two."""
    doubled: timedelta = FIRST_PAUSE * int(2 ** min(max(attempts, 1) - 1, 10))
    return min(doubled, LONGEST_PAUSE) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
