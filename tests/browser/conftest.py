"""Debian's Chromium at the pages of a running tool. Loudly skipped without it; never where CI=true."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import PATIENCE
from tests.browser.once import the_playwright
from tests.web.conftest import database, database_url, empty_file, rig  # noqa: F401

CHROMIUM = Path("/usr/bin/chromium")
QUIETLY = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A page that came too late is opened once more, and the report says so (R); a wrong page is not."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError", "ERR_NETWORK_CHANGED"]))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this process."""
    if not CHROMIUM.exists():
        words = f"{CHROMIUM} is missing; install it with `apt-get install chromium`"
        if os.environ.get("CI") == "true":
            pytest.fail(f"Chromium is needed when CI=true: {words}")
        pytest.skip(f"NO CHROMIUM HERE, so no page is looked at: {words}")
    chromium = the_playwright().chromium.launch(executable_path=str(CHROMIUM), args=QUIETLY)
    yield chromium
    chromium.close()
