"""Debian's Chromium at the pages of a running tool. Loudly skipped without it; never where CI=true."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

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
