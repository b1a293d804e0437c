"""A running tool and both personalities of the practice LMS, on two sites."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.settings import Settings
from lti_tool.db import Database
from tests.launch.rig import Rig, running
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
