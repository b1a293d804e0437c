"""Which of the service scopes we ask for a platform does not grant now (lti.md §8; canvas.md §2)."""

from __future__ import annotations

from datetime import UTC, datetime

from config.settings import Settings
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.service_tokens import ServiceTokens
from lms_sync.platforms.wire import Wire
from lti_tool.db import Database
from lti_tool.http import OutboundError, check_url, make_session
from lti_tool.plans.asked import scopes_of
from lti_tool.records.platform import Registration


def scopes_refused(registration: Registration, *, settings: Settings, database: Database) -> list[str]:
    """The scopes that the token service refuses while it grants or refuses each one by itself.

    Empty when it cannot be asked at all; `check_registration` says why.
    """
    wire = Wire(make_session(settings), registration.name or registration.issuer, wait=lambda _seconds: None)
    tokens = ServiceTokens(wire, database, registration)
    try:
        check_url(registration.token_url, settings)
        return [scope for scope in scopes_of(registration.product_family) if _is_refused(tokens, scope)]
    except (LmsError, OutboundError):
        return []
    finally:
        wire.session.close()


def _is_refused(tokens: ServiceTokens, scope: str) -> bool:
    try:
        tokens.get([scope], now=datetime.now(UTC), fresh=True)
    except LmsError as error:
        if error.code == "no_scope":
            return True
        raise
    return False
