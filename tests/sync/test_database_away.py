"""A database that hangs up or is held by somebody: nothing lost, nothing twice, and it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lms_sync import worker
from lms_sync.lease import Running, take
from lms_sync.run import run_sync
from lti_tool import db
from lti_tool.db import Database, make_engine, sqlite_module
from lti_tool.jobs import Jobs, migrate_job_tables
from lti_tool.records.course import Person
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.portfolio import StoredFile
from lti_tool.storage import make_key
from tests.sync.course import Tied
from tests.sync.picture import nothing_twice
from tests.sync.surviving import fill, same, touch
from tests.sync.workers import wait_until

HANG_UP = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@contextmanager
def at_transaction(database: Database, number: int, act: Callable[[], object]) -> Iterator[None]:
    """Do this at the n-th transaction: before its BEGIN where n is even, after it where n is odd."""
    begun, moment = 0, "begin" if number % 2 else "checkout"

    def begin(*_what: Any) -> None:
        nonlocal begun
        begun += 1
        if begun == number:
            act()

    sa.event.listen(database.engine, moment, begin)
    try:
        yield
    finally:
        sa.event.remove(database.engine, moment, begin)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("some", [(2, 9, 21), pytest.param(range(1, 40), marks=pytest.mark.long)])
def test_postgres_hangs_up_and_the_run_goes_on(tie_to: Callable[..., Tied], some: range) -> None:
    tied = tie_to("canvas")
    fill(tied)
    assert tied.sync("first", "start").state == "done"
    admin = sa.create_engine(tied.settings.resolved_database_url, poolclass=sa.NullPool)

    def hang_up() -> None:
        with admin.connect() as connection:
            connection.execute(sa.text(HANG_UP))

    for number in some:
        touch(tied, number)
        run_id, cursor = tied.ask("full", "button"), tied.context().grades_cursor
        with at_transaction(tied.database, number, hang_up):
            run_sync(run_id, tied.deps())
        run = tied.run(run_id)
        if run.state != "done":  # a batch of people is stored in a second try
            assert (run.state, run.error, run.lease_owner) == ("queued", "", None), number
            assert run.attempts == (0 if number == 1 else 1)
            if tied.context().grades_cursor != cursor:
                same(tied)  # all of it was stored by then
            run_sync(run_id, tied.deps())
        assert tied.run(run_id).state == "done"
        same(tied)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_worker_that_is_frozen_while_it_writes_holds_nobody_up(
    tie_to: Callable[..., Tied], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in the middle of a transaction, or its machine is gone: its rows are free again, and when it
    wakes up it stores nothing."""
    tied = tie_to("canvas")
    monkeypatch.setattr(db, "BUSY_MS", 50)
    monkeypatch.setattr(db, "FROZEN_MS", 1500)
    cipher, url = tied.database.engine.dialect.plans_cipher, tied.settings.resolved_database_url
    its, ours_ = Database(make_engine(url, cipher)), Database(make_engine(url, cipher))
    run_id, now = tied.ask("first", "start"), tied.clock()
    taken = take(its, run_id, owner="a:0#1", until=now, now=now)
    assert taken is not None
    monkeypatch.setattr(db, "FROZEN_MS", 60_000)  # the others are only slow
    frozen = Running(its, taken, "a:0#1", timedelta(), tied.clock, lambda: False)
    tied.clock.forward(seconds=1)
    with pytest.raises(sa.exc.DBAPIError), frozen.page() as session:
        session.add(Person(registration_id=tied.registration_id, created_at=now))
        session.flush()
        run_sync(run_id, replace(tied.deps("b:0#1"), database=ours_))
        assert tied.run(run_id).attempts == 1, "it waited, not for ever"
        wait_until(lambda: not idle(tied), lambda: "the server lets go", Path("/dev/null"))
        run_sync(run_id, replace(tied.deps("b:0#1"), database=ours_))
        assert tied.run(run_id).state == "done"
        people = tied.count(Person)
    assert tied.count(Person) == people
    for one in (its, ours_):
        one.dispose()


def idle(tied: Tied) -> int:
    """How many connections are in a transaction and do nothing."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = "
    with tied.database.read() as session:
        return session.scalar(sa.text(asked + "current_database()")) or 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_somebody_holds_the_file(tie_to: Callable[..., Tied], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process writes for longer than we wait: the run goes back to the queue, and is done later."""
    tied = tie_to("canvas")
    fill(tied)
    assert tied.sync("first", "start").state == "done"
    monkeypatch.setattr(db, "BUSY_MS", 20)
    url = tied.settings.resolved_database_url
    impatient = Database(make_engine(url, tied.database.engine.dialect.plans_cipher))
    other = sqlite_module().connect(sa.make_url(url).database, isolation_level=None)
    for number in (0, 2, 8, 16):
        touch(tied, number)
        run_id = tied.ask("full", "button")
        if number == 0:
            other.execute("BEGIN IMMEDIATE")
        with at_transaction(impatient, number, partial(other.execute, "BEGIN IMMEDIATE")):
            run_sync(run_id, replace(tied.deps("w:0#1"), database=impatient))
        assert other.in_transaction, number
        other.execute("ROLLBACK")
        run = tied.run(run_id)
        # Whoever could not even say that it went wrong is waited for until the lease ends.
        assert (run.state, run.error) == ("running" if run.lease_owner else "queued", ""), number
        nothing_twice(tied)
        run_sync(run_id, tied.deps("w:0#2"))
        assert tied.run(run_id).state == "done"
        same(tied)
    other.close()
    impatient.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_tick_that_cannot_be_made_ends_no_worker(
    tie_to: Callable[..., Tied], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a folder that is away nor a file that somebody holds: the next tick is made all the same."""
    tied = tie_to("canvas")
    migrate_job_tables(tied.settings)
    monkeypatch.setattr(db, "BUSY_MS", 20)
    url = tied.settings.resolved_database_url
    impatient, jobs = Database(make_engine(url)), Jobs(tied.settings)
    file = Path(sa.make_url(url).database or "")
    other = sqlite_module().connect(file, isolation_level=None)

    class Rounds(threading.Event):
        """Stops after some; what is wrong is another thing in each."""

        ticks = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.ticks += 1
            if self.ticks == 1:
                other.execute("ROLLBACK")
            if self.ticks == 3:
                self.set()
            return self.is_set()

    with tied.database.write() as session:
        person = Person(registration_id=tied.registration_id, created_at=tied.clock())
        session.add(person)
        session.flush()
        said = {"key": make_key(), "name": "x", "kind": "photo", "mime": "image/png", "size": 1}
        times = {"made_at": tied.clock(), "gone_at": tied.clock()}
        ids = {"registration_id": tied.registration_id, "person_id": person.id}
        session.add(StoredFile(**ids, **said, **times))
    other.execute("BEGIN IMMEDIATE")
    rounds = Rounds()
    settings = tied.settings.model_copy(update={"files_dir": str(file)})  # no folder at all
    worker._tick_until(rounds, impatient, jobs, settings)
    assert rounds.ticks == 3
    assert tied.count(SyncRun) == 1, "the second tick asked for what is due"
    assert tied.count(StoredFile) == 1
    jobs.close()
    impatient.dispose()
    other.close()
