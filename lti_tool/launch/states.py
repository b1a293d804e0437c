"""Logins under way: state, nonce and browser in one row, consumed once and atomically (lti.md §3).

Only hashes are kept. A row lives five minutes and belongs to one registration and one browser.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.launch.reasons import refuse
from lti_tool.launch.session import digest
from lti_tool.records.launch import LoginState

LIFETIME = timedelta(minutes=5)
COOKIE_PATH = "/lti/launch"


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
    session: Session, login: NewLogin, registration_id: int, now: datetime, *, storage_target: str = ""
) -> None:
    """Remember a login; clears away those that ended an hour ago or earlier."""
    session.execute(sa.delete(LoginState).where(LoginState.expires_at < now - timedelta(hours=1)))
    session.add(
        LoginState(
            state_hash=digest(login.state),
            nonce_hash=digest(login.nonce),
            browser_hash=digest(login.browser),
            registration_id=registration_id,
            storage_target=storage_target,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )


def find_login(session: Session, state: str, now: datetime) -> LoginState:
    """The login this state belongs to; raises Refusal when it is unknown, too old or used."""
    row = session.scalar(sa.select(LoginState).where(LoginState.state_hash == digest(state)))
    if row is None or row.expires_at <= now:
        raise refuse("state_unknown")
    if row.used_at is not None:
        raise refuse("state_used")
    return row


def is_same_browser(row: LoginState, cookie: str) -> bool:
    """Whether the browser that posts is the one the login began in."""
    return bool(cookie) and hmac.compare_digest(row.browser_hash, digest(cookie))


def is_nonce_of(row: LoginState, nonce: object) -> bool:
    """Whether the token answers this very login."""
    return isinstance(nonce, str) and hmac.compare_digest(row.nonce_hash, digest(nonce))


def consume(session: Session, login_id: int, now: datetime) -> bool:
    """Use the login up. Of any number of simultaneous callers exactly one gets True."""
    done = session.execute(
        sa.update(LoginState)
        .where(LoginState.id == login_id, LoginState.used_at.is_(None), LoginState.expires_at > now)
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]
