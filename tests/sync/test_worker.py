"""The whole way: the web asks inside its transaction, a worker process reads, the run ends done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet, MultiFernet

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.jobs import Jobs, migrate_job_tables
from lti_tool.records.course import Context
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.launch import LoginState
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import Fault
from tests.sync.course import KeyServer, Tied, tie

FERNET = Fernet.generate_key()


@pytest.fixture
def cipher() -> MultiFernet:
    """The workers', too."""
    return MultiFernet([Fernet(FERNET)])


@pytest.fixture
def jobs(settings: Settings, database: Database) -> Iterator[Jobs]:
    migrate_job_tables(settings)
    jobs = Jobs(settings)
    yield jobs
    jobs.close()


class Worker:
    """`lms-sync run` as its own process."""

    def __init__(self, settings: Settings, log: Path) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
            "VAR_DIR": str(settings.var_dir),
            "DATABASE_URL": settings.database_url,
            "ALLOW_PRIVATE_NETWORK": "1",
            "ENCRYPTION_KEYS": FERNET.decode(),
            "SECRET_KEY": settings.secret_key,
            "TICK_SECONDS": "1",
        }
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lms_sync.worker", "run"], env=environment, stdout=out, stderr=out
            )

    def end(self, how: signal.Signals) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(30)


@pytest.fixture
def start(settings: Settings, tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    started: list[Worker] = []

    def make() -> Worker:
        started.append(Worker(settings, tmp_path / "worker.log"))
        return started[-1]

    yield make
    for worker in started:
        worker.end(signal.SIGKILL)


@pytest.fixture
def here(lms: PracticeLms, keys: KeyServer, settings: Settings, database: Database) -> Tied:
    return tie(settings, database, lms.worlds["canvas"], keys)


def until(tied: Tied, run_id: str, reached: Callable[[SyncRun], bool], log: Path) -> SyncRun:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        run = tied.run(run_id)
        if reached(run):
            return run
        time.sleep(0.1)
    pytest.fail(f"not reached: {tied.run(run_id).state}\n{log.read_text()[-3000:]}")


def ask(tied: Tied, jobs: Jobs) -> str:
    with tied.database.write() as session:
        return jobs.request_sync(
            session, context_id=tied.context_id, kind="first", trigger="start", now=datetime.now(UTC)
        ).id


def test_a_job_asked_for_is_done_by_the_worker(here: Tied, jobs: Jobs, start: Callable[[], Worker]) -> None:
    worker = start()
    run = until(here, ask(here, jobs), lambda run: run.state == "done", worker.log)
    assert run.changed > 20
    assert here.context().roster_learners == 10
    assert worker.end(signal.SIGTERM) == 0
    log = worker.log.read_text()
    for person in here.world.people.values():
        assert person.email not in log


def test_a_killed_workers_run_is_finished_by_the_next(
    here: Tied, jobs: Jobs, start: Callable[[], Worker]
) -> None:
    here.world.faults.append(Fault("slow", "/students/submissions", times=1, seconds=60))
    first = start()
    run_id = ask(here, jobs)
    until(here, run_id, lambda run: run.stage == "grades", first.log)
    time.sleep(0.5)
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    assert here.run(run_id).state == "running"
    second = start()
    run = until(here, run_id, lambda run: run.state == "done", second.log)
    assert run.attempts == 2
    assert run.error == ""


def test_a_lost_job_is_started_again_and_old_login_states_go(
    here: Tied, jobs: Jobs, start: Callable[[], Worker]
) -> None:
    here.clock.moment = datetime.now(UTC) - timedelta(seconds=30)
    run_id = here.ask("roster")  # a row without a job
    old = datetime.now(UTC) - timedelta(days=2)
    with here.database.write() as session:
        session.add(
            LoginState(
                state_hash="s",
                nonce_hash="n",
                browser_hash="b",
                registration_id=here.registration_id,
                created_at=old,
                expires_at=old,
            )
        )
    worker = start()
    until(here, run_id, lambda run: run.state == "done", worker.log)
    assert here.count(LoginState) == 0


def test_a_stopped_worker_gives_its_run_back(here: Tied, jobs: Jobs, start: Callable[[], Worker]) -> None:
    here.world.faults.append(Fault("slow", "/assignment_groups", times=1, seconds=3))
    worker = start()
    run_id = ask(here, jobs)
    until(here, run_id, lambda run: run.stage == "items", worker.log)
    assert worker.end(signal.SIGTERM) == 0
    run = here.run(run_id)
    assert (run.state, run.lease_owner) == ("queued", None)


def test_what_is_rolled_back_is_not_asked_for(here: Tied, jobs: Jobs) -> None:
    with pytest.raises(ZeroDivisionError), here.database.write() as session:
        jobs.request_sync(
            session, context_id=here.context_id, kind="full", trigger="button", now=here.clock()
        )
        raise ZeroDivisionError
    assert here.count(SyncRun) == 0
    assert jobs.waiting_runs() == set()


def test_one_run_a_course(here: Tied, jobs: Jobs) -> None:
    with here.database.write() as session:
        ids = [
            jobs.request_sync(
                session, context_id=here.context_id, kind=kind, trigger="button", now=here.clock()
            ).id
            for kind in ("changes", "roster", "changes")
        ]
        assert len(set(ids)) == 1
        assert session.get_one(SyncRun, ids[0]).kind == "full"
        assert session.scalar(sa.select(sa.func.count()).select_from(Context)) == 1
    assert jobs.waiting_runs() == {ids[0]}


def test_the_command_says_what_it_is_and_what_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lms_sync.worker"]
    helped = subprocess.run([*command, "run", "--help"], capture_output=True, text=True, check=True)
    assert "SIGTERM" in helped.stdout
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    without_keys = subprocess.run([*command, "run"], capture_output=True, text=True, env=environment)
    environment["ENCRYPTION_KEYS"] = FERNET.decode()
    without_tables = subprocess.run([*command, "run"], capture_output=True, text=True, env=environment)
    environment["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    without_database = subprocess.run([*command, "run"], capture_output=True, text=True, env=environment)
    for bare in (without_keys, without_tables, without_database):
        assert bare.returncode != 0
        assert bare.stderr.startswith("lms-sync: ")
        assert "Traceback" not in bare.stderr
    assert "lti-tool migrate" in without_tables.stderr
