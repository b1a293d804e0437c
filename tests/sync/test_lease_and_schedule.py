"""One worker a run, one run a course; and what is due when."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.settings import Settings
from lms_sync.due import CourseState, due
from lms_sync.lease import LeaseLost, Running, take
from lms_sync.run import run_sync
from lms_sync.schedule import started_courses, tick
from lti_tool.db import Database
from lti_tool.jobs import Jobs, job_tables_ready, migrate_job_tables, stronger
from lti_tool.records.gradebook import ResultVersion, SyncRun
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied
from tests.sync.picture import Killed, Mortal, nothing_twice

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ago(**by: float) -> datetime:
    return NOW - timedelta(**by)


FRESH = {"roster_read_at": ago(hours=1), "grades_read_at": ago(minutes=2), "grades_full_at": ago(hours=3)}
TABLE: list[tuple[dict[str, object], str]] = [
    ({}, ""),
    ({"grades_read_at": ago(minutes=10)}, "changes"),
    ({"grades_read_at": None}, "changes"),
    ({"grades_full_at": ago(hours=24)}, "full"),
    ({"grades_full_at": None}, "full"),
    ({"roster_read_at": ago(hours=6)}, "roster"),
    ({"roster_read_at": ago(hours=6), "grades_read_at": ago(minutes=11)}, "changes"),
    ({"active": True, "grades_full_at": None}, ""),
    ({"connected": False, "grades_read_at": None, "grades_full_at": None}, ""),
    ({"connected": False, "roster_read_at": None}, "roster"),
    ({"failures": 1, "last_ended_at": ago(minutes=9)}, ""),
    ({"failures": 1, "last_ended_at": ago(minutes=10)}, "full"),
    ({"failures": 3, "last_ended_at": ago(minutes=39)}, ""),
    ({"failures": 3, "last_ended_at": ago(minutes=40)}, "full"),
    ({"failures": 99, "last_ended_at": ago(hours=5.9)}, ""),
    ({"failures": 99, "last_ended_at": ago(hours=6)}, "full"),
]


@pytest.mark.parametrize(("differs", "kind"), TABLE)
def test_what_is_due(differs: dict[str, object], kind: str) -> None:
    course = CourseState(1, **{"connected": True, **FRESH, **differs})
    assert due(course, Settings(), NOW) == kind


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("changes", "changes", "changes"),
        ("changes", "full", "full"),
        ("first", "changes", "first"),
        ("changes", "roster", "full"),
        ("roster", "roster", "roster"),
    ],
)
def test_the_stronger_kind_reads_both(one: str, other: str, both: str) -> None:
    assert stronger(one, other) == both


def test_failures_in_a_row_are_counted_since_the_last_good_run(tied: Tied) -> None:
    tied.sync("first", "start")
    tied.world.faults.append(Fault("html", times=None))
    for _ in range(2):
        tied.clock.forward(minutes=1)
        tied.sync("full")
    with tied.database.read() as session:
        (course,) = started_courses(session, tied.clock())
    assert (course.failures, course.connected, course.active) == (2, True, False)
    tied.world.faults.clear()
    tied.clock.forward(minutes=1)
    tied.sync("full")
    with tied.database.read() as session:
        assert started_courses(session, tied.clock())[0].failures == 0


def test_the_tick_asks_once_for_what_is_due(tied: Tied) -> None:
    migrate_job_tables(tied.settings)
    jobs = Jobs(tied.settings)
    try:
        assert tick(tied.database, jobs, tied.settings, tied.clock()) == 1
        assert tick(tied.database, jobs, tied.settings, tied.clock()) == 0
        assert tied.count(SyncRun) == 1
        later = tied.clock.forward(minutes=2)
        assert tick(tied.database, jobs, tied.settings, later) == 0  # its job waits in the queue
    finally:
        jobs.close()


def test_two_workers_one_run(tied: Tied) -> None:
    tied.world.faults.append(Fault("slow", "memberships", times=1, seconds=0.5))
    tied.world.faults.append(Fault("slow", "names_and_roles", times=1, seconds=0.5))
    run_id = tied.ask("first")
    threads = [threading.Thread(target=run_sync, args=(run_id, tied.deps(f"w{n}#1"))) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run = tied.run(run_id)
    assert (run.state, run.attempts) == ("done", 1)


def take_as(tied: Tied, run_id: str, owner: str, seconds: float = 120) -> bool:
    now = tied.clock()
    until = now + timedelta(seconds=seconds)
    return take(tied.database, run_id, owner=owner, until=until, now=now) is not None


def test_a_lease_is_taken_over_when_it_ended_or_was_ours_before(tied: Tied) -> None:
    run_id = tied.ask("full")
    assert take_as(tied, run_id, "a:0#1")
    assert not take_as(tied, run_id, "b:0#1")
    assert not take_as(tied, run_id, "a:0#1")  # this very process is at it
    assert take_as(tied, run_id, "a:0#2")  # the same place, started again
    tied.clock.forward(seconds=121)
    assert take_as(tied, run_id, "b:0#1")


def test_a_run_that_never_ends_is_given_up(tied: Tied) -> None:
    run_id = tied.ask("full")
    for n in range(6):
        take_as(tied, run_id, f"a:0#{n}")
    run = tied.run(run_id)
    assert (run.state, run.error_code) == ("failed", "interrupted")
    assert "Sync now" in run.error


def test_who_lost_the_lease_stores_nothing(tied: Tied) -> None:
    run_id = tied.ask("full")
    now = tied.clock()
    taken = take(tied.database, run_id, owner="a:0#1", until=now, now=now)
    assert taken is not None
    mine = Running(tied.database, taken, "a:0#1", HOUR, tied.clock, lambda: False)
    tied.clock.forward(seconds=1)
    assert take_as(tied, run_id, "b:0#1")
    with pytest.raises(LeaseLost), mine.page() as session:
        session.add(SyncRun())
    with pytest.raises(LeaseLost):
        mine.finish()
    assert tied.run(run_id).lease_owner == "b:0#1"


CELLS = 9  # the write that stores them in so small a course


class Sleepy(Database):
    """A database of a process that sleeps just before its n-th writing transaction."""

    def __init__(self, engine: sa.Engine, number: int) -> None:
        super().__init__(engine)
        self.left, self.sleeps, self.wakes = number, threading.Event(), threading.Event()

    @contextmanager
    def write(self) -> Iterator[Session]:
        self.left -= 1
        if self.left == 0:
            self.sleeps.set()
            self.wakes.wait(60)
        with super().write() as session:
            yield session


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_process_that_takes_its_own_run_again_stores_nothing_twice(tie_to: Callable[..., Tied]) -> None:
    """Its machine slept for longer than the lease: another thread takes the run, then the first wakes up."""
    tied = tie_to("canvas")
    run_id = tied.ask("first", "start")
    sleepy = Sleepy(tied.database.engine, CELLS)
    asleep = threading.Thread(
        target=run_sync, args=(run_id, replace(tied.deps("w:0#1"), database=sleepy)), daemon=True
    )
    asleep.start()
    assert sleepy.sleeps.wait(60)
    tied.clock.forward(hours=1)
    # The other one is killed when cells are stored, so that the run is under way when the first wakes up.
    other = replace(tied.deps("w:0#1"), database=Mortal(tied.database.engine, CELLS, after=True))
    with pytest.raises(Killed):
        run_sync(run_id, other)
    stored = tied.count(ResultVersion)
    assert stored > 20
    sleepy.wakes.set()
    asleep.join()
    assert (tied.run(run_id).state, tied.count(ResultVersion)) == ("running", stored)
    run_sync(run_id, tied.deps("w:0#2"))
    assert tied.run(run_id).state == "done"
    nothing_twice(tied)


def test_an_interrupted_run_is_read_again_without_doubles(tied: Tied) -> None:
    tied.sync("first", "start")
    versions = tied.count(ResultVersion)
    run_id = tied.ask("full")
    assert take_as(tied, run_id, "a:0#1", seconds=1)
    tied.clock.forward(seconds=2)
    run_sync(run_id, tied.deps("b:0#1"))
    assert (tied.run(run_id).state, tied.run(run_id).attempts) == ("done", 2)
    assert tied.count(ResultVersion) == versions


def test_a_finished_or_unknown_run_is_left_alone(tied: Tied) -> None:
    run = tied.sync("roster")
    asked = len(tied.world.requests)
    run_sync(run.id, tied.deps())
    run_sync("no such run", tied.deps())
    assert len(tied.world.requests) == asked
    assert tied.run(run.id).finished_at == run.finished_at


def test_a_fault_of_ours_ends_the_run_with_a_sentence(tied: Tied) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("a secret detail")

    deps = tied.deps()
    run_id = tied.ask("roster")
    run_sync(run_id, type(deps)(deps.settings, deps.database, broken, deps.owner, deps.now))
    run = tied.run(run_id)
    assert (run.state, run.error_code) == ("failed", "internal")
    assert "secret" not in run.error


def test_whether_the_job_tables_are_there(settings: Settings, database: Database) -> None:
    assert not job_tables_ready(settings)
    migrate_job_tables(settings)
    migrate_job_tables(settings)
    assert job_tables_ready(settings)
