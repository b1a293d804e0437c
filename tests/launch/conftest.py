"""A running tool and both personalities of the practice LMS, on two sites."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.fernet import MultiFernet

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.records import Base
from tests.conftest import empty_postgres
from tests.hostile.platform import SmallPlatform
from tests.launch.rig import Rig, running
from tests.launch.suite import introduce
from tests.sandbox_lms.seed import seed_canvas, seed_moodle
from tests.sandbox_lms.server import PracticeLms


@pytest.fixture
def lms() -> Iterator[PracticeLms]:
    with PracticeLms().start([seed_canvas("http://localhost:0"), seed_moodle("http://localhost:0")]) as both:
        yield both


@pytest.fixture
def rig(settings: Settings, database: Database) -> Iterator[Rig]:
    with running(settings, database) as rig:
        yield rig


@dataclass(frozen=True)
class Running:
    """One tool and one small platform that know each other, for a whole module."""

    rig: Rig
    platform: SmallPlatform


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory, cipher: MultiFernet) -> Iterator[Running]:
    """On SQLite, to be quick; what depends on the database is tried on both (test_on_postgres.py)."""
    folder = tmp_path_factory.mktemp("suite")
    with started(folder, f"sqlite:///{folder / 'plans.sqlite'}", cipher) as running_here:
        yield running_here


@pytest.fixture(scope="module")
def postgres_suite(
    tmp_path_factory: pytest.TempPathFactory, cipher: MultiFernet, postgres_database: str
) -> Iterator[Running]:
    """The same on PostgreSQL."""
    with started(tmp_path_factory.mktemp("suite"), postgres_database, cipher) as running_here:
        yield running_here


@contextmanager
def started(folder: Path, url: str, cipher: MultiFernet) -> Iterator[Running]:
    """A tool on an empty database, and a small platform it knows."""
    with ExitStack() as stack:
        settings = Settings(
            var_dir=folder, database_url=url, allow_private_network=True, secret_key="a long test secret" * 2
        )
        database = Database(make_engine(settings.resolved_database_url, cipher))
        if settings.is_sqlite:
            Base.metadata.create_all(database.engine)
        else:
            empty_postgres(database.engine)
        stack.callback(database.dispose)
        rig = stack.enter_context(running(settings, database))
        platform = stack.enter_context(SmallPlatform(rig.url))
        introduce(rig, platform)
        yield Running(rig, platform)


# What PostgreSQL does otherwise shows here in every run; the other files are tried on it in the long run.
ON_POSTGRES = {"test_once", "test_cost", "test_on_postgres", "test_launches", "test_people", "test_keys"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every launch test runs on SQLite; on PostgreSQL those about rows, single use and order."""
    for item in items:
        given = getattr(getattr(item, "callspec", None), "params", {})
        if (
            "launch" in item.path.parts
            and given.get("database_url") == "postgres"
            and item.path.stem not in ON_POSTGRES
        ):
            item.add_marker(pytest.mark.long)
