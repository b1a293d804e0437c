"""One tool on one SQLite file for every row; the clock begins anew for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.fernet import MultiFernet

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.jobs import migrate_job_tables
from lti_tool.records import Base
from tests.rows.goals import Rows, make_rows
from tests.rows.rig import NOW, School, make_school
from tests.web.rig import Rig, running


@pytest.fixture(scope="session")
def rows_tool(tmp_path_factory: pytest.TempPathFactory, cipher: MultiFernet) -> Iterator[Rig]:
    """The running tool."""
    settings = Settings(
        var_dir=tmp_path_factory.mktemp("rows"),
        public_url="http://127.0.0.1:8900",
        allow_private_network=True,
        secret_key="a test secret that is long enough to be one",
    )
    engine = make_engine(settings.resolved_database_url)
    Base.metadata.create_all(engine)
    engine.dispose()
    migrate_job_tables(settings)
    database = Database(make_engine(settings.resolved_database_url, cipher))
    with running(settings, database) as rig:
        yield rig
    database.dispose()


@pytest.fixture
def rig(rows_tool: Rig) -> Rig:
    rows_tool.clock.at = NOW
    return rows_tool


@pytest.fixture
def school(rig: Rig) -> School:
    return make_school(rig)


@pytest.fixture(scope="module")
def goal_course(rows_tool: Rig) -> Rows:
    """One course for a file of rows about goals."""
    rows_tool.clock.at = NOW
    return make_rows(rows_tool)


@pytest.fixture
def rows(goal_course: Rows) -> Rows:
    goal_course.rig.clock.at = NOW
    return goal_course
