"""The gradebook column "Check-ins done": staff switch it on and off, and the scores that wait for it.

Nothing here talks to the LMS: rows are written, and the worker (`lms_sync/scores.py`) sends what is due.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.scope import course_of
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.column import CHECK_INS, LABEL, PLANNED, TAG, comment_of, score_of
from lti_tool.plans.ids import is_row_id
from lti_tool.records.audit import AuditEntry
from lti_tool.records.checkin import CheckIn
from lti_tool.records.course import Context
from lti_tool.records.score import OwnColumn, ScoreOut

# Moodle compares whole seconds, so a second score in the same second would count as an old one.
STEP = timedelta(seconds=1)
FIRST_LOOK = timedelta(seconds=30)  # the teacher has yet to save what they picked
USED = ("wanted", "made", "linked")
log = structlog.get_logger()


def switch_on(
    session: Session, actor: Actor, *, maximum: int, due_at: datetime | None, now: datetime
) -> OwnColumn:
    """Ask for the column, or for it again when it is off, failed or gone; asked twice it is one.

    Args:
        maximum: how many check-ins are planned, at least 1. due_at: the column's due date, if any.

    Raises:
        Refused: the actor may not. NotFound: not the actor's course.
    """
    require(actor, Act.RUN_COLUMN)
    context = course_of(session, actor)
    column = column_of(session, context.id, lock=True) or _add(session, context, Decimal(maximum), now)
    if column.state == "gone":
        column.url, column.lms_id, column.api_id = None, "", ""
        column.checked_at, column.counts = None, None
    column.maximum, column.due_at = Decimal(maximum), due_at
    column.asked_by_id, column.asked_at = actor.person_id, now
    _want(column, now)
    session.flush()
    _write_down(session, actor, context.id, "column.on", now)
    queue_scores(session, column, now=now)
    return column


def expect_linked(session: Session, actor: Actor, *, now: datetime) -> bool:
    """A teacher puts a graded "Check-in" into the course: its column will be the course's one.

    Returns:
        Whether the link may bring a column. False where the course has, or awaits, one already: a link
        that brought another would make two of the same.

    Raises:
        Refused: the actor may not. NotFound: not the actor's course.
    """
    require(actor, Act.PICK_LINKS)
    context = course_of(session, actor)
    column = column_of(session, context.id, lock=True)
    if column is not None and column.state not in ("off", "gone"):
        return False
    column = column or _add(session, context, Decimal(PLANNED), now)
    column.url, column.lms_id, column.api_id = None, "", ""
    column.checked_at, column.counts = None, None
    column.asked_by_id, column.asked_at = actor.person_id, now
    _want(column, now)
    column.state, column.next_at = "linked", now + FIRST_LOOK
    session.flush()
    _write_down(session, actor, context.id, "column.linked", now)
    queue_scores(session, column, now=now)
    return True


def has_column(session: Session, context_id: int | None) -> bool:
    """Whether a "Check-in" put into this course now brings no column of its own."""
    column = column_of(session, context_id) if context_id is not None else None
    return column is not None and column.state not in ("off", "gone")


def switch_off(session: Session, actor: Actor, *, now: datetime) -> None:
    """Send nothing more. What stands in the LMS stays there; a teacher may delete the column.

    Raises:
        Refused: the actor may not. NotFound: not the actor's course, or no column.
    """
    require(actor, Act.RUN_COLUMN)
    column = column_of(session, course_of(session, actor).id, lock=True)
    if column is None:
        raise NotFound
    column.state = "off"
    column.error, column.error_code, column.error_words = "", "", {}
    session.execute(
        sa.update(ScoreOut)
        .where(ScoreOut.column_id == column.id, ScoreOut.state.in_(("waiting", "failed")))
        .values(
            state="stopped", error="", error_code="off", error_words={}, lease_owner=None, lease_until=None
        )
        .execution_options(synchronize_session=False)
    )
    _write_down(session, actor, column.context_id, "column.off", now)


def retry(session: Session, actor: Actor, *, score_id: int | None = None, now: datetime) -> int:
    """Try again what failed or stopped: one score, or all of the course and the column itself; how many.

    A column that somebody deleted is made again by `switch_on` only.

    Raises:
        Refused: the actor may not. NotFound: not the actor's course, no column, or no such score.
    """
    require(actor, Act.RUN_COLUMN)
    column = column_of(session, course_of(session, actor).id, lock=True)
    if column is None or column.state in ("off", "gone"):
        raise NotFound
    if score_id is not None and not is_row_id(score_id):
        raise NotFound
    if column.state == "failed" or column.next_at is not None:
        _want(column, now)
    query = sa.select(ScoreOut).where(
        ScoreOut.column_id == column.id, ScoreOut.state.in_(("failed", "stopped", "waiting"))
    )
    if score_id is not None:
        query = query.where(ScoreOut.id == score_id)
    rows = session.scalars(query.with_for_update()).all()
    if score_id is not None and not rows:
        raise NotFound
    for row in rows:
        _wait(row, now, newer=row.state != "waiting")
    return len(rows)


def queue_scores(
    session: Session, column: OwnColumn, *, now: datetime, people: Iterable[int] | None = None
) -> int:
    """One waiting score for each person (None: everyone) with a check-in in this course; how many."""
    if column.state not in USED:
        return 0
    counts = (
        sa.select(CheckIn.person_id, sa.func.count().label("done"))
        .where(CheckIn.context_id == column.context_id)
        .group_by(CheckIn.person_id)
    )
    if people is not None:
        counts = counts.where(CheckIn.person_id.in_(list(people)))
    found = session.execute(counts).all()
    query = sa.select(ScoreOut).where(ScoreOut.column_id == column.id)
    if people is not None:
        query = query.where(ScoreOut.person_id.in_([row.person_id for row in found]))
    known = {row.person_id: row for row in session.scalars(query.with_for_update())}
    for row in found:
        value, comment = score_of(row.done, column.maximum), comment_of(row.done, column.maximum)
        old = known.get(row.person_id)
        if old is None:
            session.add(
                ScoreOut(
                    column_id=column.id,
                    person_id=row.person_id,
                    value=value,
                    maximum=column.maximum,
                    comment=comment,
                    at=now,
                    next_at=now,
                )
            )
            continue
        old.value, old.maximum, old.comment = value, column.maximum, comment
        _wait(old, now, newer=True)
    session.flush()
    return len(found)


def column_of(session: Session, context_id: int, *, lock: bool = False) -> OwnColumn | None:
    """The course's column of check-ins, locked for a change if asked."""
    query = sa.select(OwnColumn).where(OwnColumn.context_id == context_id, OwnColumn.kind == CHECK_INS)
    return session.scalar(query.with_for_update() if lock else query)


def _add(session: Session, context: Context, maximum: Decimal, now: datetime) -> OwnColumn:
    column = OwnColumn(
        registration_id=context.registration_id,
        context_id=context.id,
        kind=CHECK_INS,
        label=LABEL,
        tag=TAG,
        resource_id=f"{TAG}-{context.id}",
        maximum=maximum,
        asked_at=now,
    )
    try:
        with session.begin_nested():
            session.add(column)
    except sa.exc.IntegrityError:
        found = column_of(session, context.id, lock=True)  # asked for twice in the same moment
        if found is None:
            raise
        return found
    return column


def _want(column: OwnColumn, now: datetime) -> None:
    column.state, column.next_at, column.attempts, column.tried_since = "wanted", now, 0, None
    column.error, column.error_code, column.error_words = "", "", {}


def _wait(row: ScoreOut, now: datetime, *, newer: bool) -> None:
    """Due now; `newer` gives it a timestamp after every one it had."""
    if newer:
        row.at = max(now, row.at + STEP)
    row.state, row.attempts, row.tried_since, row.next_at = "waiting", 0, None, now
    row.error, row.error_code, row.error_words = "", "", {}
    row.lease_owner, row.lease_until = None, None


def _write_down(session: Session, actor: Actor, context_id: int, act: str, now: datetime) -> None:
    session.add(
        AuditEntry(
            registration_id=actor.registration_id,
            actor_id=actor.person_id,
            actor_role=actor.role.value,
            act=act,
            subject=f"context:{context_id}",
            context_id=context_id,
            at=now,
        )
    )
    log.info(act, context_id=context_id)
