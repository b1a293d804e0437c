"""Access tokens that people allowed by OAuth2: renewed with their refresh token (canvas.md §6)."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from lms_sync.platforms.wire import Wire, text
from lti_tool.db import Database
from lti_tool.records.platform import Connection

MARGIN = timedelta(minutes=2)
REFUSED = frozenset({400, 401, 403})
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

    Canvas does not change the refresh token, so two workers renewing at once both get a good one; no
    transaction is open while Canvas is asked.

    Raises:
        LmsError: token_dead when the consent was withdrawn, or why Canvas gave none.
    """
    base = connection.api_url.rstrip("/").removesuffix("/api/v1").rstrip("/")
    form = {
        "grant_type": "refresh_token",
        "client_id": connection.oauth_client_id,
        "client_secret": connection.oauth_secret,
        "refresh_token": connection.refresh_token,
    }
    response = wire.call(lambda: wire.session.post(f"{base}/login/oauth2/token", data=form))
    if response.status_code in REFUSED:
        raise wire.error("token_dead", status=response.status_code)
    if response.status_code != 200:
        raise wire.error("server_error", status=response.status_code)
    answer = wire.json(response)
    token = text(answer.get("access_token"), 8192) if isinstance(answer, dict) else ""
    if not token:
        raise wire.error("wrong_shape", "a token answer without a token")
    seconds = answer.get("expires_in")
    life = seconds if isinstance(seconds, int) and 0 < seconds <= 86_400 else 3600
    connection.token, connection.token_expires_at = token, now + timedelta(seconds=life)
    with database.write() as session:
        session.execute(
            sa.update(Connection)
            .where(Connection.id == connection.id)
            .values(token=token, token_expires_at=connection.token_expires_at)
        )
    log.info("connection.renewed", connection_id=connection.id)
