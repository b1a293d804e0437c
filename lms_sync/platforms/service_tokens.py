"""LTI service tokens: asked for with our signature, kept encrypted, renewed a minute early (lti.md §7)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import jwt
import sqlalchemy as sa

from lms_sync.platforms.values import text
from lms_sync.platforms.wire import Wire
from lti_tool.db import Database
from lti_tool.launch.keys import signing_key
from lti_tool.records.platform import Registration, ServiceToken

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Moodle has no leeway on `iat`; clocks differ.
BACKDATED_SECONDS = 30
LIFE_SECONDS = 60
MARGIN = timedelta(seconds=60)
SCOPE_NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


class ServiceTokens:
    """The access tokens of one registration.

    pylti1p3's ServiceConnector backdates `iat` by 5 s only, keeps tokens for ever and in memory, and
    lower-cases the next page's address, so none of it can be used here.
    """

    def __init__(self, wire: Wire, database: Database, registration: Registration) -> None:
        self._wire = wire
        self._database = database
        self._registration = registration

    def get(self, scopes: Iterable[str], *, now: datetime, fresh: bool = False) -> str:
        """A token for these scopes; `fresh` leaves a kept one out (it was refused).

        Raises:
            LmsError: no_scope when the platform grants fewer, or why it gives none.
        """
        wanted = " ".join(sorted(scopes))
        if not fresh and (kept := self._kept(wanted, now)):
            return kept
        answer = self._ask(wanted, now)
        token, granted = text(answer.get("access_token"), 8192), text(answer.get("scope"), 4096)
        if not token:
            raise self._wire.error("wrong_shape", "a token answer without a token")
        if granted and not set(wanted.split()) <= set(granted.split()):
            raise self._wire.error("no_scope")
        seconds = answer.get("expires_in")
        life = seconds if isinstance(seconds, int) and 0 < seconds <= 86_400 else 300
        self._keep(wanted, token, granted, now + timedelta(seconds=life))
        return token

    def _kept(self, wanted: str, now: datetime) -> str | None:
        with self._database.read() as session:
            row = session.scalar(self._of(wanted))
            return row.token if row is not None and row.expires_at - MARGIN > now else None

    def _of(self, wanted: str) -> sa.Select[ServiceToken]:
        return sa.select(ServiceToken).where(
            ServiceToken.registration_id == self._registration.id, ServiceToken.scopes == wanted
        )

    def _keep(self, wanted: str, token: str, granted: str, expires_at: datetime) -> None:
        try:
            with self._database.write() as session:
                row = session.scalar(self._of(wanted))
                if row is None:
                    row = ServiceToken(registration_id=self._registration.id, scopes=wanted)
                    session.add(row)
                row.token, row.granted_scopes, row.expires_at = token, granted[:1024], expires_at
        except sa.exc.IntegrityError:
            return  # another worker kept one in the same moment; ours is as good for this run

    def _ask(self, wanted: str, now: datetime) -> dict[str, Any]:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(now),
            "scope": wanted,
        }
        url = self._registration.token_url
        response = self._wire.call(lambda: self._wire.session.post(url, data=form))
        if response.status_code >= 500:
            raise self._wire.error("server_error", status=response.status_code)
        if response.status_code != 200:
            raise self._refusal(response.content)
        answer = self._wire.json(response)
        if not isinstance(answer, dict):
            raise self._wire.error("wrong_shape", "a token answer that is no object")
        return answer

    def _refusal(self, body: bytes) -> Exception:
        """Moodle's own error answers are not always valid JSON, so only words are looked for."""
        if b"invalid_scope" in body:
            return self._wire.error("no_scope")
        if b"kid" in body or b"JWK" in body:
            return self._wire.error("assertion_refused", "it does not find our key")
        if b"invalid_client" in body:
            return self._wire.error("assertion_refused", "it does not know our client id")
        return self._wire.error("assertion_refused", "signature, audience or clock")

    def _assertion(self, now: datetime) -> str:
        with self._database.read() as session:
            key = signing_key(session)
            if key is None:
                raise self._wire.error("no_signing_key")
            pem, kid = key.private_pem, key.kid
        seconds = int(now.timestamp())
        claims = {
            "iss": self._registration.client_id,
            "sub": self._registration.client_id,
            "aud": self._registration.token_audience or self._registration.token_url,
            "iat": seconds - BACKDATED_SECONDS,
            "exp": seconds + LIFE_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, pem, algorithm="RS256", headers={"kid": kid})
