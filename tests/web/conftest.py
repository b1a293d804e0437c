"""A running tool on an SQLite file; queries on both databases are tried elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import MultiFernet

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.jobs import migrate_job_tables
from lti_tool.records import Base
from tests.web.rig import Rig, running


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, ours and the job engine's, made once."""
    folder = tmp_path_factory.mktemp("empty")
    settings = Settings(var_dir=folder)
    engine = make_engine(settings.resolved_database_url)
    Base.metadata.create_all(engine)
    engine.dispose()
    migrate_job_tables(settings)
    return folder / "plans.sqlite"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def database(settings: Settings, cipher: MultiFernet, empty_file: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(empty_file, tmp_path / "plans.sqlite")
    database = Database(make_engine(settings.resolved_database_url, cipher))
    yield database
    database.dispose()


@pytest.fixture
def rig(settings: Settings, database: Database) -> Iterator[Rig]:
    with running(settings, database) as rig:
        yield rig
