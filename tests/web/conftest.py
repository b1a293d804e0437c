"""A running tool on an SQLite file; queries on both databases are tried elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import Settings
from lti_tool.db import Database
from tests.web.rig import Rig, running


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def rig(settings: Settings, database: Database) -> Iterator[Rig]:
    with running(settings, database) as rig:
        yield rig
