"""Logins under way: state, nonce and browser in one row, consumed once and atomically (lti.md §3).

Only hashes are kept. A row lives five minutes and belongs to one registration and one browser.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from lti_tool.db import Driver
from lti_tool.launch.reasons import refuse
from lti_tool.launch.session import digest
from lti_tool.records.base import Plain, table_of
from lti_tool.records.launch import LoginState
from lti_tool.records.platform import Registration
from lti_tool.records.prepared import Prepared, Step, insert_into

LIFETIME = timedelta(minutes=5)
COOKIE_PATH = "/lti/launch"
CLEAR_EVERY = 64

# Built once: a launch is asked often, and building a statement costs more than running it.
_TABLE, _REGISTRATION = table_of(LoginState), table_of(Registration)
_NEW_LOGIN = insert_into(_TABLE, "used_at")
_CLEAR = Prepared(sa.delete(_TABLE).where(_TABLE.c.expires_at < sa.bindparam("before")))
_PARTS = Plain(LoginState, Registration)
_LOGIN = Prepared(
    sa.select(*_PARTS.columns)
    .select_from(_TABLE)
    .join(_REGISTRATION, _REGISTRATION.c.id == _TABLE.c.registration_id)
    .where(_TABLE.c.state_hash == sa.bindparam("state_hash"))
)
_CONSUME = Prepared(
    sa.update(_TABLE)
    .where(
        _TABLE.c.id == sa.bindparam("login_id"),
        _TABLE.c.used_at.is_(None),
        _TABLE.c.expires_at > sa.bindparam("now"),
    )
    .values(used_at=sa.bindparam("now"))
)


@dataclass(frozen=True)
class NewLogin:
    """What a login hands out: state and nonce to the platform, `browser` to the browser's cookie."""

    state: str
    nonce: str
    browser: str


def make_login() -> NewLogin:
    """Three fresh random values, 256 bits each."""
    return NewLogin(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(32))


def cookie_name(state: str) -> str:
    """The cookie of one login; each login has its own, so two tabs do not disturb each other."""
    return f"plans_login_{digest(state)[:16]}"


def save_login(
    connection: Driver,
    login: NewLogin,
    registration_id: int,
    now: datetime,
    *,
    storage_target: str = "",
) -> None:
    """Remember a login; one in 64 clears away those that ended an hour ago or earlier."""
    state_hash = digest(login.state)
    _NEW_LOGIN.run(
        connection,
        {
            "state_hash": state_hash,
            "nonce_hash": digest(login.nonce),
            "browser_hash": digest(login.browser),
            "registration_id": registration_id,
            "storage_target": storage_target,
            "created_at": now,
            "expires_at": now + LIFETIME,
        },
    )
    if int(state_hash[:8], 16) % CLEAR_EVERY == 0:
        _CLEAR.run(connection, {"before": now - timedelta(hours=1)})


def find_login(connection: Driver, state: str, now: datetime) -> tuple[LoginState, Registration]:
    """The login this state belongs to, and its registration: their values only.

    Raises:
        Refusal: the state is unknown, too old or used.
    """
    found = _LOGIN.run(connection, {"state_hash": digest(state)})
    if not found:
        raise refuse("state_unknown")
    login, registration = _PARTS.split(found[0])
    if login.expires_at <= now:
        raise refuse("state_unknown")
    if login.used_at is not None:
        raise refuse("state_used")
    return login, registration


def is_same_browser(row: LoginState, cookie: str) -> bool:
    """Whether the browser that posts is the one the login began in."""
    return bool(cookie) and hmac.compare_digest(row.browser_hash, digest(cookie))


def is_nonce_of(row: LoginState, nonce: object) -> bool:
    """Whether the token answers this very login."""
    return isinstance(nonce, str) and hmac.compare_digest(row.nonce_hash, digest(nonce))


def consumed(login_id: int, now: datetime) -> Step:
    """Uses the login up: of any number of simultaneous callers exactly one changes a row by it."""
    return _CONSUME, {"login_id": login_id, "now": now}
