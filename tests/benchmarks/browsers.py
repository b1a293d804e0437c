"""Browsers that cost little: bare sockets and ready-made requests, so that the tool is what is measured.

Each launch is a browser of its own: one connection, its own cookies, login, launch, first page.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.utils import base64url_encode

from tests.hostile.platform import SmallPlatform

TIMEOUT = 60
PEOPLE = 40


@dataclass
class Answer:
    """What came back: status, headers in order (names in lower case), body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for found, value in self.headers if found == name), "")


@dataclass
class Browser:
    """One connection, kept alive, with cookies by path."""

    address: str
    cookies: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __enter__(self) -> Browser:
        parts = urlsplit(self.address)
        self._host = parts.netloc
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80), TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def post(self, path: str, form: dict[str, str]) -> Answer:
        body = urlencode(form).encode()
        kind = "Content-Type: application/x-www-form-urlencoded\r\n"
        return self._send("POST", path, f"{kind}Content-Length: {len(body)}\r\n", body)

    def get(self, path: str) -> Answer:
        return self._send("GET", path, "", b"")

    def _send(self, method: str, path: str, more: str, body: bytes) -> Answer:
        cookies = "; ".join(
            f"{name}={value}" for name, (value, at) in self.cookies.items() if path.startswith(at)
        )
        more += f"Cookie: {cookies}\r\n" if cookies else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept: text/html\r\n{more}\r\n"
        self._socket.sendall(head.encode() + body)
        answer = self._answer()
        for name, value in answer.headers:
            if name == "set-cookie":
                self._keep(value)
        return answer

    def _keep(self, text: str) -> None:
        pair, *rest = text.split("; ")
        name, _, value = pair.partition("=")
        path = next((part[5:] for part in rest if part.startswith("Path=")), "/")
        self.cookies[name] = (value, path)

    def _answer(self) -> Answer:
        while b"\r\n\r\n" not in self._left:
            self._more()
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
        length = int(next(value for name, value in headers if name == "content-length"))
        while len(self._left) < length:
            self._more()
        body, self._left = self._left[:length], self._left[length:]
        return Answer(int(first.split()[1]), headers, body)

    def _more(self) -> None:
        got = self._socket.recv(65536)
        if not got:
            raise ConnectionError("the tool closed the connection")
        self._left += got


@dataclass(frozen=True)
class Tool:
    """Where a tool's doors are. mark: what the last page must hold."""

    url: str
    login: str
    launch: str
    mark: bytes


def member(number: int) -> tuple[str, str]:
    """(sub, role) of the people of one course, over and over; one launch in twenty is a teacher's."""
    return f"person-{number % PEOPLE}", "Instructor" if number % 20 == 0 else "Learner"


def newcomer(number: int) -> tuple[str, str]:
    """(sub, role) of somebody who was never here."""
    return f"newcomer-{number}-{time.time_ns()}", "Learner"


def launch(tool: Tool, platform: SmallPlatform, who: tuple[str, str]) -> None:
    """One person's whole launch."""
    with Browser(tool.url) as browser:
        _open(browser, tool, platform, who)


def start_plans(tool: Tool, platform: SmallPlatform) -> None:
    """A teacher launches and presses "Start plans here"."""
    with Browser(tool.url) as browser:
        page = _open(browser, tool, platform, member(0))
        answer = browser.post(page.rstrip("/") + "/start", {})
    if answer.status != 303:
        raise SystemExit(f"Plans were not started: {answer.status} {answer.body[:300]!r}")


def _open(browser: Browser, tool: Tool, platform: SmallPlatform, who: tuple[str, str]) -> str:
    """Login, launch, first page; gives the page's path, empty where the launch itself was answered by it."""
    asked = {
        "iss": platform.issuer,
        "client_id": platform.client_id,
        "login_hint": "hint",
        "target_link_uri": tool.url + tool.launch,
        "lti_message_hint": "message",
        "lti_deployment_id": platform.deployment_id,
    }
    answer, path = browser.post(tool.login, asked), ""
    sent = parse_qs(urlsplit(answer.header("location")).query)
    claims = platform.claims(sent["nonce"][0], *who)
    form = {"state": sent["state"][0], "id_token": sign(platform, claims)}
    answer = browser.post(tool.launch, form)
    while answer.status in {302, 303}:
        path = answer.header("location").removeprefix(tool.url)
        answer = browser.get(path)
    if answer.status != 200 or tool.mark not in answer.body:
        raise SystemExit(f"A launch was not let in: {answer.status} {answer.body[:300]!r}")
    return path


def sign(platform: SmallPlatform, claims: dict[str, object]) -> str:
    """As SmallPlatform.sign, without the library's own checks of what it signs."""
    parts = [{"alg": "RS256", "typ": "JWT", "kid": platform.kid}, claims]
    head = b".".join(base64url_encode(json.dumps(part).encode()) for part in parts)
    signature = platform.key.sign(head, padding.PKCS1v15(), SHA256())
    return (head + b"." + base64url_encode(signature)).decode()


def drive(one: Callable[[int], None], clients: int, total: int) -> list[float]:
    """Seconds of every launch, sorted, `clients` of them at a time."""
    seconds: list[float] = []
    failed: list[BaseException] = []

    def client(first: int) -> None:
        try:
            for number in range(first, total, clients):
                begun = time.perf_counter()
                one(number)
                seconds.append(time.perf_counter() - begun)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=client, args=(first,)) for first in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sorted(seconds)
