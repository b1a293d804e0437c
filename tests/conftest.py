"""What every test may use: settings in a folder of its own, a real database file, a real PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet, MultiFernet

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.records import Base
from tests.postgres.server import NoPostgres, postgres_url


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


@pytest.fixture
def database(settings: Settings, cipher: MultiFernet) -> Iterator[Database]:
    """Empty tables in a real database."""
    engine = make_engine(settings.resolved_database_url, cipher)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA IF EXISTS dbos CASCADE"))
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
    Base.metadata.create_all(engine)
    database = Database(engine)
    yield database
    database.dispose()
