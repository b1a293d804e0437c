"""Writing down who did or read what: rows of ids only, never changed afterwards (domain.md §5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.plans.access import Actor
from lti_tool.records.audit import READ, AuditEntry


def note(
    session: Session,
    actor: Actor,
    act: str,
    person_id: int,
    *,
    now: datetime,
    role: str = "",
    context_id: int | None = None,
    **ids: int,
) -> None:
    """One act on a person's record. role: where it says more than the actor's own (`counselor`)."""
    session.add(
        AuditEntry(
            registration_id=actor.registration_id,
            actor_id=actor.person_id,
            actor_role=role or actor.role.value,
            act=act,
            subject=f"person:{person_id}",
            context_id=context_id if context_id is not None else actor.context_id,
            details=ids,
            at=now,
        )
    )


def note_read(
    session: Session, actor: Actor, person_id: int, *, now: datetime, role: str = "", **more: int | None
) -> None:
    """Somebody who is neither the student nor their teacher read the student's plan."""
    context_id = more.pop("context_id", None)
    ids = {name: value for name, value in more.items() if value is not None}
    note(session, actor, READ, person_id, now=now, role=role, context_id=context_id, **ids)
