"""Real Chromium with the cookie rules a test asks for; the LMS is on localhost, the tool on 127.0.0.1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext

from tests.browser.once import the_playwright

# A loaded machine is slow, not wrong: what a page promises has this long to come, in milliseconds.
PATIENCE = 45_000
EXECUTABLE = "/usr/bin/chromium"
# Profile preferences, as a person or a school's policy sets them. This Chromium blocks third-party
# cookies by itself too; the preference says so whatever the default is.
THIRD_PARTY_BLOCKED: dict[str, Any] = {
    "profile": {"cookie_controls_mode": 1, "block_third_party_cookies": True}
}


def tool_cookies_off(tool: str, *lms: str) -> dict[str, Any]:
    """No cookies and no storage for anyone but the LMS, which nobody could sign in to without."""
    allowed = {f"{url},*": {"setting": 1} for url in lms}
    return {
        "profile": {
            "default_content_setting_values": {"cookies": 2},
            "content_settings": {"exceptions": {"cookies": allowed}},
        }
    }


def tool_cookies_off_in_frames(tool: str, *lms: str) -> dict[str, Any]:
    """As Safari and Brave do: the tool keeps cookies in a window of its own, none inside the LMS."""
    blocked = {f"{tool},{url}": {"setting": 2} for url in lms}
    return {"profile": {"content_settings": {"exceptions": {"cookies": blocked}}}}


# The tool's frame stays in the process of the LMS's page. Else a launch, which leads from one site to the
# other and back in a moment, changes the frame's process twice, and on a busy machine Playwright may miss the
# last change: the page is there, and waited for in vain. Cookies and policies go by sites all the same.
ONE_PROCESS = "--disable-site-isolation-trials"


@contextmanager
def chromium(folder: Path, preferences: dict[str, Any], **options: Any) -> Iterator[BrowserContext]:
    """A browser with a fresh profile in `folder`."""
    profile = folder / "Default"
    profile.mkdir(parents=True)
    (profile / "Preferences").write_text(json.dumps(preferences))
    context = the_playwright().chromium.launch_persistent_context(
        str(folder),
        executable_path=EXECUTABLE,
        headless=True,
        args=["--no-sandbox", "--test-third-party-cookie-phaseout", ONE_PROCESS],
        **options,
    )
    context.set_default_timeout(PATIENCE)
    try:
        yield context
    finally:
        context.close()
