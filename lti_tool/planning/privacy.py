"""Asking for a copy of one's data, or for its erasure: the request is kept until somebody answers it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.notes import note as note_act
from lti_tool.planning.people import clean_text
from lti_tool.plans.access import Act, Actor, NotFound, Refused, require
from lti_tool.plans.deadlines import KINDS
from lti_tool.plans.ids import is_row_id
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Person
from lti_tool.records.privacy import PrivacyRequest

NOTE_LONGEST = 1000


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


def answer_request(session: Session, actor: Actor, request_id: int, note: str, *, now: datetime) -> bool:
    """Mark a request as answered, with a sentence for the person; False when somebody did so before.

    Nothing else changes: the copy or the erasure was made by people, or will not be.

    Raises:
        Refused: not an administrator. NotFound: not of this registration. ValueError: no sentence, or one
            that is too long; `args[0]` says which, in English.
    """
    require(actor, Act.ANSWER_PRIVACY)
    row = session.get(PrivacyRequest, request_id, with_for_update=True) if is_row_id(request_id) else None
    if row is None or row.registration_id != actor.registration_id:
        raise NotFound
    said = clean_text(" ".join(note.split()), NOTE_LONGEST + 1)
    if not said:
        raise ValueError("Say in a sentence what was done; the person reads it.")
    if len(said) > NOTE_LONGEST:
        raise ValueError(f"The sentence is longer than {NOTE_LONGEST} characters.")
    if row.answered_at is not None:
        return False
    row.answered_at, row.answered_by_id, row.note = now, actor.person_id, said
    note_act(session, actor, "answered a privacy request", row.person_id, now=now, request=row.id)
    return True
