"""The practice LMS told to fail: slow, 500 on page N, throttled, expired, cut short, HTML, huge, dripping.

It also writes down each answered request in `world.requests`, so that a test can count them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta

from flask import Flask, Response, g, jsonify, request

from tests.sandbox_lms.canvas_api_throttle import throttled
from tests.sandbox_lms.canvas_api_viewer import given_token
from tests.sandbox_lms.paging import page_number
from tests.sandbox_lms.world import Fault, World

REMEMBERED = 20_000
LOGIN_PAGE = """<!DOCTYPE html>
<html><head><title>Log in</title></head><body><h1>Log in to continue</h1></body></html>"""


def install_faults(app: Flask, world: World) -> None:
    """Hook the world's faults and its request book into every door of this app."""

    @app.before_request
    def act() -> Response | None:
        fault = _due(world)
        g.fault = fault
        if fault is None:
            return None
        if fault.kind == "slow":
            fault.over.wait(fault.seconds)
        return _answer_of(world, fault)

    @app.after_request
    def write_down(answer: Response) -> Response:
        fault: Fault | None = g.get("fault")
        if fault is not None and fault.kind == "truncate":
            answer = _cut(answer, right_length=fault.right_length)
        if fault is not None and fault.kind == "odd_row":
            answer = _odd(answer)
        with world.lock:
            world.requests.append(
                {
                    "method": request.method,
                    "path": request.path,
                    "query": " ".join(sorted({name.removesuffix("[]") for name in request.args})),
                    "status": str(answer.status_code),
                    "function": request.values.get("wsfunction", ""),
                }
            )
            del world.requests[:-REMEMBERED]
        return answer


def _due(world: World) -> Fault | None:
    """The first fault that is to strike this request, counted and, when used up, taken away."""
    target = f"{request.path}?wsfunction={request.values.get('wsfunction', '')}"
    with world.lock:
        for fault in world.faults:
            if fault.path not in target:
                continue
            fault.seen += 1
            if fault.page is not None and fault.page != (_page() or fault.seen):
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    world.faults.remove(fault)
            return fault
    return None


def _page() -> int | None:
    """The page a request names, in Canvas's ways or by a start and a count; None = it names none."""
    named = page_number(request)
    if named is not None:
        return named
    for start, count in (("limitfrom", "limitnumber"), ("from", "limit")):
        first, size = _value(start), _value(count)
        if first is not None and size:
            return first // size + 1
    return None


def _value(name: str) -> int | None:
    """A number given plainly, or as one of Moodle's options[N][name] and [value]."""
    text = request.values.get(name, "")
    for key, value in request.values.items():
        if key.startswith("options[") and key.endswith("][name]") and value == name:
            text = request.values.get(key.replace("[name]", "[value]"), "")
    return int(text) if text.isdigit() else None


def _answer_of(world: World, fault: Fault) -> Response | None:
    """The whole answer of a fault that has one; None = the door answers."""
    if fault.kind == "error":
        return _error(world, fault.status)
    if fault.kind == "throttle":
        return throttled(fault.status if fault.status in {403, 429} else 403, fault.seconds)
    if fault.kind == "expire_token":
        _expire(world)
    if fault.kind == "html":
        return Response(LOGIN_PAGE, 200, content_type="text/html; charset=utf-8")
    if fault.kind == "drip":
        return Response(_drip(fault.seconds), 200, content_type="application/json; charset=utf-8")
    if fault.kind == "huge":
        return Response(_huge(fault.size), 200, content_type="application/json; charset=utf-8")
    return None


def _error(world: World, status: int) -> Response:
    if world.personality == "moodle":
        return Response("<html><body><h1>Error</h1></body></html>", status, content_type="text/html")
    answer = jsonify({"errors": [{"message": "An error occurred.", "error_code": "internal_server_error"}]})
    answer.status_code = status
    return answer


def _expire(world: World) -> None:
    """The token of this request is over from now on: an API token's, or a service token's."""
    with world.lock:
        text = request.values.get("wstoken", "") or given_token(request)
        for token in (world.tokens.get(text), world.lti.tokens.get(text)):
            if token is not None:
                token.expires_at = world.now() - timedelta(seconds=1)


def _cut(answer: Response, *, right_length: bool) -> Response:
    """Half the body: with its own length (broken JSON), or the whole one's (a broken connection)."""
    body = answer.get_data()
    answer.set_data(body[: len(body) // 2])
    if not right_length:
        answer.automatically_set_content_length = False
        answer.headers["Content-Length"] = str(len(body))
    return answer


def _odd(answer: Response) -> Response:
    """The first row of a list, of the list in its first row or under a name, nobody can make sense of."""
    body = answer.get_json()
    outer = body if isinstance(body, dict) else body[0]
    inner = next((value for value in outer.values() if isinstance(value, list) and value), None)
    (inner or body)[0] = {"id": None, "user_id": {}}
    answer.set_data(json.dumps(body))
    return answer


def _drip(seconds: float) -> Iterator[bytes]:
    """A JSON list that does not end for a minute, though no silence is long enough to be a timeout."""
    yield b"["
    until = time.monotonic() + 60
    while time.monotonic() < until:
        time.sleep(seconds)
        yield b" "
    yield b"]"


def _huge(size: int) -> Iterator[bytes]:
    """A JSON list of `size` bytes or a little more, in pieces, without Content-Length."""
    row = b'{"id":1,"score":1.0,"padding":"' + b"x" * 65_000 + b'"}'
    sent = 0
    yield b"["
    while sent < size:
        yield row if sent == 0 else b"," + row
        sent += len(row)
    yield b"]"
