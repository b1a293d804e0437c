"""A circuit for each way into an LMS: it opens after repeated failure, lets one try, and closes again.

Its row is shared by all threads, processes and machines. It says when the way is tried again, for the
schedule (which asks for nothing before) and for the board (which tells the teacher).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lms_sync.clocks import is_over, over
from lms_sync.leases import changed
from lms_sync.platforms.errors import LmsError
from lti_tool.db import Database
from lti_tool.records.platform import Connection
from lti_tool.records.rhythm import LmsDoor

# The LMS is in trouble, whichever course is read. Other troubles are a course's, or a person's to mend.
OUTAGES = frozenset({"unreachable", "slow", "too_slow", "html", "truncated", "server_error", "throttled"})
# Nobody's run gets through until somebody gives us access again.
LOCKED_OUT = frozenset({"token_dead", "consent_gone", "wrong_key", "not_let_in"})
MOST_FAILURES = 5
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=30)
LOCKED_REST = timedelta(hours=1)
TRY_SECONDS = 180
log = structlog.get_logger()


@dataclass(frozen=True)
class Way:
    """A way into an LMS. connection_id: empty for the registration's LTI services. lms: its name."""

    registration_id: int
    connection_id: int | None
    lms: str


@contextmanager
def through(
    database: Database, way: Way, *, now: datetime, in_person: bool, taken_over: bool = False
) -> Iterator[None]:
    """Do what talks to the LMS, unless it is left in peace; what comes of it moves the circuit.

    now: when it begins. in_person: somebody waits for it, so it is tried although the circuit is open.
    taken_over: a worker was lost doing it, maybe while it was the one try the circuit lets through; so it
    does not wait for itself.

    Raises:
        LmsError: `resting` where it is not tried; or what went wrong.
    """
    knows_trouble = _enter(database, way, now, in_person, taken_over)
    try:
        yield
    except LmsError as error:
        _note_failure(database, way, error, now)
        raise
    if knows_trouble:
        with database.write() as session:
            session.execute(
                sa.update(LmsDoor)
                .where(_is(way))
                .values(failures=0, error_code="", error_words={}, shut_until=None, trying_until=None)
            )
        log.info("lms.well_again", registration_id=way.registration_id, connection_id=way.connection_id)


def _is(way: Way) -> sa.ColumnElement[bool]:
    if way.connection_id is not None:
        return LmsDoor.connection_id == way.connection_id
    return sa.and_(LmsDoor.registration_id == way.registration_id, LmsDoor.connection_id.is_(None))


def _enter(database: Database, way: Way, now: datetime, in_person: bool, taken_over: bool) -> bool:
    """Whether there is something to take back when it goes well; raises LmsError when it is not tried."""
    with database.read() as session:
        door = session.scalars(sa.select(LmsDoor).where(_is(way))).one_or_none()
        if door is None or not (door.failures or door.shut_until):
            return False
        if door.shut_until is None or _mended(session, door):
            return True
    free = sa.or_(LmsDoor.trying_until.is_(None), over(LmsDoor.trying_until, now), sa.literal(taken_over))
    may = free if in_person else sa.and_(free, over(LmsDoor.shut_until, now))
    with database.write() as session:
        claim = sa.update(LmsDoor).where(LmsDoor.id == door.id, may)
        if changed(session, claim.values(trying_until=now + timedelta(seconds=TRY_SECONDS))) == 1:
            return True
    error = LmsError("resting", way.lms)
    error.retry_in = max((max(door.shut_until, door.trying_until or now) - now).total_seconds(), 1.0)
    raise error


def _mended(session: Session, door: LmsDoor) -> bool:
    """Shut because we were locked out, and somebody has given us access since."""
    if door.error_code not in LOCKED_OUT or door.connection_id is None:
        return False
    state = session.scalar(sa.select(Connection.state).where(Connection.id == door.connection_id))
    return state in ("ok", "unchecked")


def _note_failure(database: Database, way: Way, error: LmsError, now: datetime) -> None:
    if error.code == "resting":
        return
    with database.write() as session:
        door = session.scalars(sa.select(LmsDoor).where(_is(way)).with_for_update()).one_or_none()
        if error.code not in OUTAGES | LOCKED_OUT:
            # The LMS answered: what is wrong is this course's alone.
            if door is not None and door.shut_until is not None:
                door.failures, door.shut_until, door.trying_until = 0, None, None
            return
        if door is None:
            door = LmsDoor(registration_id=way.registration_id, connection_id=way.connection_id, failures=0)
            session.add(door)
        door.failures += 1
        door.error_code, door.error_words = error.code, error.words
        door.failed_at, door.trying_until = now, None
        rest = rest_after(door.failures, error)
        if rest:
            shut = door.shut_until
            door.shut_until = now + rest if shut is None or is_over(shut, now) else max(now + rest, shut)
            log.warning(
                "lms.left_in_peace",
                registration_id=way.registration_id,
                connection_id=way.connection_id,
                code=error.code,
                failures=door.failures,
                seconds=int(rest.total_seconds()),
            )


def rest_after(failures: int, error: LmsError) -> timedelta:
    """How long the LMS is left in peace after so many failures in a row; zero = the circuit stays closed.

    Longer each time, and never the same for two, up to half an hour. Pure, the jitter apart.
    """
    asked = timedelta(seconds=error.retry_in or 0)
    if error.code in LOCKED_OUT:
        return max(LOCKED_REST, asked)
    if failures < MOST_FAILURES:
        return asked
    longest: timedelta = min(FIRST_REST * 2 ** min(failures - MOST_FAILURES, 10), LONGEST_REST)
    return max(longest * random.uniform(0.5, 1.0), asked)  # noqa: S311 - no secret
