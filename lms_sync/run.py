"""Reading one course from its LMS: lease, roster, grades, goals, and a row that says how it went."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from config.settings import Settings
from lms_sync.accesses import OF_THE_COURSE, serving
from lms_sync.circuit import Way, through
from lms_sync.lease import ASKED_IN_PERSON, LeaseLost, Running, Stopping, Taken, holder, take
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.pace import Paces
from lms_sync.reading import CourseReading, Doors
from lti_tool.db import Database
from lti_tool.http import OutboundSession, make_session
from lti_tool.not_stored import driver_error, is_away, is_disk_full
from lti_tool.records.course import Context

log = structlog.get_logger()


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _never() -> bool:
    return False


@dataclass(frozen=True)
class SyncDeps:
    """What a sync run needs.

    make_session: (settings, read_seconds) → an HTTP session of its own for one run.
    owner: who holds leases, `<executor>#<process>`; now: the clock, aware.
    stopping: asked between pages; True sends the run back to the queue.
    wait: sleeps that many seconds when the LMS asks us to slow down.
    paces: how fast each LMS may be asked, shared by everything this process does.
    """

    settings: Settings
    database: Database
    make_session: Callable[..., OutboundSession]
    owner: str
    now: Callable[[], datetime]
    stopping: Callable[[], bool] = _never
    wait: Callable[[float], None] = time.sleep
    paces: Paces = field(default_factory=Paces)

    @classmethod
    def make(
        cls,
        settings: Settings,
        database: Database,
        *,
        owner: str,
        now: Callable[[], datetime] = _utc_now,
        stopping: Callable[[], bool] = _never,
    ) -> SyncDeps:
        """The usual ones."""
        return cls(settings, database, make_session, owner, now, stopping)


@dataclass(frozen=True)
class Plan:
    """What this run reads. grades: "", "changes" or "full"."""

    roster: bool
    grades: str


def run_sync(run_id: str, deps: SyncDeps) -> None:
    """Read the run's course as its kind asks; the row says how it went, nothing is raised.

    A run that is finished, or in another worker's hands, is left alone.
    """
    lease = timedelta(seconds=deps.settings.lease_seconds)
    now, owner = deps.now(), holder(deps.owner)
    try:
        taken = take(deps.database, run_id, owner=owner, until=now + lease, now=now)
    except sa.exc.DBAPIError as error:
        # Nothing has happened to it: the next tick asks for it again.
        full = is_disk_full(driver_error(error) or error)
        log.error("sync.not_taken", run_id=run_id, error=type(error.orig).__name__, disk_full=full)
        return
    if taken is None:
        log.info("sync.left_alone", run_id=run_id)
        return
    run = Running(deps.database, taken, owner, lease, deps.now, deps.stopping)
    said = log.bind(run_id=run_id, context_id=taken.context_id, kind=taken.kind)
    said.debug("sync.started", trigger=taken.trigger)
    try:
        _read(run, deps)
    except LeaseLost:
        said.warning("sync.lease_lost")
    except Stopping:
        _end(run, run.give_back)
        said.info("sync.given_back")
    except LmsError as error:
        _fail(run, error)
    except Exception as error:  # whatever it is, the row must say that it ended
        _broke(run, error, said)


def _broke(run: Running, error: Exception, said: structlog.stdlib.BoundLogger) -> None:
    wrong = driver_error(error)
    if wrong is None:
        # Values (names, grades) may stand in the message: only where it happened is logged.
        where = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        said.error("sync.broke", error=type(error).__name__, where=where[-6:])
        _fail(run, LmsError("internal", "the LMS"))
        return
    full, away = is_disk_full(wrong), is_away(wrong)
    said.error("sync.not_stored", error=type(wrong).__name__, disk_full=full, away=away)
    if away:
        _end(run, lambda: run.give_back(counted=True))
    else:
        _fail(run, LmsError("disk_full" if full else "internal", "the LMS"))


def _read(run: Running, deps: SyncDeps) -> None:
    """Roster and grades, each tried whatever the other did; the first trouble is the run's.

    A course that one access may not read is read with the next.
    """
    with deps.database.read() as session:
        context = session.get_one(Context, run.taken.context_id)
        accesses = serving(session, run.taken.registration_id, context.id)
    plan = what_to_read(run.taken, context, deps.settings, deps.now())
    doors, full = Doors(deps.make_session, deps.wait, deps.paces), plan.grades == "full"
    roster: LmsError | None = None
    for number, connection in enumerate(accesses or [None]):
        with CourseReading.open(run, deps.settings, doors, context, connection) as reading:
            if plan.roster and number == 0:
                lti = Way(context.registration_id, None, reading.lms)
                roster = _tried(run, deps, lti, partial(reading.roster, full=full))
            api = Way(context.registration_id, connection.id, reading.lms) if connection else None
            grades = _tried(run, deps, api, partial(reading.grades, full=full)) if plan.grades else None
        if grades is None or grades.code not in OF_THE_COURSE:
            break
    if troubles := [error for error in (roster, grades) if error is not None]:
        # What the LMS said explains more than that it was not asked.
        raise min(troubles, key=lambda error: error.code == "resting")
    run.finish()
    log.info(
        "sync.done",
        run_id=run.taken.id,
        context_id=run.taken.context_id,
        kind=run.taken.kind,
        trigger=run.taken.trigger,
        requests=run.sent(),
        rows=run.rows,
        changed=run.changed,
    )


def _tried(run: Running, deps: SyncDeps, way: Way | None, stage: Callable[[], None]) -> LmsError | None:
    """What went wrong with a stage, if anything did."""
    try:
        with _through(run, deps, way):
            stage()
    except LmsError as error:
        return error
    return None


def _through(run: Running, deps: SyncDeps, way: Way | None) -> AbstractContextManager[None]:
    if way is None:
        return nullcontext()
    taken = run.taken
    return through(deps.database, way, now=deps.now(), in_person=taken.in_person, taken_over=taken.taken_over)


def what_to_read(taken: Taken, context: Context, settings: Settings, now: datetime) -> Plan:
    """What a run of this kind reads in this course. Pure."""
    roster_age = timedelta(hours=settings.roster_every_hours)
    due = context.roster_read_at is None or context.roster_read_at <= now - roster_age
    if taken.kind == "roster":
        return Plan(True, "")
    if taken.kind in ("first", "full"):
        return Plan(True, "full")
    in_full = context.grades_full_at is None or taken.trigger in ASKED_IN_PERSON
    return Plan(due or taken.trigger in ASKED_IN_PERSON, "full" if in_full else "changes")


def _fail(run: Running, error: LmsError) -> None:
    said = log.bind(run_id=run.taken.id, context_id=run.taken.context_id, kind=run.taken.kind)
    said.warning("sync.failed", trigger=run.taken.trigger, code=error.code, status=error.status)
    _end(run, lambda: run.finish(error))


def _end(run: Running, write: Callable[[], None]) -> None:
    said = log.bind(run_id=run.taken.id, context_id=run.taken.context_id, kind=run.taken.kind)
    try:
        write()
    except LeaseLost:
        said.warning("sync.lease_lost")
    except Exception as wrong:
        # The row says "running" until its lease ends; then it is done again, by whoever can store it.
        said.error(
            "sync.end_not_stored",
            error=type(wrong).__name__,
            disk_full=is_disk_full(driver_error(wrong) or wrong),
        )
