"""The whole installation as processes on this machine: practice LMS, `lti-tool up`, and its commands."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from cryptography.fernet import Fernet

from tests import forked
from tests.demo import free_port
from tests.sandbox_lms.client import LaunchClient
from tests.sandbox_lms.seed import CANVAS_API_TOKEN, MOODLE_WS_TOKEN, seed_canvas, seed_moodle
from tests.sandbox_lms.world import World

SECONDS = 180


@dataclass
class Installation:
    """Processes of one test; `folder` keeps the database, the LMS's state and the logs."""

    folder: Path
    database_url: str
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    urls: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *, worker: bool = True) -> None:
        """Start the LMS and the tool, and wait until both answer."""
        ports = {name: free_port() for name in ("tool", "canvas", "moodle")}
        self.urls = {name: f"http://localhost:{ports[name]}" for name in ("canvas", "moodle")}
        self.environment = {
            **{
                k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "COVERAGE_PROCESS_START")
            },
            "VAR_DIR": str(self.folder / "var"),
            "DATABASE_URL": self.database_url,
            "PUBLIC_URL": f"http://127.0.0.1:{ports['tool']}",
            "BIND": f"127.0.0.1:{ports['tool']}",
            "ALLOW_PRIVATE_NETWORK": "1",
            "TICK_SECONDS": "2",
            "WEB_WORKERS": "1",
            "CANVAS_TOKEN": CANVAS_API_TOKEN,
            "MOODLE_TOKEN": MOODLE_WS_TOKEN,
            "SECRET_KEY": "a secret of this test alone, and long enough",
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        }
        arguments = [f"--{name}-port={ports[name]}" for name in ("canvas", "moodle")]
        self.spawn("lms", "tests.sandbox_lms", *arguments, f"--state={self.folder / 'lms.json'}")
        for url in self.urls.values():
            self.wait_for(lambda url=url: requests.get(f"{url}/", timeout=20).ok)
        self.tool("migrate")
        self.spawn("tool", "lti_tool.cli", *(["up"] if worker else ["serve"]))
        self.wait_for(lambda: requests.get(f"{self.public}/readyz", timeout=20).ok)

    @property
    def public(self) -> str:
        return self.environment["PUBLIC_URL"]

    def spawn(self, name: str, module: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", module, *words],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.children.append(child)
        return child

    def stop(self) -> None:
        for child in reversed(self.children):
            child.terminate()
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(60)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command; the caller looks at the exit status."""
        return forked.run("lti_tool.cli", *words, environment=self.environment)

    def tool(self, *words: str) -> str:
        """Run a command that has to work."""
        done = self.run(*words)
        assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def course(self, context_id: str) -> dict[str, Any]:
        return dict(json.loads(self.tool("course", "--context", context_id, "--json")))

    def logs(self) -> str:
        return "\n".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def wait_for(self, ready: Callable[[], Any], seconds: float = SECONDS) -> Any:
        """Wait until `ready` gives something true; a connection error counts as not yet."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(requests.RequestException):
                if found := ready():
                    return found
            time.sleep(0.1)
        raise AssertionError(f"waited {seconds} s in vain\n{self.logs()[-4000:]}")


@dataclass
class Place:
    """One personality's LMS joined with the tool; `world` is its first day (ids, subs, items)."""

    installation: Installation
    name: str
    registration: int = 0
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = {"canvas": seed_canvas, "moodle": seed_moodle}[self.name](self.url)

    @property
    def url(self) -> str:
        return self.installation.urls[self.name]

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Tell the practice LMS to do something, or ask it."""
        answer = (
            requests.get(f"{self.url}/control/{path}", timeout=60)
            if body is None
            else requests.post(f"{self.url}/control/{path}", json=body, timeout=60)
        )
        assert answer.ok, answer.text
        return answer.json()

    def join(self) -> None:
        tool_url = self.installation.public
        self.control("tool", {"tool_url": tool_url, "client_id": "plans", "deployment_ids": ["1"]})
        known = self.control("endpoints")
        printed = self.installation.tool(
            *("register", "--issuer", known["issuer"], "--client-id", "plans", "--deployment-id", "1"),
            *("--auth-login-url", known["auth_login_url"], "--token-url", known["token_url"]),
            *("--jwks-url", known["jwks_url"], "--name", f"Practice {self.name}"),
        )
        self.registration = int(json.loads(printed)["id"])

    def connect(self) -> str:
        return self.installation.tool(
            *("connect", "--registration", str(self.registration), "--kind", self.name),
            *("--api-url", self.url, "--token-env", f"{self.name.upper()}_TOKEN"),
        )

    def launch(self, course_id: int, person_id: int) -> tuple[LaunchClient, requests.Response]:
        client = LaunchClient()
        return client, client.launch(self.url, course_id, person_id)


def launched_as(page: requests.Response) -> str | None:
    """The `data-launch-user` of a landing page; None on an error page."""
    found = re.search(r'<body[^>]*\sdata-launch-user="([^"]*)"', page.text)
    return unescape(found.group(1)) if found else None


class _Forms(HTMLParser):
    """The forms of a page: where each goes, its fields, and its buttons with their words."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self._button: dict[str, Any] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({"action": found.get("action", ""), "fields": {}, "buttons": []})
        elif tag == "input" and self.forms and found.get("name"):
            self.forms[-1]["fields"][found["name"]] = found.get("value", "")
        elif tag == "button" and self.forms:
            self._button = {"name": found.get("name"), "value": found.get("value", ""), "words": ""}
            self.forms[-1]["buttons"].append(self._button)

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self._button["words"] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "button":
            self._button = None


def press(client: LaunchClient, page: requests.Response, words: str) -> requests.Response:
    """Press the button with these words, as a browser without script would."""
    reader = _Forms()
    reader.feed(page.text)
    for form in reader.forms:
        for button in form["buttons"]:
            if words in button["words"]:
                pressed = {button["name"]: button["value"]} if button["name"] else {}
                return client.browser.post(
                    urljoin(page.url, form["action"]),
                    data={**form["fields"], **pressed},
                    headers={"Sec-Fetch-Site": "same-origin"},
                    timeout=30,
                )
    raise AssertionError(f"no button {words!r} on {page.url}")
