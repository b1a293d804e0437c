"""One Playwright a test process: its synchronous half cannot be started a second time beside itself."""

from __future__ import annotations

import atexit
from functools import cache

from playwright.sync_api import Playwright, sync_playwright


@cache
def the_playwright() -> Playwright:
    """The running Playwright of this process; it ends with the process."""
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright
