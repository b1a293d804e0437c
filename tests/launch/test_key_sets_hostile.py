"""Key sets no platform should publish: a launch is refused with a page, and the next is not harmed."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.hostile.platform import SmallPlatform
from tests.hostile.visit import Visit, is_accepted, is_refused
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
