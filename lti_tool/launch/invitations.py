"""Invitations: one-time codes that make a registration active at once (lti.md §8).

The code itself is in the address the operator hands on; here only its hash is kept.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.people import clean_text
from lti_tool.records.registering import Invitation

_CODE = re.compile(r"[A-Za-z0-9_-]{20,64}")


def make_invitation(
    session: Session,
    *,
    life: timedelta,
    note: str = "",
    for_registration_id: int | None = None,
    now: datetime,
) -> tuple[Invitation, str]:
    """A fresh invitation and its code, which is shown this once."""
    code = secrets.token_urlsafe(24)
    row = Invitation(
        code_hash=_digest(code),
        note=clean_text(note, 255),
        for_registration_id=for_registration_id,
        created_at=now,
        expires_at=now + life,
    )
    session.add(row)
    session.flush()
    return row, code


def find_invitation(session: Session, code: str, now: datetime) -> Invitation | None:
    """The invitation of this code, if it can still be used."""
    if not _CODE.fullmatch(code):
        return None
    return session.scalar(sa.select(Invitation).where(Invitation.code_hash == _digest(code), *_usable(now)))


def use_invitation(session: Session, invitation: Invitation, registration_id: int, now: datetime) -> bool:
    """Use it up for this registration; False when somebody else was faster."""
    used = session.execute(
        sa.update(Invitation)
        .where(Invitation.id == invitation.id, *_usable(now))
        .values(used_at=now, registration_id=registration_id)
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]


def _usable(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return Invitation.used_at.is_(None), Invitation.expires_at > now


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
