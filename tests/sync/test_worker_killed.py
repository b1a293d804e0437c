"""A worker's process killed with -9 at every request of a first sync: the last life ends as if undisturbed.

One process a request, so it runs with the long tests; two of the kills are in test_worker.py each time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, MultiFernet

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.jobs import Jobs, migrate_job_tables
from lti_tool.records.gradebook import ResultVersion, SyncRun
from tests.sandbox_lms.seed import seed_big
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import Fault
from tests.sync.course import KeyServer, tie
from tests.sync.picture import nothing_twice, ours, theirs
from tests.sync.surviving import fill
from tests.sync.workers import FERNET, Worker, at_work, until, wait_until, workers

pytestmark = pytest.mark.long
# More requests than a first sync of so small a course could ever need.
TOO_MANY = 60


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
def start(settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    with workers(settings, tmp_path / "worker.log") as make:
        yield make


def test_killed_at_every_request_the_last_life_ends_as_an_undisturbed_one(
    personality: str,
    lms: PracticeLms,
    keys: KeyServer,
    settings: Settings,
    database: Database,
    jobs: Jobs,
    start: Callable[..., Worker],
) -> None:
    world = lms.worlds[personality]
    tied = at_work(tie(settings, database, world, keys, course=seed_big(world, 90, 3)))
    fill(tied)
    with database.write() as session:
        run_id = jobs.request_sync(
            session, context_id=tied.context_id, kind="first", trigger="start", now=datetime.now(UTC)
        ).id
    for number in range(1, TOO_MANY):
        world.faults[:] = [Fault("slow", "", times=number - 1)] if number > 1 else []
        world.faults.append(Fault("slow", "", times=1, seconds=60))
        worker = start()
        wait_until(
            lambda: not world.faults or tied.run(run_id).state in ("done", "failed"),
            lambda: str(world.faults),
            worker.log,
        )
        if tied.run(run_id).state in ("done", "failed"):
            break
        time.sleep(0.2)
        worker.kill()
        assert tied.run(run_id).state == "running"
        nothing_twice(tied)
        with database.write() as session:
            session.get_one(SyncRun, run_id).attempts = 1  # we kill more often than is given up after
    run = until(tied, run_id, lambda run: run.state in ("done", "failed"), worker.log)
    assert (run.state, run.error) == ("done", "")
    # Fewer than an undisturbed one needs: a life goes on where stored pages end.
    assert number > {"canvas": 7, "moodle": 4}[personality], "too few requests to be a whole first sync"
    assert ours(tied) == theirs(tied)
    nothing_twice(tied)
    assert tied.count(ResultVersion) == len(ours(tied).cells), "something was stored more than once"
