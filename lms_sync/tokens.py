"""Access tokens that people allowed by OAuth2: renewed with their refresh token (canvas.md §6).

Canvas puts the new token in the old one's place, so of any number of processes only one may ask; the
others wait for what it gets. No transaction is open while Canvas is asked.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import CursorResult

from lms_sync.platforms.canvas_door import canvas_root
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.values import text
from lms_sync.platforms.wire import Wire
from lti_tool.db import Database
from lti_tool.records.platform import Connection

MARGIN = timedelta(minutes=2)
REFUSED = frozenset({400, 401, 403})
LEASE = timedelta(seconds=60)  # longer than an answer may take
LOOK_AGAIN = 1.0  # seconds
log = structlog.get_logger()


def is_stale(connection: Connection, now: datetime) -> bool:
    """Whether the token ends too soon for a run, and there is a way to renew it."""
    ends = connection.token_expires_at
    return can_renew(connection) and ends is not None and ends - MARGIN <= now


def can_renew(connection: Connection) -> bool:
    """Whether there is a refresh token and a key to use it with."""
    return bool(connection.refresh_token and connection.oauth_client_id and connection.oauth_secret)


def renew(connection: Connection, wire: Wire, database: Database, *, now: datetime) -> None:
    """Get a new access token, keep it, and put it on the given (detached) row.

    A token that somebody else has renewed, or allowed anew, since the row was read is taken as it is.

    Raises:
        LmsError: consent_gone when it was withdrawn, wrong_key, or why Canvas gave none.
    """
    owner = secrets.token_hex(16)
    waited = timedelta()
    # Whoever takes longer than they may, by whichever clock, is not waited for.
    while not _take(database, connection, owner, now + waited, patient=waited <= LEASE):
        if connection.renew_owner != owner:
            return
        wire.wait(LOOK_AGAIN)
        waited += timedelta(seconds=LOOK_AGAIN)
    try:
        token, life = _ask(connection, wire)
    except LmsError:
        _store(database, connection, owner)
        raise
    _store(database, connection, owner, token=token, token_expires_at=now + waited + life)
    log.info("connection.renewed", connection_id=connection.id)


def _take(
    database: Database, connection: Connection, owner: str, now: datetime, *, patient: bool = True
) -> bool:
    """Become the one who renews. False with our owner on the given row: wait; with another: it is done."""
    with database.write() as session:
        row = session.get_one(Connection, connection.id, with_for_update=True)
        if row.token and row.token != connection.token:
            _copy(row, connection)
            connection.renew_owner = ""
            return False
        connection.renew_owner = owner
        if patient and row.renew_owner and row.renew_until is not None and row.renew_until > now:
            return False
        row.renew_owner, row.renew_until = owner, now + LEASE
        connection.refresh_token = row.refresh_token
        connection.oauth_client_id, connection.oauth_secret = row.oauth_client_id, row.oauth_secret
        return True


def _store(database: Database, connection: Connection, owner: str, **values: Any) -> None:
    """Keep what came, if nobody has put another token there meanwhile; the row's own is used then."""
    with database.write() as session:
        mine = sa.update(Connection).where(Connection.id == connection.id, Connection.renew_owner == owner)
        done = session.execute(
            mine.values(renew_owner="", renew_until=None, **values).execution_options(
                synchronize_session=False
            )
        )
        if cast("CursorResult[Any]", done).rowcount == 1:
            for name, value in values.items():
                setattr(connection, name, value)
        else:
            _copy(session.get_one(Connection, connection.id), connection)


def _copy(row: Connection, connection: Connection) -> None:
    connection.token, connection.token_expires_at = row.token, row.token_expires_at
    connection.refresh_token = row.refresh_token


def _ask(connection: Connection, wire: Wire) -> tuple[str, timedelta]:
    form = {
        "grant_type": "refresh_token",
        "client_id": connection.oauth_client_id,
        "client_secret": connection.oauth_secret,
        "refresh_token": connection.refresh_token,
    }
    url = f"{canvas_root(connection.api_url)}/login/oauth2/token"
    response = wire.call(lambda: wire.session.post(url, data=form))
    if response.status_code not in (*REFUSED, 200):
        raise wire.error("server_error", status=response.status_code)
    answer = wire.json(response)
    answer = answer if isinstance(answer, dict) else {}
    if response.status_code in REFUSED:
        code = "wrong_key" if answer.get("error") == "invalid_client" else "consent_gone"
        raise wire.error(code, status=response.status_code)
    token = text(answer.get("access_token"), 8192)
    if not token:
        raise wire.error("wrong_shape", "a token answer without a token")
    return token, life_of(answer)


def life_of(answer: dict[str, Any]) -> timedelta:
    """How long a token lives; an hour where Canvas does not say."""
    seconds = answer.get("expires_in")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds <= 86_400:
        seconds = 3600
    return timedelta(seconds=seconds)
