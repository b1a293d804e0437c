"""Logins under way (lti.md §3): each is known by its state, which we signed, and is used up once.

The state says which registration began the login and when; the nonce and the browser's secret are made
from it with the installation's SECRET_KEY. So nothing is written for a login that nobody comes back from.
Coming back makes its row, `used_at` in it, and of any number of simultaneous callers exactly one does.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lti_tool.db import Driver
from lti_tool.launch.reasons import refuse
from lti_tool.launch.session import digest
from lti_tool.records.base import Plain, table_of
from lti_tool.records.launch import LoginState
from lti_tool.records.platform import Registration
from lti_tool.records.prepared import Prepared

LIFETIME = timedelta(minutes=5)
COOKIE_PATH = "/lti/launch"
CLEAR_EVERY = 64
PREFIX = "state-"  # pylti1p3 puts this in front of every state
LONGEST = 1024

# Built once: a launch is asked often, and building a statement costs more than running it.
_TABLE, _REGISTRATION = table_of(LoginState), table_of(Registration)
_COLUMNS = ("state_hash", "nonce_hash", "browser_hash", "registration_id", "storage_target")
_TIMES = ("created_at", "expires_at")
# What a login and its launch need to know of their registration.
REGISTRATION = Plain(
    (
        Registration,
        ["id", "issuer", "client_id", "auth_login_url", "token_url", "jwks_url", "active", "allow_anonymous"],
    )
)
_OF_LOGIN = Prepared(sa.select(*REGISTRATION.columns).where(_REGISTRATION.c.id == sa.bindparam("id")))
_USED_AT = Prepared(sa.select(_TABLE.c.used_at).where(_TABLE.c.state_hash == sa.bindparam("state_hash")))
_CLEAR = Prepared(sa.delete(_TABLE).where(_TABLE.c.expires_at < sa.bindparam("before")))


class Login(Protocol):
    """A login under way: what its state says, or its row (a login whose launch waits for a proof)."""

    state_hash: Any
    nonce_hash: Any
    browser_hash: Any
    registration_id: Any
    storage_target: Any
    created_at: Any
    expires_at: Any


@dataclass
class Said:
    """What a state of ours says. Hashes as in the login's row."""

    state_hash: str
    nonce_hash: str
    browser_hash: str
    registration_id: int
    storage_target: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class NewLogin:
    """What a login hands out: state and nonce to the platform, `browser` to the browser's cookie."""

    state: str
    nonce: str
    browser: str


class States:
    """Makes states and reads them. key: the installation's SECRET_KEY."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def begin(self, registration_id: int, now: datetime, *, storage_target: str = "") -> NewLogin:
        """A login that may be used for five minutes: 256 random bits and what we must know of it again."""
        facts = [secrets.token_urlsafe(32), registration_id, int(now.timestamp() * 1000), storage_target]
        return self._made_of(_text(json.dumps(facts, separators=(",", ":")).encode()))

    def read(self, state: str, now: datetime) -> Said:
        """The login this state belongs to. Raises Refusal: it is not one of ours, or too old."""
        said, _, _signature = state.removeprefix(PREFIX).rpartition(".")
        login = self._made_of(said) if len(state) <= LONGEST and state.isascii() else None
        if login is None or not hmac.compare_digest(login.state, state):
            raise refuse("state_unknown")
        _random, registration_id, milliseconds, storage_target = json.loads(urlsafe_b64decode(said + "==="))
        created_at = datetime.fromtimestamp(milliseconds / 1000, UTC)
        if created_at + LIFETIME <= now:
            raise refuse("state_unknown")
        return Said(
            digest(state),
            digest(login.nonce),
            digest(login.browser),
            registration_id,
            storage_target,
            created_at,
            created_at + LIFETIME,
        )

    def find(self, door: Driver, state: str, now: datetime) -> tuple[Said, Registration]:
        """The login this state belongs to, and its registration: their values only. Raises Refusal."""
        login = self.read(state, now)
        found = _OF_LOGIN.run(door, {"id": login.registration_id})
        if not found:
            raise refuse("state_unknown")
        (registration,) = REGISTRATION.split(found[0])
        return login, registration

    def _made_of(self, said: str) -> NewLogin:
        signature, nonce, browser = (self._signed(use, said) for use in ("state", "nonce", "browser"))
        return NewLogin(f"{PREFIX}{said}.{signature}", nonce, browser)

    def _signed(self, use: str, said: str) -> str:
        return _text(hmac.digest(self._key, f"login {use} {said}".encode(), "sha256"))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def cookie_name(state: str) -> str:
    """The cookie of one login; each login has its own, so two tabs do not disturb each other."""
    return f"plans_login_{digest(state)[:16]}"


def is_same_browser(login: Login, cookie: str) -> bool:
    """Whether the browser that posts is the one the login began in."""
    return bool(cookie) and hmac.compare_digest(login.browser_hash, digest(cookie))


def is_nonce_of(login: Login, nonce: object) -> bool:
    """Whether the token answers this very login."""
    return isinstance(nonce, str) and hmac.compare_digest(login.nonce_hash, digest(nonce))


def refuse_used(door: Driver, login: Login) -> None:
    """Raises Refusal where somebody came back from this login before."""
    found = _USED_AT.run(door, {"state_hash": login.state_hash})
    if found and found[0].used_at is not None:
        raise refuse("state_used")


def _use_up(insert: Callable[[sa.Table], Any]) -> Any:
    """Makes the login's row, or uses the one that waits: one row changes, none if it was used or is late."""
    names: dict[str, Any] = {name: sa.bindparam(f"login_{name}") for name in (*_COLUMNS, *_TIMES)}
    new = insert(_TABLE).values({**names, "used_at": sa.bindparam("now")})
    unused = sa.and_(_TABLE.c.used_at.is_(None), _TABLE.c.expires_at > new.excluded.used_at)
    return new.on_conflict_do_update(
        index_elements=[_TABLE.c.state_hash], set_={"used_at": new.excluded.used_at}, where=unused
    )


USE_UP = {"sqlite": _use_up(sqlite.insert), "postgresql": _use_up(postgresql.insert)}
_USE_UP = Prepared(USE_UP)


def values_of(login: Login) -> dict[str, Any]:
    """The values of USE_UP, but `now`."""
    return {f"login_{name}": getattr(login, name) for name in (*_COLUMNS, *_TIMES)}


def use_up(connection: sa.Connection | Driver, login: Login, now: datetime) -> None:
    """Use the login up, in the transaction that lets its launch in. Raises Refusal: it was used."""
    if _USE_UP.run(connection, {**values_of(login), "now": now}) != 1:
        raise refuse("state_used")


def clear_now_and_then(door: Driver, login: Login, now: datetime) -> None:
    """One login in 64 clears away those that ended an hour ago or earlier."""
    if int(login.state_hash[:8], 16) % CLEAR_EVERY == 0:
        _CLEAR.run(door, {"before": now - timedelta(hours=1)})
