"""PostgreSQL hangs up on everybody, or is stopped and started again, under a worker's process: it goes on."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet, MultiFernet

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.jobs import Jobs, migrate_job_tables
from lti_tool.records.gradebook import SyncRun
from tests.conftest import empty_postgres
from tests.postgres.server import NoPostgres, Server
from tests.sandbox_lms.seed import seed_big
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import Fault
from tests.sync.course import KeyServer, tie
from tests.sync.surviving import fill, same
from tests.sync.test_database_away import HANG_UP
from tests.sync.workers import FERNET, at_work, until, wait_until, workers

pytestmark = [pytest.mark.long, pytest.mark.postgres]


@pytest.fixture
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="plans-away-"))
    folder.chmod(0o755)
    try:
        server = Server.start(folder, "-c fsync=off")
    except NoPostgres as why:
        pytest.skip(str(why))
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("how", ["hangs up", "starts again"])
def test_the_worker_goes_on_by_itself(
    how: str, server: Server, lms: PracticeLms, keys: KeyServer, tmp_path: Path
) -> None:
    settings = Settings(
        var_dir=tmp_path,
        database_url=server.url,
        allow_private_network=True,
        secret_key="a test secret that is long enough to be one",
    )
    engine = make_engine(server.url, MultiFernet([Fernet(FERNET)]))
    empty_postgres(engine)
    migrate_job_tables(settings)
    database, world = Database(engine), lms.worlds["canvas"]
    tied = at_work(tie(settings, database, world, keys, course=seed_big(world, 90, 3)))
    fill(tied)
    admin = sa.create_engine(server.url, poolclass=sa.NullPool)
    jobs, log = Jobs(settings), tmp_path / "worker.log"
    with workers(settings, log) as start:
        worker = start(None, LEASE_SECONDS="10")
        for path in ("names_and_roles", "/assignment_groups", "/students/submissions"):
            world.faults.append(Fault("slow", path, times=1, seconds=2))
            with database.write() as session:
                run_id = jobs.request_sync(
                    session, context_id=tied.context_id, kind="full", trigger="button", now=datetime.now(UTC)
                ).id
            wait_until(lambda: not world.faults, lambda: str(world.faults), log)
            if how == "hangs up":
                with admin.connect() as connection:
                    connection.execute(sa.text(HANG_UP))
            else:
                server.stop()
                time.sleep(3)
                server.again()
            run = until(tied, run_id, ended, log)
            assert (run.state, run.error) == ("done", ""), path
            same(tied)
        assert worker.process.poll() is None, "it is still the same process"
    jobs.close()
    database.dispose()


def ended(run: SyncRun) -> bool:
    return run.state in ("done", "failed")
