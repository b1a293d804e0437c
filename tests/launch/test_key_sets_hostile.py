"""Key sets no platform should publish: a launch is refused with a page, and the next is not harmed."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.launch.keysets import KeySets
from lti_tool.launch.refusal import Refusal
from tests.hostile.platform import SmallPlatform
from tests.hostile.visit import Visit, is_accepted, is_refused
from tests.house.test_outbound import speaking
from tests.launch.rig import Rig
from tests.launch.suite import introduce, kept

BOMB = gzip.compress(b" " * 50_000_000)


def one_key(**parts: str) -> bytes:
    """A set of one RSA key under the kid that the token names."""
    return json.dumps({"keys": [{"kty": "RSA", "kid": "the-key"} | parts]}).encode()


WRONG: dict[str, tuple[int, dict[str, str], bytes]] = {
    "a fault": (500, {}, b"{}"),
    "nothing": (200, {}, b""),
    "a page": (200, {"Content-Type": "text/html"}, b"<html>down</html>"),
    "a number that is none": (200, {}, b'{"keys": [{"kid": "the-key", "kty": "RSA", "x": NaN, "e": NaN}]}'),
    "a list": (200, {}, b"[]"),
    "keys that are no list": (200, {}, b'{"keys": {}}'),
    "keys that are no objects": (200, {}, b'{"keys": [1, null, "x", []]}'),
    "keys without their numbers": (200, {}, one_key()),
    "numbers that are none": (200, {}, one_key(n="!!", e="AQAB")),
    "an exponent of 1": (200, {}, one_key(n="v" * 342, e="AQ")),
    "a key for encryption": (200, {}, one_key(n="v" * 342, e="AQAB", use="enc")),
    "nested without end": (200, {}, b"[" * 100_000),
    "a megabyte": (200, {}, b" " * 1_100_000 + b"{}"),
    "a packed bomb": (200, {"Content-Encoding": "gzip"}, BOMB),
    "packed wrongly": (200, {"Content-Encoding": "gzip"}, b"not gzip"),
    "somewhere else": (302, {"Location": "http://127.0.0.1:9/jwks"}, b""),
}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here is the database's."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.mark.parametrize("what", WRONG)
def test_a_key_set_that_is_none(rig: Rig, what: str) -> None:
    with SmallPlatform(rig.url) as platform:
        introduce(rig, platform)
        platform.answer_instead = WRONG[what]
        assert is_refused(Visit(platform).post())
        assert set(kept(rig).values()) == {0}
        platform.answer_instead = None
        rig.clock.ahead = timedelta(minutes=61)  # a set that was read counts for an hour
        later = int(rig.clock.ahead.total_seconds())
        visit = Visit(platform)
        visit.claims |= {"iat": visit.claims["iat"] + later, "exp": visit.claims["exp"] + later}
        assert is_accepted(visit.post())


def test_one_slow_platform_keeps_nobody_else_waiting(database: Database, settings: Settings) -> None:
    key_sets, asked, go_on = KeySets(settings, database), threading.Event(), threading.Event()
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def slow(client: socket.socket) -> None:
        asked.set()
        go_on.wait(60)
        client.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"keys":[]}')

    def ask(url: str, later: timedelta = timedelta()) -> str:
        with pytest.raises(Refusal) as refused:
            key_sets.key(url, "any", now + later)
        return refused.value.code

    with speaking(slow) as (port, _calls), SmallPlatform("http://localhost") as quick:
        waiting = threading.Thread(target=ask, args=(f"http://localhost:{port}/jwks",))
        waiting.start()
        assert asked.wait(60)
        assert ask(quick.issuer + "/jwks") == "kid_unknown"
        assert key_sets.key(quick.issuer + "/jwks", quick.kid, now)
        go_on.set()
        waiting.join()


def test_a_platform_that_falls_silent_goes_on_with_the_keys_it_had(
    database: Database, settings: Settings
) -> None:
    key_sets, now = KeySets(settings, database), datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    with SmallPlatform("http://localhost") as platform:
        url = platform.issuer + "/jwks"
        assert key_sets.key(url, platform.kid, now)
        platform.answer_instead = WRONG["a fault"]
        reads = platform.key_set_reads
        for second in (0, 10, 50, 70):
            assert key_sets.key(url, platform.kid, now + timedelta(minutes=61, seconds=second))
        assert platform.key_set_reads - reads == 2, "asked again once a minute"
