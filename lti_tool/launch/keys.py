"""Our own RSA keys: the newest signs, older ones stay published until nothing they signed can be alive."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from sqlalchemy.orm import Session

from lti_tool.records.platform import SigningKey

KEEP_PUBLISHED = timedelta(days=7)
BITS = 2048


def thumbprint(jwk: dict[str, Any]) -> str:
    """The key id of an RSA key: its RFC 7638 SHA-256 thumbprint, base64url."""
    members = {name: jwk[name] for name in ("e", "kty", "n")}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def make_signing_key(session: Session, now: datetime) -> SigningKey:
    """Add a fresh RSA key; from now on it is the one that signs. Needs a writing session."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    numbers = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    jwk = {"kty": "RSA", "e": numbers["e"], "n": numbers["n"], "alg": "RS256", "use": "sig"}
    jwk["kid"] = thumbprint(jwk)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    key = SigningKey(kid=jwk["kid"], private_pem=pem, public_jwk=jwk, created_at=now)
    session.add(key)
    session.flush()
    return key


def current_signing_key(session: Session, now: datetime) -> SigningKey:
    """The newest key, made when there is none yet (so call it in a writing session)."""
    return _newest(session) or make_signing_key(session, now)


def rotate_keys(session: Session, now: datetime) -> SigningKey:
    """Make a new signing key; the others stay published for another 7 days."""
    session.execute(
        sa.update(SigningKey)
        .where(SigningKey.publish_until.is_(None))
        .values(publish_until=now + KEEP_PUBLISHED)
    )
    return make_signing_key(session, now)


def public_jwks(session: Session, now: datetime) -> dict[str, Any]:
    """The key set platforms fetch: `{"keys": [JWK, ...]}`, newest first, public halves only."""
    rows = session.scalars(
        sa.select(SigningKey)
        .where(sa.or_(SigningKey.publish_until.is_(None), SigningKey.publish_until > now))
        .order_by(SigningKey.id.desc())
    )
    return {"keys": [row.public_jwk for row in rows]}


def _newest(session: Session) -> SigningKey | None:
    return session.scalar(
        sa.select(SigningKey)
        .where(SigningKey.publish_until.is_(None))
        .order_by(SigningKey.id.desc())
        .limit(1)
    )
