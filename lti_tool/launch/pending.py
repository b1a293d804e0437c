"""Pending launches: genuine, but their browser has yet to prove itself by Platform Storage (lti.md §5).

A row lives five minutes and is taken away in the transaction that lets the launch in, so of any
number of proofs exactly one wins.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.launch.claimed import facts_of_claims, logged_as
from lti_tool.launch.reasons import refuse
from lti_tool.launch.session import digest
from lti_tool.launch.states import LIFETIME, Login, is_same_browser
from lti_tool.records.launch import LoginState, PendingLaunch


def keep_waiting(session: Session, login: Login, claims: dict[str, Any], now: datetime) -> str:
    """Keep verified claims until the proof comes; returns the ticket to send back with it.

    Raises Refusal: the login was used.
    """
    ticket = secrets.token_urlsafe(32)
    session.execute(sa.delete(PendingLaunch).where(PendingLaunch.expires_at <= now))
    session.add(
        PendingLaunch(
            ticket_hash=digest(ticket),
            login_id=_row_of(session, login),
            claims=json.dumps(claims),
            expires_at=now + LIFETIME,
        )
    )
    return ticket


def _row_of(session: Session, login: Login) -> int:
    """The row of a login that waits, made the first time."""
    this = sa.select(LoginState).where(LoginState.state_hash == login.state_hash)
    row = session.scalar(this)
    if row is None:
        row = LoginState(**vars(login))
        try:
            with session.begin_nested():
                session.add(row)
        except sa.exc.IntegrityError:  # the same launch came twice at once
            row = session.scalars(this).one()
    if row.used_at is not None:
        raise refuse("state_used")
    return row.id


def take(session: Session, ticket: str, proof: str, now: datetime) -> tuple[LoginState, dict[str, Any]]:
    """The login and claims that wait under this ticket, taken away.

    Args:
        proof: what the login put into Platform Storage; only the browser of the login has it.

    Raises:
        Refusal: no such ticket, taken already, too late, or the proof of another browser.
    """
    row = session.scalar(sa.select(PendingLaunch).where(PendingLaunch.ticket_hash == digest(ticket)))
    if row is None or row.expires_at <= now:
        raise refuse("state_unknown")
    login, claims = session.get_one(LoginState, row.login_id), json.loads(row.claims)
    with logged_as(lambda: facts_of_claims(claims)):
        if not is_same_browser(login, proof):
            raise refuse("browser_differs")
        taken = session.execute(
            sa.delete(PendingLaunch)
            .where(PendingLaunch.id == row.id)
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            raise refuse("state_used")
    return login, claims
