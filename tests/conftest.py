"""What every test may use: settings in a folder of its own, a real database file, a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
import structlog
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import make_url

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.records import Base
from tests.keystock import next_test
from tests.postgres.server import NoPostgres, postgres_url
from tests.quick import keep_what_tools_share

# Files with few tests that take long: begun last, one of them alone would hold up the whole run.
_FIRST = (
    "tests/journey/",
    "tests/story/",
    "tests/browser/",
    "tests/house/test_wheel.py",
    "tests/sync/test_worker.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Files go to the processes in the order below, not by how many tests they have."""
    config.option.loadscopereorder = False
    keep_what_tools_share()
    # Rules are proved on machines that are busy with other things: no example is too slow to be right.
    hypothesis.settings.register_profile("calm", deadline=None)
    hypothesis.settings.load_profile("calm")
    # A traceback as text: structlog's own way prints every local value of every frame, which takes minutes.
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=False),
        ]
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long first, then file by file, the fullest before the others."""
    tests = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[int, int, str]:
        rank = [item.nodeid.startswith(first) for first in (*_FIRST, "")].index(True)
        return rank, -tests[item.path], str(item.path)

    items.sort(key=place)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    next_test()


@pytest.fixture(scope="session")
def cipher() -> MultiFernet:
    return MultiFernet([Fernet(Fernet.generate_key())])


@contextmanager
def fresh_postgres() -> Iterator[str]:
    """An empty PostgreSQL database of its own; skips loudly (fails when CI=true) where there is none."""
    try:
        server = postgres_url()
    except NoPostgres as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL is needed when CI=true: {missing}")
        pytest.skip(f"NO POSTGRESQL HERE, so this is not tested: {missing}")
    name = f"plans_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str]:
    """One PostgreSQL database for this test process."""
    with fresh_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each test that asks for a database runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'plans.sqlite'}"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        var_dir=tmp_path,
        database_url=database_url,
        public_url="http://127.0.0.1:8900",
        allow_private_network=True,
        secret_key="a test secret that is long enough to be one",
    )


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every table and no row, made once and copied for each test."""
    file = tmp_path_factory.mktemp("empty") / "plans.sqlite"
    engine = make_engine(f"sqlite:///{file}")
    Base.metadata.create_all(engine)
    engine.dispose()
    return file


def empty_postgres(engine: sa.Engine) -> None:
    """Every table and no row; the tables are made again only where they are not all there."""
    wanted = set(Base.metadata.tables)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA IF EXISTS dbos CASCADE"))
        found = set(sa.inspect(connection).get_table_names())
        if found == wanted:
            _forget_rows(connection, wanted)
            return
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
        Base.metadata.create_all(connection)


def _forget_rows(connection: sa.Connection, tables: set[str]) -> None:
    """Delete what there is and start the counters again.

    TRUNCATE makes a file for each of a hundred tables anew, however empty: thirty times as long.
    """
    some = " UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM \"{t}\")" for t in sorted(tables))
    connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
    for (table,) in connection.execute(sa.text(some)).all():
        connection.execute(sa.text(f'DELETE FROM "{table}"'))
    used = "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences"
    connection.execute(sa.text(f"{used} WHERE last_value IS NOT NULL AND schemaname = 'public'"))


@pytest.fixture
def database(settings: Settings, cipher: MultiFernet, empty_file: Path) -> Iterator[Database]:
    """Empty tables in a real database."""
    if settings.is_sqlite:
        shutil.copy(empty_file, make_url(settings.resolved_database_url).database or "")
    engine = make_engine(settings.resolved_database_url, cipher)
    if not settings.is_sqlite:
        empty_postgres(engine)
    database = Database(engine)
    yield database
    database.dispose()
