"""Our own RSA keys: one signs, the next is published before it does, old ones for as long as they count.

A new key is in our key set for an hour before it signs, so platforms that keep a copy of the set know it
by then. An old one stays there for a week; what it signed (assertions, deep-linking answers) lives for
minutes.
"""

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
PUBLISHED_FIRST = timedelta(hours=1)
BITS = 2048


def thumbprint(jwk: dict[str, Any]) -> str:
    """The key id of an RSA key: its RFC 7638 SHA-256 thumbprint, base64url."""
    members = {name: jwk[name] for name in ("e", "kty", "n")}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def new_private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=BITS)


def make_signing_key(session: Session, now: datetime) -> SigningKey:
    """Add a fresh RSA key; it signs as soon as the ones before it are retired. Needs a writing session."""
    private = new_private_key()
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


def signing_key(session: Session) -> SigningKey | None:
    """The key that signs now: the oldest that is not retired. None before the first was made."""
    return session.scalar(
        sa.select(SigningKey).where(SigningKey.publish_until.is_(None)).order_by(SigningKey.id).limit(1)
    )


def current_signing_key(session: Session, now: datetime) -> SigningKey:
    """The key that signs now, made when there is none yet (so call it in a writing session)."""
    return signing_key(session) or make_signing_key(session, now)


def rotate_keys(session: Session, now: datetime) -> SigningKey:
    """Make a new key that signs at once; the others stay published for another 7 days."""
    _retire(session, now)
    return make_signing_key(session, now)


def rotate_on_schedule(session: Session, days: int, now: datetime) -> str:
    """What the schedule asks of our keys now, in a writing session: `made`, `switched`, `removed` or "".

    A key older than `days` gets a successor; an hour later that one signs and the old one is retired; a
    retired one that is no longer published is deleted. Several workers at once do each step once: they
    wait for each other's lock on the rows. 0 days: never on its own.
    """
    rows = session.scalars(sa.select(SigningKey).order_by(SigningKey.id).with_for_update()).all()
    # Read again under the lock: a worker that waited may hold a list from before the other's step.
    session.expire_all()
    rows = session.scalars(sa.select(SigningKey).order_by(SigningKey.id)).all()
    live = [row for row in rows if row.publish_until is None]
    if len(live) > 1 and now - live[-1].created_at >= PUBLISHED_FIRST:
        for row in live[:-1]:
            row.publish_until = now + KEEP_PUBLISHED
        return "switched"
    if days > 0 and len(live) == 1 and now - live[0].created_at >= timedelta(days=days):
        make_signing_key(session, now)
        return "made"
    over = [row for row in rows if row.publish_until is not None and row.publish_until <= now]
    for row in over:
        session.delete(row)
    return "removed" if over else ""


def schedule_is_due(session: Session, days: int, now: datetime) -> bool:
    """Whether `rotate_on_schedule` may have something to do; a read, for the many times it has not."""
    columns = sa.select(SigningKey.created_at, SigningKey.publish_until).order_by(SigningKey.id)
    rows = session.execute(columns).all()
    live = [row.created_at for row in rows if row.publish_until is None]
    return (
        (len(live) > 1 and now - live[-1] >= PUBLISHED_FIRST)
        or (days > 0 and len(live) == 1 and now - live[0] >= timedelta(days=days))
        or any(row.publish_until is not None and row.publish_until <= now for row in rows)
    )


def _retire(session: Session, now: datetime) -> None:
    session.execute(
        sa.update(SigningKey)
        .where(SigningKey.publish_until.is_(None))
        .values(publish_until=now + KEEP_PUBLISHED)
    )


def public_jwks(session: Session, now: datetime) -> dict[str, Any]:
    """The key set platforms fetch: `{"keys": [JWK, ...]}`, newest first, public halves only."""
    rows = session.scalars(
        sa.select(SigningKey)
        .where(sa.or_(SigningKey.publish_until.is_(None), SigningKey.publish_until > now))
        .order_by(SigningKey.id.desc())
    )
    return {"keys": [row.public_jwk for row in rows]}
