"""What a launch cannot cost less than: one RS256 verification and two commits, on this machine."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.utils import base64url_decode

from lti_tool.db import sqlite_module
from tests.hostile.platform import SmallPlatform

TIMES = 300


def _cpu_ms(step: Callable[[], Any]) -> float:
    step()
    begun = time.process_time()
    for _ in range(TIMES):
        step()
    return (time.process_time() - begun) / TIMES * 1000


def floor_ms() -> dict[str, float]:
    """CPU milliseconds by step: the verification, directly and through PyJWT, and two SQLite commits."""
    platform = SmallPlatform("http://127.0.0.1", issuer="http://localhost")
    token = platform.sign(platform.claims("n", "s", "Learner"))
    public = platform.key.public_key()

    def verify() -> None:
        jwt.decode(token, public, algorithms=["RS256"], audience=platform.client_id)

    signed, _, last = token.rpartition(".")
    signature = base64url_decode(last)

    def verify_directly() -> None:
        public.verify(signature, signed.encode(), PKCS1v15(), SHA256())

    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite_module().connect(str(Path(folder) / "floor.sqlite"), isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT)")

        def commit_twice() -> None:
            for _ in range(2):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO row (text) VALUES ('a state, a nonce, a session')")
                connection.execute("COMMIT")

        steps = {
            "RS256": _cpu_ms(verify_directly),
            "RS256 through PyJWT": _cpu_ms(verify),
            "two commits (SQLite)": _cpu_ms(commit_twice),
        }
        connection.close()
    return steps
