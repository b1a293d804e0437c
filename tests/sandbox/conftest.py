"""One running practice LMS of each personality, and a tool registered with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.tool import Caller, KeyServer
from tests.sandbox_lms.seed import seed_canvas, seed_moodle
from tests.sandbox_lms.server import PracticeLms


@pytest.fixture(scope="session")
def key_server() -> Iterator[KeyServer]:
    server = KeyServer()
    yield server
    server.stop()


@pytest.fixture
def platforms() -> Iterator[PracticeLms]:
    with PracticeLms().start(
        [seed_canvas("http://localhost:0"), seed_moodle("http://localhost:0")]
    ) as running:
        yield running


@pytest.fixture
def canvas_tool(platforms: PracticeLms, key_server: KeyServer) -> Caller:
    return Caller(platforms.worlds["canvas"], key_server)


@pytest.fixture
def moodle_tool(platforms: PracticeLms, key_server: KeyServer) -> Caller:
    return Caller(platforms.worlds["moodle"], key_server)


@pytest.fixture(params=["canvas", "moodle"])
def caller(request: pytest.FixtureRequest, platforms: PracticeLms, key_server: KeyServer) -> Caller:
    """Each test with this runs against both personalities."""
    return Caller(platforms.worlds[request.param], key_server)
