"""Asking for a copy of one's data, or for its erasure: the request is kept until somebody answers it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.access import Act, Actor, NotFound, Refused, require
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Person
from lti_tool.records.privacy import PrivacyRequest

KINDS = frozenset({"copy", "erasure"})


def ask_about_data(session: Session, actor: Actor, person_id: int, kind: str, *, now: datetime) -> bool:
    """Keep the request; False when one of this kind waits already. One audit row a request.

    Raises:
        Refused: for somebody else, by anyone but an administrator. NotFound: nobody there.
    """
    require(actor, Act.ASK_PRIVACY)
    if kind not in KINDS or actor.person_id is None:
        raise ValueError(kind)
    person = session.get(Person, person_id)
    if person is None or person.registration_id != actor.registration_id:
        raise NotFound
    if person.id != actor.person_id and not actor.is_admin:
        raise Refused(Act.ASK_PRIVACY)
    asked = PrivacyRequest(
        registration_id=person.registration_id,
        person_id=person.id,
        asked_by_id=actor.person_id,
        kind=kind,
        asked_at=now,
    )
    try:
        with session.begin_nested():
            session.add(asked)
    except sa.exc.IntegrityError:
        return False  # asked for already, perhaps in this very moment
    session.add(
        AuditEntry(
            registration_id=person.registration_id,
            actor_id=actor.person_id,
            actor_role=actor.role.value,
            act=f"asked for {kind} of data",
            subject=f"person:{person.id}",
            context_id=actor.context_id,
            at=now,
        )
    )
    return True
