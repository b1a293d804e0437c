"""The practice LMS, listening, and a course of ours tied to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from config.settings import Settings
from lti_tool.db import Database
from tests.sandbox_lms.seed import seed_canvas, seed_moodle
from tests.sandbox_lms.server import PracticeLms
from tests.sync.course import KeyServer, Tied, key_server, tie


@pytest.fixture
def lms() -> Iterator[PracticeLms]:
    with PracticeLms().start([seed_canvas("http://localhost:0"), seed_moodle("http://localhost:0")]) as lms:
        yield lms


@pytest.fixture
def keys() -> Iterator[KeyServer]:
    with key_server() as server:
        yield server


@pytest.fixture(params=["canvas", "moodle"])
def personality(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def tied(personality: str, lms: PracticeLms, keys: KeyServer, settings: Settings, database: Database) -> Tied:
    """Both personalities, on both databases."""
    return tie(settings, database, lms.worlds[personality], keys)


@pytest.fixture
def tie_to(lms: PracticeLms, keys: KeyServer, settings: Settings, database: Database) -> Callable[..., Tied]:
    """tie_to("canvas", connected=False)."""

    def make(personality: str, **more: Any) -> Tied:
        return tie(settings, database, lms.worlds[personality], keys, **more)

    return make


# Every run tries each LMS with one kind of database; the long run tries each with both.
PAIRS = {("canvas", "sqlite"), ("moodle", "postgres")}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Both LMSs and both databases in every run, each pairing in the long one."""
    for item in items:
        given = getattr(getattr(item, "callspec", None), "params", {})
        pair = (given.get("personality"), given.get("database_url"))
        if "sync" in item.path.parts and None not in pair and pair not in PAIRS:
            item.add_marker(pytest.mark.long)
