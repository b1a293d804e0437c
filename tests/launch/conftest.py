"""A running tool and both personalities of the practice LMS, on two sites."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from cryptography.fernet import MultiFernet

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.records import Base
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
    """On SQLite, to be quick; what depends on the database is tested on both (test_once.py)."""
    folder = tmp_path_factory.mktemp("suite")
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'plans.sqlite'}"
        settings = Settings(
            var_dir=folder, database_url=url, allow_private_network=True, secret_key="a long test secret" * 2
        )
        database = Database(make_engine(settings.resolved_database_url, cipher))
        Base.metadata.create_all(database.engine)
        stack.callback(database.dispose)
        rig = stack.enter_context(running(settings, database))
        platform = stack.enter_context(SmallPlatform(rig.url))
        introduce(rig, platform)
        yield Running(rig, platform)
