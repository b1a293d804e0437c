"""A page as a browser shows it: axe's findings, what the console says, whether it scrolls sideways."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page

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

    def violations(self) -> list[str]:
        """What axe finds, one line a place."""
        self.page.evaluate(AXE)
        found: dict[str, Any] = self.page.evaluate("axe.run()")
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    def scrolls_sideways(self) -> bool:
        root = "document.documentElement"
        return bool(self.page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))


@contextmanager
def looking(
    browser: Browser, opened: Opened, *, width: int, scheme: Any = "light", script: bool = True
) -> Iterator[Look]:
    """A browser window of this width that holds the launch's cookie."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=script
    )
    context.add_cookies(
        [
            {
                "name": opened.cookie_name,
                "value": opened.secret,
                "domain": "127.0.0.1",
                "path": f"/s/{opened.launch_id}",
            }
        ]
    )
    look = Look(context.new_page())
    look.page.on("console", look.hear)
    look.page.on("pageerror", lambda error: look.complaints.append(str(error)))
    try:
        yield look
    finally:
        context.close()
