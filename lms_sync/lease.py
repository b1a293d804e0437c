"""A sync run's row while it runs: taken by one worker at a time, renewed with every page, finished once.

Every renewal is part of the transaction that stores the page, so a worker that lost its lease stores
nothing more.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lms_sync.clocks import is_over
from lms_sync.platforms.errors import LmsError
from lms_sync.rhythm import note_end
from lti_tool.db import Database
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.prepared import Prepared

MOST_ATTEMPTS = 5
COUNTED = (
    "stage",
    "done",
    "expected",
    "rows",
    "changed",
    "ignored",
    "cursor_from",
    "cursor_to",
    "went_on_since",
    "went_on_after",
)
_RUN: Any = SyncRun.__table__
# Twice in every transaction of a run: written out once, since that would take longer than the update.
_RENEW = Prepared(
    sa.update(_RUN)
    .where(
        _RUN.c.id == sa.bindparam("mine"),
        _RUN.c.lease_owner == sa.bindparam("me"),
        _RUN.c.state == sa.literal_column("'running'"),
    )
    .values({name: sa.bindparam(f"new_{name}") for name in ("lease_until", "requests", *COUNTED)})
)
log = structlog.get_logger()


class LeaseLost(Exception):
    """Another worker has this run now; stop without a word."""


class Stopping(Exception):
    """This worker is asked to end; the run goes back to the queue."""


# Who asks in person wants to see what the LMS shows now, hidden flags and overrides included.
ASKED_IN_PERSON = frozenset({"button", "cli", "start"})


@dataclass(frozen=True)
class Taken:
    """The run as it was when taken. taken_over: an earlier life of it was lost on the way."""

    id: str
    registration_id: int
    context_id: int
    kind: str
    trigger: str
    queued_at: datetime
    taken_over: bool = False

    @property
    def in_person(self) -> bool:
        """Whether somebody asked, who wants to see what the LMS shows now."""
        return self.trigger in ASKED_IN_PERSON


def holder(owner: str) -> str:
    """Who takes a run this once: a process whose own lease ended may take the same run again, in another
    thread, while the first one goes on and must store nothing more."""
    return f"{owner}.{secrets.token_hex(4)}"


def take(database: Database, run_id: str, *, owner: str, until: datetime, now: datetime) -> Taken | None:
    """Take the run if it is queued, if its lease ended, or if it was ours in an earlier life.

    owner: `<executor>#<this process>`, and `.<this once>`. None: finished, unknown, or someone else's.
    """
    with database.write() as session:
        run = session.get(SyncRun, run_id, with_for_update=True)
        if run is None or run.state not in ("queued", "running"):
            return None
        if run.state == "running" and not _free(run, owner, now):
            return None
        if run.attempts >= MOST_ATTEMPTS:
            _close(run, "failed", now)
            _say(run, LmsError("interrupted", ""))
            note_end(session, run.context_id, code="interrupted", changed=0, now=now)
            log.warning("sync.given_up", run_id=run_id, attempts=run.attempts)
            return None
        run.state, run.lease_owner, run.lease_until = "running", owner, until
        run.attempts += 1
        run.started_at = run.started_at or now
        run.stage, run.done, run.expected = "", 0, None
        return Taken(
            run.id,
            run.registration_id,
            run.context_id,
            run.kind,
            run.trigger,
            run.queued_at,
            taken_over=run.attempts > 1,
        )


def _free(run: SyncRun, owner: str, now: datetime) -> bool:
    if run.lease_owner is None or run.lease_until is None or is_over(run.lease_until, now):
        return True
    executor, _, life = owner.partition("#")
    their_executor, _, their_life = run.lease_owner.partition("#")
    return bool(life) and executor == their_executor and _process(life) != _process(their_life)


def _process(life: str) -> str:
    return life.partition(".")[0]


def _close(run: SyncRun, state: str, now: datetime) -> None:
    run.state, run.finished_at = state, now
    run.lease_owner = run.lease_until = None


def _say(run: SyncRun, error: LmsError | None) -> None:
    run.error, run.error_code = (str(error), error.code) if error else ("", "")
    run.error_words = error.words if error else {}


@dataclass
class Running:
    """The run under way, and what it has counted so far.

    sent: requests made so far; more_seconds: how long one call may take, on top of the lease.
    """

    database: Database
    taken: Taken
    owner: str
    lease: timedelta
    now: Callable[[], datetime]
    stopping: Callable[[], bool]
    sent: Callable[[], int] = field(default=lambda: 0)
    stage: str = ""
    done: int = 0
    expected: int | None = None
    rows: int = 0
    changed: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    cursor_from: datetime | None = None
    cursor_to: datetime | None = None
    went_on_since: datetime | None = None
    went_on_after: int | None = None

    @contextmanager
    def page(self) -> Iterator[Session]:
        """One transaction that stores something; it commits only while the lease is ours."""
        if self.stopping():
            raise Stopping
        with self.database.write() as session:
            self._renew(session)
            yield session
            session.flush()
            self._renew(session)

    def enter(self, stage: str, expected: int | None = None) -> None:
        """Begin a stage, for the progress bar."""
        self.stage, self.done, self.expected = stage, 0, expected
        with self.page():
            pass

    def _renew(self, session: Session) -> None:
        connection = session.connection()
        renew = _RENEW.made_for(connection.dialect)
        counted = {f"new_{name}": getattr(self, name) for name in COUNTED}
        counted["new_ignored"] = dict(self.ignored)  # another thread may be counting
        counted |= {"new_requests": self.sent(), "new_lease_until": self.now() + self.lease}
        given = renew.values({"mine": self.taken.id, "me": self.owner, **counted})
        result = connection.exec_driver_sql(renew.sql, given if isinstance(given, dict) else tuple(given))
        if result.rowcount != 1:
            raise LeaseLost(self.taken.id)

    def finish(self, error: LmsError | None = None) -> None:
        """Write how it went; once."""
        with self.database.write() as session:
            self._renew(session)
            run = session.get_one(SyncRun, self.taken.id, with_for_update=True, populate_existing=True)
            _close(run, "failed" if error else "done", self.now())
            _say(run, error)
            code = error.code if error else ""
            note_end(session, run.context_id, code=code, changed=self.changed, now=self.now())

    def give_back(self, *, counted: bool = False) -> None:
        """Back to the queue, for the next worker. counted: as an attempt, so that it is not for ever."""
        with self.database.write() as session:
            self._renew(session)
            run = session.get_one(SyncRun, self.taken.id, with_for_update=True, populate_existing=True)
            run.state, run.lease_owner, run.lease_until = "queued", None, None
            run.attempts -= 0 if counted else 1
