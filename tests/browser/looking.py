"""A page as a browser shows it: axe's findings, what the console says, whether it scrolls sideways."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Error, Page

from tests.browser.chromium import PATIENCE
from tests.web.rig import Opened

AXE = (Path(__file__).parent / "vendor" / "axe" / "axe.min.js").read_text(encoding="utf-8")


@dataclass
class Look:
    """An open page and every complaint of its console (CSP violations among them)."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        # An error page is meant to be one: the browser's note of its status is no complaint.
        is_status = "the server responded with a status of" in message.text
        if message.type == "error" and not (is_status and message.location["url"] == self.page.url):
            self.complaints.append(message.text)

    def hear_of_error(self, error: Error) -> None:
        self.complaints.append(str(error))

    def violations(self, *rules: str) -> list[str]:
        """What axe finds, one line a place; by all its rules, or by these alone.

        A click has only begun the next page when it returns, so the page is waited for.
        """
        self.page.wait_for_load_state()
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        wanted: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules:
            wanted["runOnly"] = list(rules)
        found: dict[str, Any] = self.page.evaluate("wanted => axe.run(wanted)", wanted)
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    def scrolls_sideways(self) -> bool:
        root = "document.documentElement"
        return bool(self.page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))

    def faults(self, name: str = "page") -> list[str]:
        """All that is wrong with the page as it stands: at a desk and on a phone, light and dark.

        One load serves every width, as when somebody turns a tablet or narrows a window. Darkness changes
        colours alone, so only contrast is measured again. PICTURES names a folder for pictures.
        """
        self.page.wait_for_load_state()
        found = []
        for width in (1200, 360):
            self.page.set_viewport_size({"width": width, "height": 800})
            self.keep_picture(f"{name}-{width}")
            found += [f"{width}: {line}" for line in self.violations()]
            found += self._sideways(width)
        found += self._bar_in_lines()
        self.page.set_viewport_size({"width": 320, "height": 800})
        found += self._sideways(320)
        self.page.set_viewport_size({"width": 1200, "height": 800})
        self.page.emulate_media(color_scheme="dark")
        self.keep_picture(f"{name}-dark")
        found += [f"dark: {line}" for line in self.violations("color-contrast")]
        self.page.emulate_media(color_scheme="light")
        headings = self.page.locator("h1").count()
        return (
            found + self.complaints + ([] if headings == 1 else [f"{headings} headings of the first order"])
        )

    def keep_picture(self, name: str) -> None:
        """A picture for people, where PICTURES names a folder."""
        if folder := os.environ.get("PICTURES"):
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def _bar_in_lines(self) -> list[str]:
        """The bar of pages keeps to one line on a phone; what does not fit is under "More"."""
        bar = self.page.locator("nav.toolbar").first
        box = bar.bounding_box() if bar.count() else None
        return ["360: the bar of pages has several lines"] if box and box["height"] > 64 else []

    def _sideways(self, width: int) -> list[str]:
        return [f"{width}: scrolls sideways"] if self.scrolls_sideways() else []


@contextmanager
def looking(
    browser: Browser, opened: Opened, *, width: int, scheme: Any = "light", script: bool = True
) -> Iterator[Look]:
    """A browser window of this width that holds the launch's cookie."""
    with _window(browser, script=script) as page:
        cookie = {"name": opened.cookie_name, "value": opened.secret, "domain": "127.0.0.1"}
        page.context.clear_cookies()
        page.context.add_cookies([{**cookie, "path": f"/s/{opened.launch_id}"}])  # type: ignore[typeddict-item]
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, media="null")
        look = Look(page)
        page.on("console", look.hear)
        page.on("pageerror", look.hear_of_error)
        yield look
        page.remove_listener("console", look.hear)
        page.remove_listener("pageerror", look.hear_of_error)
        page.goto("about:blank")


# The window of each browser, from one look to the next: a new one costs as much as looking does.
_KEPT: dict[Browser, Page] = {}


@contextmanager
def _window(browser: Browser, *, script: bool) -> Iterator[Page]:
    """The window that is kept; one that was left in the middle of something is closed."""
    page = _KEPT.pop(browser, None) if script else None
    if page is None:
        context = browser.new_context(java_script_enabled=script, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
    try:
        yield page
    except BaseException:
        page.context.close()
        raise
    if script and browser not in _KEPT:
        _KEPT[browser] = page
    else:
        page.context.close()
