"""The school of the story, on SQLite, in one Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.jobs import Jobs, migrate_job_tables
from lti_tool.launch.keys import make_signing_key
from tests.browser.chromium import THIRD_PARTY_BLOCKED, chromium
from tests.browser.school import School, sqlite_url  # noqa: F401
from tests.launch.rig import running
from tests.sandbox_lms.seed import seed_canvas
from tests.sandbox_lms.server import PracticeLms
from tests.story.term import Term


@pytest.fixture
def term(settings: Settings, database: Database, tmp_path: Path) -> Iterator[Term]:
    migrate_job_tables(settings)
    jobs = Jobs(settings)
    with (
        PracticeLms().start([seed_canvas("http://localhost:0")]) as lms,
        running(settings, database, jobs=jobs) as rig,
        chromium(tmp_path / "profile", THIRD_PARTY_BLOCKED) as browser,
    ):
        for world in lms.worlds.values():
            world.clock = rig.clock
            rig.register(world, product_family="canvas")
        with database.write() as session:
            make_signing_key(session, rig.clock())
        term = Term(School(rig, lms), browser, jobs)
        term.connect()
        yield term
    jobs.close()
