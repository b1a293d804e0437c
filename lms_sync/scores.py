"""The outbox: each waiting score is sent to our own column until it is there, or somebody is told why not.

The row is the truth. A score may be sent twice (after a kill, or by two workers): time and value are the
same, so the LMS answers the second with 409 and nothing changes. A newer score of the same person takes
the row over; an older one that is still on its way is refused by the LMS for its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lms_sync.columns import make_columns, open_line_items, too_long
from lms_sync.leases import changed, free, pause, take
from lms_sync.platforms.ags import LineItems, Score
from lms_sync.platforms.errors import NO_ERROR, LmsError
from lms_sync.run import SyncDeps
from lti_tool.records.course import PersonAlias
from lti_tool.records.score import OwnColumn, ScoreOut

BATCH = 500
# Moodle answers a locked grade as it answers a passing fault of its own, so it is tried some times.
LOCKED_TRIES = 3
# Troubles of one person's score; every other permanent one is the column's.
OF_ONE = frozenset({"score_refused", "newer_there", "nobody", "grade_locked"})
NEARLY = Decimal("0.0005")
log = structlog.get_logger()


@dataclass(frozen=True)
class Going:
    """A score in our hands, as it was when taken."""

    id: int
    score: Score
    attempts: int
    tried_since: datetime | None


def send_due(deps: SyncDeps) -> int:
    """Make wanted columns, then send what is due, column by column; how many scores arrived."""
    make_columns(deps)
    now = deps.now()
    with deps.database.read() as session:
        due = session.execute(
            sa.select(ScoreOut.column_id, ScoreOut.id)
            .join(OwnColumn, OwnColumn.id == ScoreOut.column_id)
            .where(
                ScoreOut.state == "waiting",
                ScoreOut.next_at <= now,
                free(ScoreOut, deps.owner, now),
                OwnColumn.state == "made",
                OwnColumn.checked_at.is_not(None),
                sa.or_(OwnColumn.next_at.is_(None), OwnColumn.next_at <= now),
            )
            .order_by(ScoreOut.column_id, ScoreOut.next_at, ScoreOut.id)
            .limit(BATCH)
        ).all()
    return sum(
        _send_column(deps, column_id, [row.id for row in rows])
        for column_id, rows in groupby(due, key=lambda row: row.column_id)
    )


def _send_column(deps: SyncDeps, column_id: int, score_ids: Sequence[int]) -> int:
    with deps.database.read() as session:
        column = session.get_one(OwnColumn, column_id)
    arrived = 0
    try:
        with open_line_items(deps, column) as items:
            for score_id in score_ids:
                if deps.stopping():
                    break
                arrived += _send_one(deps, items, column, score_id)
    except LmsError as error:
        _hold(deps, column, error)
    return arrived


def _send_one(deps: SyncDeps, items: LineItems, column: OwnColumn, score_id: int) -> bool:
    going = _take(deps, score_id)
    if going is None or column.url is None:
        return False
    try:
        if not going.score.user_id:
            raise LmsError("nobody", items.lms)
        new = items.send(column.url, going.score)
        if not new and going.attempts == 1:
            raise LmsError("newer_there", items.lms, status=409)
        note = _look(items, column.url, going.score) if new else None
    except LmsError as error:
        _note_failure(deps, items, column, going, error)
        return False
    _settle(deps, going, state="sent", sent_at=deps.now(), **(note.row if note else NO_ERROR))
    _let_go(deps, column)
    log.info("score.sent", score_id=going.id, column_id=column.id, again=not new)
    return True


def _take(deps: SyncDeps, score_id: int) -> Going | None:
    """The score, if it is still due and nobody else has it; its time is its version."""
    with deps.database.write() as session:
        if not take(session, ScoreOut, score_id, deps.owner, deps.now(), ScoreOut.state == "waiting"):
            return None
        row = session.get_one(ScoreOut, score_id)
        sub = session.scalar(
            sa.select(PersonAlias.value)
            .where(PersonAlias.person_id == row.person_id, PersonAlias.kind == "sub")
            .order_by(PersonAlias.id.desc())
            .limit(1)
        )
        score = Score(sub or "", row.value, row.maximum, row.comment, row.at)
        return Going(row.id, score, row.attempts, row.tried_since)


def _look(items: LineItems, url: str, score: Score) -> LmsError | None:
    """Whether a teacher's own number stayed: Moodle says 200 and ignores ours (moodle.md, AGS)."""
    if items.canvas:
        return None
    try:
        there = items.result(url, score.user_id)
    except LmsError:
        return None  # the score arrived; looking at it is a kindness
    if there is None or abs(there - score.value / score.maximum) <= NEARLY:
        return None
    return LmsError("typed_over", items.lms)


def _note_failure(deps: SyncDeps, items: LineItems, column: OwnColumn, going: Going, error: LmsError) -> None:
    """Write down what went wrong; raises LmsError when it stops the whole column."""
    now = deps.now()
    said = log.bind(score_id=going.id, column_id=column.id, code=error.code, status=error.status)
    if error.code == "column_gone":
        error = _why_gone(items, column, error)
    words = error.row
    if error.code in OF_ONE:
        if error.permanent or going.attempts >= LOCKED_TRIES:
            said.warning("score.failed", attempts=going.attempts)
            _settle(deps, going, state="failed", **words)
        else:
            _settle(deps, going, next_at=now + pause(going.attempts), **words)
        return
    if error.permanent:
        _settle(deps, going, attempts=0, tried_since=None)
        raise error
    if too_long(going.tried_since, now):
        said.error("score.given_up", attempts=going.attempts)
        last = LmsError("tried_a_day", error.lms, because=error)
        _settle(deps, going, state="failed", **last.row)
    else:
        said.warning("score.not_sent", attempts=going.attempts)
        _settle(deps, going, next_at=now + pause(going.attempts), **words)
    raise error


def _why_gone(items: LineItems, column: OwnColumn, error: LmsError) -> LmsError:
    """A 404 for a score: the column was deleted, the course has ended, or neither."""
    try:
        if column.url and items.get(column.url) is not None:
            return LmsError("server_error", items.lms, status=404)
        items.find(column.tag, column.resource_id)
    except LmsError as other:
        return other
    return error


def _hold(deps: SyncDeps, column: OwnColumn, error: LmsError) -> None:
    """The column waits (an outage), stops until somebody acts, or is gone; its scores keep their rows."""
    now = deps.now()
    words = error.row
    with deps.database.write() as session:
        row = session.get_one(OwnColumn, column.id, with_for_update=True)
        if row.state != "made":
            return
        if error.permanent:
            row.state = "gone" if error.code == "column_gone" else "failed"
            _say(row, error)
            log.error("column.stopped", column_id=row.id, code=error.code)
            if row.state == "gone":
                _all_waiting(session, row.id, state="stopped", **words)
            return
        row.tried_since, row.attempts = row.tried_since or now, row.attempts + 1
        row.next_at = now + pause(row.attempts)
        _say(row, error)
        if too_long(row.tried_since, now):
            log.error("column.given_up", column_id=row.id, code=error.code)
            last = LmsError("tried_a_day", error.lms, because=error)
            _all_waiting(session, row.id, state="failed", **last.row)


def _say(column: OwnColumn, error: LmsError) -> None:
    column.error, column.error_code, column.error_words = str(error), error.code, error.words


def _all_waiting(session: Session, column_id: int, **values: Any) -> None:
    session.execute(
        sa.update(ScoreOut)
        .where(ScoreOut.column_id == column_id, ScoreOut.state == "waiting")
        .values(lease_owner=None, lease_until=None, **values)
        .execution_options(synchronize_session=False)
    )


def _let_go(deps: SyncDeps, column: OwnColumn) -> None:
    """The LMS takes scores again: the column waits no more."""
    with deps.database.write() as session:
        session.execute(
            sa.update(OwnColumn)
            .where(OwnColumn.id == column.id, OwnColumn.state == "made", OwnColumn.tried_since.is_not(None))
            .values(attempts=0, tried_since=None, next_at=None, **NO_ERROR)
        )


def _settle(deps: SyncDeps, going: Going, **values: Any) -> None:
    """Write how it went, unless a newer score has taken the row over meanwhile."""
    with deps.database.write() as session:
        changed(
            session,
            sa.update(ScoreOut)
            .where(ScoreOut.id == going.id, ScoreOut.at == going.score.at, ScoreOut.lease_owner == deps.owner)
            .values(lease_owner=None, lease_until=None, **values)
            .execution_options(synchronize_session=False),
        )
