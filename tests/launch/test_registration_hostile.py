"""Dynamic registration as somebody hostile calls it: private, slow, huge, wrong (lti.md §8)."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from pydantic import ValidationError

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.launch import registration
from lti_tool.launch.config_json import CANVAS
from lti_tool.launch.registration import AT_ONCE, Configuration, RegistrationRefused
from lti_tool.records.platform import Registration
from tests.house.test_outbound import DRIP_SECONDS, DRIPS, drip, speaking
from tests.launch.rig import Rig, running

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
STRICT = Settings(allow_private_network=False)
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")


@pytest.fixture(name="database_url")
def sqlite_url(tmp_path: Path) -> str:
    """What is sent out and refused is the same over any database."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def strict(settings: Settings, database: Database) -> Iterator[Rig]:
    """The tool as it runs in earnest: https and public addresses only."""
    with running(settings.model_copy(update={"allow_private_network": False}), database) as rig:
        yield rig


def ask(rig: Rig, url: str, **more: Any) -> requests.Response:
    values = {"openid_configuration": url, "registration_token": "t"}
    return requests.get(rig.url + "/lti/register", params=values, timeout=40, **more)


def count(rig: Rig) -> int:
    with rig.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Registration)) or 0


def answering(body: bytes, status: str = "200 OK", extra: str = "") -> Callable[[socket.socket], None]:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{extra}Connection: close\r\n\r\n".encode()
    return lambda client: client.sendall(head + body)


@pytest.mark.parametrize(
    "template",
    [
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/",
        "https://localhost:{port}/",
        "https://LOCALHOST.:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://2130706433:{port}/",
        "https://0x7f.1:{port}/",
        "https://user:word@127.0.0.1:{port}/",
        "https://lms.example\\@127.0.0.1:{port}/",
        "https://0:{port}/",
    ],
)
def test_no_private_address_is_ever_connected_to(strict: Rig, template: str) -> None:
    with speaking(answering(b"{}")) as (port, calls):
        for method in ("get", "post"):
            values = {"openid_configuration": template.format(port=port), "registration_token": "t"}
            how: dict[str, Any] = {"params": values} if method == "get" else {"data": values}
            answer = requests.request(method, strict.url + "/lti/register", timeout=30, **how)
            assert answer.status_code == 400
            assert "number" in answer.text
        assert calls == []
    assert count(strict) == 0


def test_a_redirect_is_not_followed(rig: Rig) -> None:
    with speaking(answering(b"{}")) as (inside, calls):
        place = f"Location: http://localhost:{inside}/secret\r\n"
        with speaking(answering(b"", "302 Found", place)) as (port, _):
            answer = ask(rig, f"http://localhost:{port}/c")
    assert answer.status_code == 400
    assert calls == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"<html>",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"issuer": 1}',
        b'{"issuer": "' + b"x" * 600 + b'"}',
        json.dumps(dict.fromkeys(("issuer", "authorization_endpoint", "token_endpoint"), "x")).encode(),
    ],
)
def test_what_is_no_configuration(rig: Rig, body: bytes) -> None:
    with speaking(answering(body)) as (port, _):
        answer = ask(rig, f"http://localhost:{port}/c")
    assert answer.status_code == 400
    assert count(rig) == 0


def test_a_huge_answer(rig: Rig) -> None:
    with speaking(answering(b" " * 3_000_000)) as (port, _):
        answer = ask(rig, f"http://localhost:{port}/c")
    assert answer.status_code == 400
    assert "far more" in answer.text


def test_a_slow_answer_ends_and_does_not_keep_others_waiting(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "TOTAL_SECONDS", 3.0)
    with speaking(drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a")) as (port, calls):
        started = time.monotonic()
        answer = ask(rig, f"http://localhost:{port}/c")
        assert time.monotonic() - started < DRIPS * DRIP_SECONDS / 2, "it did not wait for the end"
        assert answer.status_code == 400
        assert "too long" in answer.text
        assert len(calls) == 1
    assert rig.settings.web_threads > AT_ONCE, "launches go on meanwhile"


def said(**differs: str) -> dict[str, str]:
    base = "https://lms.example"
    return {"issuer": base, **{name: f"{base}/{name}" for name in ENDPOINTS}, **differs}


@pytest.mark.parametrize(
    ("configuration", "url"),
    [
        (said(), "https://elsewhere.example/c"),
        (said(), "https://lms.example:8443/c"),
        (said(), "http://lms.example/c"),
        (said(issuer="https://canvas.instructure.com"), "https://lms.example/c"),
        (said(issuer="https://lms.example.evil.example"), "https://lms.example/c"),
    ],
)
def test_a_configuration_that_speaks_for_another_host(configuration: dict[str, str], url: str) -> None:
    with pytest.raises(RegistrationRefused):
        registration.check_configuration(Configuration.model_validate(configuration), url, STRICT)


STRICT = Settings(allow_private_network=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            (name, f"https://lms.example/{odd}")
            for name in ("issuer", *ENDPOINTS)
            for odd in ("\0", "\r\nX: y")
        ),
        *(("issuer", f"https://lms.example{odd}") for odd in ("?a=b", "#a", "/a b", "/\u202e")),
        ("issuer", "https://somebody@lms.example"),
        ("authorization_server", "\0"),
    ],
)
def test_what_no_address_looks_like(name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        Configuration.model_validate(said(**{name: value}))


def test_a_configuration_may_leave_things_unsaid() -> None:
    unsaid = {"product_family_code": None, "version": None, CANVAS + "account_name": None}
    for platform in (None, {}, unsaid):
        found = Configuration.model_validate({**said(), PLATFORM: platform, "scopes_supported": None})
        assert (found.platform.product_family_code, found.scopes_supported) == ("", [])


@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"]
)
@pytest.mark.parametrize(
    "address", ["http://lms.example/x", "https://10.0.0.1/x", "javascript:alert(1)", "https://a@b/"]
)
def test_every_address_in_a_configuration_is_checked(name: str, address: str) -> None:
    configuration = Configuration.model_validate(said(**{name: address}))
    with pytest.raises(RegistrationRefused) as refused:
        registration.check_configuration(configuration, "https://lms.example/c", STRICT)
    assert refused.value.code == "address_refused"


def test_hosted_canvas_speaks_from_the_customers_domain() -> None:
    sso = "https://sso.canvaslms.com"
    right = said(
        issuer="https://canvas.instructure.com",
        authorization_endpoint=sso + "/api/lti/authorize_redirect",
        jwks_uri=sso + "/api/lti/security/jwks",
        token_endpoint="https://school.instructure.com/login/oauth2/token",
        registration_endpoint="https://school.instructure.com/api/lti/registrations",
    )
    url = "https://school.instructure.com/api/lti/security/openid-configuration"
    under_the_issuer = "https://canvas.instructure.com/api/lti/security/openid-configuration"
    registration.check_configuration(Configuration.model_validate(right), url, STRICT)
    vanity = {
        **right,
        "token_endpoint": "https://canvas.school.edu/login/oauth2/token",
        "registration_endpoint": "https://canvas.school.edu/api/lti/registrations",
    }
    registration.check_configuration(
        Configuration.model_validate(vanity), "https://canvas.school.edu/api/x", STRICT
    )
    for customer in (right, vanity):
        registration.check_configuration(Configuration.model_validate(customer), under_the_issuer, STRICT)
    for name in ("jwks_uri", "authorization_endpoint", "token_endpoint"):
        wrong = {**right, name: "https://evil.example/x"}
        for read_at in (url, under_the_issuer):
            with pytest.raises(RegistrationRefused):
                registration.check_configuration(Configuration.model_validate(wrong), read_at, STRICT)
    with pytest.raises(RegistrationRefused):
        elsewhere = "https://canvas.school.edu/api/x"
        registration.check_configuration(Configuration.model_validate(right), elsewhere, STRICT)
