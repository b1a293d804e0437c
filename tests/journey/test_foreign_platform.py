"""A platform that nobody here wrote: register, launch, import its roster, sync, with no change of code."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from tests.journey.foreign import CONTEXT_ID, ForeignPlatform
from tests.journey.world import Installation, launched_as, press
from tests.sandbox_lms.client import LaunchClient, read_form


@pytest.fixture(scope="module")
def foreign(installation: Installation) -> Iterator[ForeignPlatform]:
    platform = ForeignPlatform(installation.public)
    yield platform
    platform.stop()


def open_as(foreign: ForeignPlatform, user: str) -> tuple[LaunchClient, requests.Response]:
    client = LaunchClient()
    return client, client.send(read_form(client.browser.get(foreign.start_url(user), timeout=60)))


def test_register_launch_roster_and_sync(installation: Installation, foreign: ForeignPlatform) -> None:
    printed = installation.tool(
        *("register", "--issuer", foreign.url, "--client-id", "foreign-client"),
        *("--deployment-id", "foreign-1", "--auth-login-url", f"{foreign.url}/auth"),
        *("--token-url", f"{foreign.url}/token", "--jwks-url", f"{foreign.url}/jwks"),
    )
    assert json.loads(printed)["active"] is True
    client, page = open_as(foreign, "t1")
    assert launched_as(page) == "t1"
    press(client, page, "Start plans here")
    installation.wait_for(lambda: (installation.course(CONTEXT_ID)["last_sync"] or {}).get("finished"))
    people = {person["sub"]: person for person in installation.course(CONTEXT_ID)["people"]}
    assert set(people) == {"t1", "s1", "s2", "s3", "s4", "s5"}
    assert people["s1"]["name"] == "Learner 1 & Co"
    installation.tool("sync", "--context", CONTEXT_ID, "--wait")
    assert installation.course(CONTEXT_ID)["last_sync"]["error"] in (None, "")


def test_its_student_gets_in_and_someone_with_no_name_too(
    installation: Installation, foreign: ForeignPlatform
) -> None:
    for user in ("s1", "s5"):
        _client, page = open_as(foreign, user)
        assert launched_as(page) == user
