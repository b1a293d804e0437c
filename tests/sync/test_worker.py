"""The whole way: the web asks inside its transaction, a worker process reads, the run ends done."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet, MultiFernet

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.jobs import Jobs, migrate_job_tables
from lti_tool.plans.access import Role
from lti_tool.records.course import Context, ContextService, Person
from lti_tool.records.gradebook import Result, ResultVersion, SyncRun
from lti_tool.records.launch import LoginState
from tests import forked
from tests.conftest import empty_postgres
from tests.sandbox_lms.paths import nrps_url
from tests.sandbox_lms.seed import seed_big
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import Fault
from tests.sync.course import KeyServer, Tied, tie
from tests.sync.picture import nothing_twice, ours, theirs
from tests.sync.workers import FERNET, PATIENCE, Worker, at_work, until, wait_until, workers
from tests.web.rig import Rig, running

Start = Callable[..., Worker]


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.long])],
)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Two workers and a web process run on both kinds each time; what one worker does, on one."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'plans.sqlite'}"
    return str(request.getfixturevalue("postgres_database"))


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


@pytest.fixture
def start(settings: Settings, tmp_path: Path) -> Iterator[Start]:
    with workers(settings, tmp_path / "worker.log") as make:
        yield make


@pytest.fixture
def here(lms: PracticeLms, keys: KeyServer, settings: Settings, database: Database) -> Tied:
    return at_work(tie(settings, database, lms.worlds["canvas"], keys))


def ask(tied: Tied, jobs: Jobs) -> str:
    with tied.database.write() as session:
        return jobs.request_sync(
            session, context_id=tied.context_id, kind="first", trigger="start", now=datetime.now(UTC)
        ).id


def done(run: SyncRun) -> bool:
    return run.state == "done"


def test_a_workers_day(here: Tied, jobs: Jobs, start: Start) -> None:
    """A job asked for is done; a row without a job too; old login states go; SIGTERM gives a run back."""
    worker = start()
    run = until(here, ask(here, jobs), done, worker.log)
    assert run.changed > 20
    assert here.context().roster_learners == 10

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
    here.clock.moment = datetime.now(UTC) - timedelta(seconds=30)
    until(here, here.ask("roster"), done, worker.log)  # a row without a job
    wait_until(lambda: here.count(LoginState) == 0, lambda: "login states", worker.log)

    slow = Fault("slow", "/assignment_groups", times=1, seconds=PATIENCE)
    here.world.faults.append(slow)
    run_id = ask(here, jobs)
    until(here, run_id, lambda run: run.stage == "items" and not here.world.faults, worker.log)
    threading.Timer(0.3, slow.over.set).start()  # the answer comes when the worker is about to end
    assert worker.end(signal.SIGTERM) == 0
    run = here.run(run_id)
    assert (run.state, run.lease_owner) == ("queued", None)

    log = worker.log.read_text()
    for person in here.world.people.values():
        assert person.email not in log
        assert person.full_name not in log
    for token in here.world.tokens:
        assert token not in log


# Where the practice LMS is slow, so that the worker is killed just there: (its requests, the n-th of them).
PAGES = [("names_and_roles", 1), ("/students/submissions", 1)]


def test_killed_at_two_pages_the_next_worker_finishes(here: Tied, jobs: Jobs, start: Start) -> None:
    """At every request, on both LMSs and both databases: test_worker_killed.py."""
    run_id = ""
    for path, page in PAGES:
        here.world.faults[:] = [Fault("slow", path, page=page, times=1, seconds=60)]
        run_id = run_id or ask(here, jobs)
        worker = start()
        wait_until(lambda: not here.world.faults, lambda: str(here.world.faults), worker.log)
        worker.kill()
        assert here.run(run_id).state == "running"
    last = start()
    run = until(here, run_id, lambda run: run.state in ("done", "failed"), last.log)
    assert (run.state, run.error, run.attempts) == ("done", "", 3)
    assert ours(here) == theirs(here)
    nothing_twice(here)


# ---- several processes


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def crowd(
    request: pytest.FixtureRequest,
    lms: PracticeLms,
    keys: KeyServer,
    tmp_path: Path,
    empty_file: Path,
    cipher: MultiFernet,
) -> Iterator[Tied]:
    """A course on either kind of database, whatever the other tests of this file run on."""
    url = f"sqlite:///{tmp_path / 'crowd.sqlite'}"
    if request.param == "sqlite":
        shutil.copy(empty_file, tmp_path / "crowd.sqlite")
    else:
        url = str(request.getfixturevalue("postgres_database"))
    settings = Settings(
        var_dir=tmp_path,
        database_url=url,
        allow_private_network=True,
        secret_key="a test secret that is long enough to be one",
    )
    engine = make_engine(settings.resolved_database_url, cipher)
    if request.param == "postgres":
        empty_postgres(engine)
    migrate_job_tables(settings)
    database = Database(engine)
    yield at_work(tie(settings, database, lms.worlds["canvas"], keys, connected=True))
    database.dispose()


def more_courses(tied: Tied, count: int) -> list[int]:
    """Further started courses of the same registration; their ids."""
    now, made = tied.clock(), []
    for _ in range(count):
        course = seed_big(tied.world, 12, 3)
        with tied.database.write() as session:
            service = session.scalars(sa.select(ContextService)).first()
            assert service is not None
            row = Context(
                registration_id=tied.registration_id, lms_id=course.lti_id, created_at=now, started_at=now
            )
            session.add(row)
            session.flush()
            url = nrps_url(tied.world, course.id, len(tied.world.tools))
            session.add(
                ContextService(
                    context_id=row.id,
                    deployment_id=service.deployment_id,
                    nrps_url=url,
                    scopes=[],
                    seen_at=now,
                )
            )
            made.append(row.id)
    return made


def test_two_workers_and_a_web_process_on_one_database(crowd: Tied, tmp_path: Path) -> None:
    """One worker dies in the middle of a run and stays dead: the other, elsewhere, takes it over when its
    lease ends. Meanwhile staff press "Sync now" and look at pages. Nothing twice, nothing lost."""
    more_courses(crowd, 6)
    crowd.world.faults.append(Fault("slow", "/students/submissions", times=1, seconds=60))
    settings, database, log = crowd.settings, crowd.database, tmp_path / "worker.log"
    with workers(settings, log) as start, running(settings, database) as web:
        web.clock.at = datetime.now(UTC)
        first = start()
        wait_until(lambda: not crowd.world.faults, lambda: "the slow page", first.log)
        first.kill()
        left = crowd_runs(crowd, "running")
        with database.read() as session:
            owners = {run.lease_owner for run in session.scalars(these(left))}
        assert len({str(owner).partition(".")[0] for owner in owners}) == 1
        # As on other machines: what was begun in the first one's place is not theirs to go on with.
        second, third = start(7), start(8)
        pressing(web, crowd)
        with database.write() as session:
            assert {run.lease_owner for run in session.scalars(these(left))} == owners, "not theirs to take"
            for run in session.scalars(these(left)):
                run.lease_until = datetime.now(UTC)  # as if its minutes had gone by
        wait_until(
            lambda: not crowd_runs(crowd, "running", "queued") and read_courses(crowd) == 7,
            lambda: f"{read_courses(crowd)} courses, {crowd_runs(crowd, 'running', 'queued')}",
            second.log,
        )
        assert {worker.end(signal.SIGTERM) for worker in (second, third)} == {0}
    assert not crowd_runs(crowd, "failed")
    with crowd.database.read() as session:
        taken = session.get_one(SyncRun, left[0])
        cells = session.scalar(sa.select(sa.func.count()).select_from(Result)) or 0
        versions = session.scalar(sa.select(sa.func.count()).select_from(ResultVersion)) or 0
    assert taken.attempts > 1
    assert cells >= 6 * 12 * 3
    assert versions == cells  # the LMS changed nothing meanwhile, so each cell has one version
    nothing_twice(crowd)


def crowd_runs(tied: Tied, *states: str) -> list[str]:
    with tied.database.read() as session:
        return list(session.scalars(sa.select(SyncRun.id).where(SyncRun.state.in_(states))))


def these(run_ids: list[str]) -> sa.Select[tuple[SyncRun]]:
    return sa.select(SyncRun).where(SyncRun.id.in_(run_ids))


def read_courses(tied: Tied) -> int:
    with tied.database.read() as session:
        asked = sa.select(sa.func.count()).select_from(Context).where(Context.grades_full_at.is_not(None))
        return session.scalar(asked) or 0


def pressing(web: Rig, tied: Tied) -> None:
    """Staff press the button and look how it goes, as often as they like."""
    with tied.database.write() as session:
        teacher = Person(registration_id=tied.registration_id, created_at=tied.clock())
        session.add(teacher)
        context = session.get_one(Context, tied.context_id)
    opened = web.open(teacher, context, Role.STAFF)
    for _ in range(5):
        assert opened.post("/sync").status_code == 303
        assert opened.get("/runs").status_code == 200
        assert opened.get("/board").status_code == 200


# ---- asking


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


def test_who_asks_in_person_goes_before_what_the_schedule_asked_for(here: Tied, jobs: Jobs) -> None:
    """A run that waits among many gets a second job, which goes first; the row says who asked."""
    with here.database.write() as session:
        asked = {"context_id": here.context_id, "kind": "changes", "now": here.clock()}
        run = jobs.request_sync(session, trigger="schedule", priority=3, **asked)
        jobs.request_sync(session, trigger="button", **asked)
        jobs.request_sync(session, trigger="button", **asked)
        assert run.trigger == "button"
    waiting = jobs.client().list_workflows(status="ENQUEUED")
    assert sorted((job.workflow_id.removeprefix(run.id), job.priority) for job in waiting) == [
        ("", 3),
        (":now", 0),
    ]
    assert jobs.waiting_runs() == {run.id}


def test_the_command_says_what_it_is_and_what_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lms_sync.worker", "run", "--help"]
    helped = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "SIGTERM" in helped.stdout
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    without_keys = forked.run("lms_sync.worker", "run", environment=environment)
    environment["ENCRYPTION_KEYS"] = FERNET.decode()
    without_tables = forked.run("lms_sync.worker", "run", environment=environment)
    environment["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    without_database = forked.run("lms_sync.worker", "run", environment=environment)
    for bare in (without_keys, without_tables, without_database):
        assert bare.returncode != 0
        assert bare.stderr.startswith("lms-sync: ")
        assert "Traceback" not in bare.stderr
    assert "lti-tool migrate" in without_tables.stderr
