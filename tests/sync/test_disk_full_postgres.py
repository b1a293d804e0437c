"""The disk under PostgreSQL runs full in the middle of a sync: said clearly, nothing broken, and it goes on.

Each has a server of its own on a disk of a few MiB, so it runs with the long tests. SQLite's is in
test_survives_changes.py.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import MultiFernet

from config.settings import Settings
from lms_sync.run import run_sync
from lti_tool.db import Database, make_engine
from tests.conftest import empty_postgres
from tests.postgres.server import NoPostgres, Server
from tests.postgres.small_disk import NoSmallDisk, fill, make_room, small_disk
from tests.sandbox_lms.seed import seed_big
from tests.sandbox_lms.server import PracticeLms
from tests.sync.course import KeyServer, Tied, tie
from tests.sync.picture import nothing_twice, ours
from tests.sync.surviving import same

pytestmark = [pytest.mark.long, pytest.mark.postgres]
STUDENTS, ITEMS = 90, 6


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where PostgreSQL's own user may go, too."""
    folder = Path(tempfile.mkdtemp(prefix="plans-disk-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def tied_to(url: str, lms: PracticeLms, keys: KeyServer, cipher: MultiFernet, tmp_path: Path) -> Tied:
    settings = Settings(
        var_dir=tmp_path,
        database_url=url,
        allow_private_network=True,
        secret_key="a test secret that is long enough to be one",
    )
    engine = make_engine(settings.resolved_database_url, cipher)
    empty_postgres(engine)
    world = lms.worlds["canvas"]
    tied = tie(settings, Database(engine), world, keys, course=seed_big(world, STUDENTS, ITEMS))
    assert tied.sync("first", "start").state == "done"
    same(tied)
    return tied


def much_changes(tied: Tied) -> None:
    """Every grade, so that tables and log have to grow."""
    for item, student in list(tied.course.grades):
        tied.world.set_score(tied.course, item, student, Decimal(3))


def goes_on(tied: Tied) -> None:
    """The next reading, with room again, brings all of it; nothing was stored twice or in halves."""
    tied.clock.forward(minutes=15)
    run = tied.sync("full")
    assert (run.state, run.error) == ("done", "")
    same(tied)


def test_tables_that_cannot_grow(
    folder: Path, lms: PracticeLms, keys: KeyServer, cipher: MultiFernet, tmp_path: Path
) -> None:
    """The database is on a full disk, PostgreSQL's log is not: every write is refused with SQLSTATE 53100."""
    try:
        with small_disk(folder / "disk", 24) as disk:
            server = Server.start(folder, "-c fsync=off -c autovacuum=off")
            try:
                shutil.chown(disk, "postgres")
                admin = sa.create_engine(server.url, isolation_level="AUTOCOMMIT")
                with admin.connect() as connection:
                    connection.exec_driver_sql(f"CREATE TABLESPACE small LOCATION '{disk}'")
                    connection.exec_driver_sql("CREATE DATABASE plans TABLESPACE small")
                url = server.url.removesuffix("postgres") + "plans"
                tied = tied_to(url, lms, keys, cipher, tmp_path)
                before = ours(tied)
                much_changes(tied)
                fill(disk)
                run = tied.sync("full", "button")
                assert (run.state, run.error_code) == ("failed", "disk_full")
                assert "disk of this tool is full" in run.error
                assert ours(tied).people == before.people
                nothing_twice(tied)
                make_room(disk)
                goes_on(tied)
                tied.database.dispose()
                admin.dispose()
            finally:
                server.stop()
    except (NoSmallDisk, NoPostgres) as why:
        pytest.skip(str(why))


def test_a_disk_with_no_room_for_the_log_either(
    folder: Path, lms: PracticeLms, keys: KeyServer, cipher: MultiFernet, tmp_path: Path
) -> None:
    """All of PostgreSQL is on it: whichever write is refused first, even its log's, where it stops."""
    try:
        with small_disk(folder, 120) as disk:
            options = "-c autovacuum=off -c max_wal_size=8MB -c min_wal_size=2MB -c wal_recycle=off"
            server = Server.start(disk, options, "--wal-segsize=1")
            try:
                tied = tied_to(server.url, lms, keys, cipher, tmp_path)
                much_changes(tied)
                run_id = tied.ask("full", "button")
                fill(disk)
                run_sync(run_id, tied.deps("w:0#1"))  # ends by itself, whatever the database says
                make_room(disk)
                if not server.is_up():
                    server.again()
                deadline = time.monotonic() + 240
                while True:
                    try:
                        run = tied.run(run_id)
                        break
                    except sa.exc.OperationalError:
                        assert time.monotonic() < deadline, "PostgreSQL did not come back"
                        time.sleep(0.5)
                assert run.state in ("queued", "running", "failed")
                nothing_twice(tied)
                if run.state != "failed":
                    tied.clock.forward(minutes=15)  # its lease is over: the next worker does it again
                    run_sync(run_id, tied.deps("w:1#1"))
                    assert tied.run(run_id).state == "done"
                goes_on(tied)
                tied.database.dispose()
            finally:
                server.stop()
    except (NoSmallDisk, NoPostgres) as why:
        pytest.skip(str(why))
