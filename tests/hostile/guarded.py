"""What a stranger sends beside launches: odd methods, huge bodies, others' sessions, odd pickers."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.hostile.platform import DL, LTI, SmallPlatform
from tests.hostile.refused import FORM
from tests.hostile.rows import Row, without
from tests.hostile.visit import TIMEOUT, Send, Visit, new_browser


def _by_method(method: str) -> Callable[[SmallPlatform], Send]:
    def ready(platform: SmallPlatform) -> Send:
        visit = Visit(platform)
        form = {"state": visit.state, "id_token": platform.sign(visit.claims)}
        address = platform.tool_url + "/lti/launch"
        where = {"params": form} if method == "GET" else {"data": form}
        return lambda: visit.browser.request(method, address, timeout=TIMEOUT, **where)

    return ready


def _body(make: Callable[[], Any], **headers: str) -> Callable[[SmallPlatform], Send]:
    def ready(platform: SmallPlatform) -> Send:
        address = platform.tool_url + "/lti/launch"
        return lambda: requests.post(address, data=make(), headers={**FORM, **headers}, timeout=TIMEOUT)

    return ready


def _broken_chunks(platform: SmallPlatform) -> Send:
    """A body that says it comes in chunks, and does not."""

    def send() -> requests.Response:
        at = urlsplit(platform.tool_url)
        kind = http.client.HTTPSConnection if at.scheme == "https" else http.client.HTTPConnection
        line = kind(at.hostname or "", at.port, timeout=TIMEOUT)
        line.putrequest("POST", "/lti/launch")
        for name, value in {**FORM, "Transfer-Encoding": "chunked", "Connection": "close"}.items():
            line.putheader(name, value)
        line.endheaders()
        line.send(b"no length\r\nstate=x\r\n0\r\n\r\n")
        said, answer = line.getresponse(), requests.Response()
        answer.status_code, answer._content, answer.encoding = said.status, said.read(), "utf-8"
        return answer

    return send


def _opened(platform: SmallPlatform) -> tuple[str, str]:
    """(address of the session, its secret) of somebody who is in."""
    visit = Visit(platform, "Instructor")
    page = visit.post()
    found = re.match(r"https?://[^/]+/s/[^/]+/", page.url)
    secret = next(cookie.value for cookie in visit.browser.cookies if cookie.path.startswith("/s/"))
    assert found
    assert secret
    return found.group(), secret


def _anothers(how: Callable[[str], dict[str, Any]]) -> Callable[[SmallPlatform], Send]:
    """One launch's address with another launch's secret."""

    def ready(platform: SmallPlatform) -> Send:
        address, (_, secret) = _opened(platform)[0], _opened(platform)
        return lambda: new_browser().get(address, timeout=TIMEOUT, **how(secret))

    return ready


def _no_longer_a_teacher(platform: SmallPlatform) -> Send:
    """A page that was opened as a teacher, after the LMS said that this person learns here now."""
    before = Visit(platform, "Instructor")
    address = before.post().url
    assert Visit(platform, "Learner", before.sub).post().status_code == 200
    return lambda: before.browser.get(address, timeout=TIMEOUT)


def _own_in_the_address(platform: SmallPlatform) -> Send:
    address, secret = _opened(platform)
    return lambda: new_browser().get(address, params={"plans_launch": secret}, timeout=TIMEOUT)


def _picker(role: str, **settings: Any) -> Callable[[SmallPlatform], Send]:
    def ready(platform: SmallPlatform) -> Send:
        visit = Visit(platform, role)
        without(LTI + "resource_link")(visit.claims)
        visit.claims |= {
            LTI + "message_type": "LtiDeepLinkingRequest",
            DL + "deep_linking_settings": {
                "deep_link_return_url": platform.issuer + "/back",
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["iframe"],
                **settings,
            },
        }
        return visit.post

    return ready


def _get(path: str) -> Callable[[SmallPlatform], Send]:
    def ready(platform: SmallPlatform) -> Send:
        asked = requests.Request("GET", platform.tool_url).prepare()
        asked.url = platform.tool_url + path  # as it stands, without tidying
        return lambda: new_browser().send(asked, timeout=TIMEOUT, allow_redirects=False)

    return ready


def _from_another_site(path: str) -> Callable[[SmallPlatform], Send]:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
    return lambda platform: lambda: requests.post(platform.tool_url + path, headers=headers, timeout=TIMEOUT)


SETTINGS_URL = "deep_link_return_url"
ROWS: dict[str, Callable[[SmallPlatform], Send]] = {
    **{f"a launch by {method}": _by_method(method) for method in ("GET", "PUT", "DELETE", "PATCH", "TRACE")},
    "a body of 700,000 characters": _body(lambda: "id_token=" + "x" * 700_000),
    "a body without a length, endless": _body(lambda: iter([b"x" * 50_000] * 40)),
    "a body in broken chunks": _broken_chunks,
    "100,000 fields": _body(lambda: "&".join(["a"] * 100_000)),
    "2,000 parts": _body(
        lambda: (
            b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(2000))
            + b"--x--\r\n"
        ),
        **{"Content-Type": "multipart/form-data; boundary=x"},
    ),
    "another launch's secret as a header": _anothers(lambda secret: {"headers": {"X-Plans-Launch": secret}}),
    "another launch's secret as a cookie": _anothers(
        lambda secret: {"headers": {"Cookie": f"plans_launch={secret}; plans_launch_plain={secret}"}}
    ),
    "the launch's secret in the address": _own_in_the_address,
    "a page of somebody who teaches here no more": _no_longer_a_teacher,
    "a session that never was": _get("/s/AAAAAAAAAAAAAAAAAAAAAA/"),
    "a picker opened by a student": _picker("Learner"),
    "a picker without its settings": _picker("Instructor", deep_link_return_url=None),
    "a picker that wants its answer at a script": _picker(
        "Instructor", **{SETTINGS_URL: "javascript:alert(1)"}
    ),
    "a picker that wants its answer on another plain host": _picker(
        "Instructor", **{SETTINGS_URL: "http://elsewhere.example/back"}
    ),
    "a picker whose answer's address hides its host": _picker(
        "Instructor", **{SETTINGS_URL: "https://lms.example@elsewhere.example/back"}
    ),
    "a file outside the static folder": _get("/static/../pyproject.toml"),
    "a file outside, percent-encoded": _get("/static/%2e%2e/%2e%2e/pyproject.toml"),
    "a file outside, with encoded slashes": _get("/static/..%2f..%2fpyproject.toml"),
    "a NUL in an address": _get("/static/%00"),
    "half a character in an address": _get("/%ff"),
    "a registration at a private address": _get("/lti/register?openid_configuration=http://127.0.0.1:1/x"),
    "a registration at a file": _get("/lti/register?openid_configuration=file:///etc/passwd"),
    "a registration without an address": _get("/lti/register"),
    "a registration with a made-up invitation": _get("/lti/register/made-up?openid_configuration=x"),
    "a proof from another site": _from_another_site("/lti/launch/proof"),
    "a registration from another site": _from_another_site("/lti/register"),
}
GUARDED = [Row(name, ready) for name, ready in ROWS.items()]
