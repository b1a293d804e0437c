"""What a platform remembers of its LTI doors: signing keys, launches under way, tokens it gave out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.keystock import KeyStock

OLD_KEY_LIFE = timedelta(days=1)


@dataclass
class PlatformKey:
    """One signing key. retired_at: when a newer key took over; it stays published for OLD_KEY_LIFE."""

    kid: str
    private_pem: str
    retired_at: datetime | None = None

    def public_jwk(self) -> dict[str, str]:
        private = serialization.load_pem_private_key(self.private_pem.encode(), password=None)
        assert isinstance(private, rsa.RSAPrivateKey)
        numbers = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
        return {
            "kty": "RSA",
            "alg": "RS256",
            "kid": self.kid,
            "e": numbers["e"],
            "n": numbers["n"],
            "use": "sig",
        }


@dataclass
class PendingLaunch:
    """A launch between the login initiation and the authorization: what the message hint points at."""

    client_id: str
    deployment_id: str
    person_id: int
    course_id: int
    link_id: str
    message_type: str
    created_at: datetime
    used: bool = False
    for_person_id: int | None = None
    placement: str = "link_selection"


@dataclass
class ServiceToken:
    """An access token for NRPS and AGS."""

    client_id: str
    scopes: list[str]
    expires_at: datetime


@dataclass
class RegistrationToken:
    """Lets a tool register itself once."""

    client_id: str
    expires_at: datetime
    used: bool = False


_FRESH = KeyStock()


def new_key(private: rsa.RSAPrivateKey | None = None) -> PlatformKey:
    private = private or _FRESH()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return PlatformKey(kid=secrets.token_hex(10), private_pem=pem.decode())


@dataclass
class LtiState:
    """All of it. Only `keys` outlive the process; the rest ends with it, as in a real LMS's cache."""

    keys: list[PlatformKey] = field(default_factory=list)
    launches: dict[str, PendingLaunch] = field(default_factory=dict)
    tokens: dict[str, ServiceToken] = field(default_factory=dict)
    registrations: dict[str, RegistrationToken] = field(default_factory=dict)
    seen_jtis: set[tuple[str, str]] = field(default_factory=set)
    deep_linked: list[dict[str, Any]] = field(default_factory=list)
    visitors: set[int] = field(default_factory=set)  # people the LMS does not name: a public course
    sends_notices: bool = True  # Canvas's feature "platform_notification_service"
    handlers: dict[str, dict[str, str]] = field(default_factory=dict)  # client id -> notice type -> address
    narrow_scopes: list[str] | None = None  # set: the token endpoint gives out these at most

    def signing_key(self) -> PlatformKey:
        if not self.keys:
            self.keys.append(new_key())
        return self.keys[-1]

    def rotate(self, now: datetime) -> PlatformKey:
        self.signing_key().retired_at = now
        self.keys.append(new_key())
        return self.keys[-1]

    def jwks(self, now: datetime) -> dict[str, list[dict[str, str]]]:
        self.signing_key()
        alive = [key for key in self.keys if key.retired_at is None or now - key.retired_at < OLD_KEY_LIFE]
        return {"keys": [key.public_jwk() for key in alive]}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        key = self.signing_key()
        return jwt.encode(claims, key.private_pem, algorithm="RS256", headers={"kid": key.kid, **header})
