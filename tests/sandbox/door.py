"""Calls of the practice LMS's own APIs over real HTTP, as a client makes them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from werkzeug.serving import make_server

from tests.sandbox_lms.server import Quiet, build_app
from tests.sandbox_lms.world import World

Params = list[tuple[str, str | int]]


@contextmanager
def listening(world: World) -> Iterator[str]:
    """The world's server on a free port of localhost, stopped at once afterwards; its address."""
    server = make_server("localhost", 0, build_app(world), threaded=True, request_handler=Quiet)
    world.issuer = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield world.issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def canvas(url: str, path: str, token: str, params: Params | None = None) -> requests.Response:
    """GET /api/v1/…; `path` may be a whole address taken from a Link header."""
    address = path if path.startswith("http") else f"{url}/api/v1{path}"
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(address, params=params or [], headers=headers, timeout=60)


def links(answer: requests.Response) -> dict[str, str]:
    """rel → address of a Link header."""
    found = re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers.get("Link", ""))
    return {rel: address for address, rel in found}


def all_rows(url: str, path: str, token: str, params: Params | None = None) -> list[dict[str, Any]]:
    """Every row, following `next`."""
    answer = canvas(url, path, token, params)
    answer.raise_for_status()
    rows: list[dict[str, Any]] = answer.json()
    while "next" in links(answer):
        answer = canvas(url, links(answer)["next"], token)
        answer.raise_for_status()
        rows += answer.json()
    return rows


def moodle_raw(url: str, token: str, function: str, **params: Any) -> requests.Response:
    """POST to the REST server, parameters flattened as Moodle wants them, the token in the body."""
    form = {"wstoken": token, "wsfunction": function, "moodlewsrestformat": "json"} | flatten(params)
    return requests.post(f"{url}/webservice/rest/server.php", data=form, timeout=60)


def moodle(url: str, token: str, function: str, **params: Any) -> Any:
    answer = moodle_raw(url, token, function, **params)
    assert answer.status_code == 200
    return answer.json()


def flatten(value: Any, prefix: str = "") -> dict[str, str]:
    """{"options": [{"name": "x"}]} → {"options[0][name]": "x"}."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found: dict[str, str] = {}
    for key, inner in pairs:
        name = f"{prefix}[{key}]" if prefix else str(key)
        found |= flatten(inner, name) if isinstance(inner, dict | list) else {name: str(inner)}
    return found
