"""Versions of the plan's rows, and drafts of what is still being typed (domain.md A24).

A row with `version`, `registration_id` and `person_id` can keep its history here. Whoever saves it sends
the version they saw; when another was saved meanwhile they are shown the difference (`Overtaken`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.notes import note
from lti_tool.planning.texts import Overtaken
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.records.history import Change, Draft
from lti_tool.records.plan import Plan

DRAFT_LONGEST = 60_000
DRAFTS_MOST = 200  # of one author; the oldest goes first
FORM_LONGEST = 64

AUTHORS = {Role.LEARNER: "student", Role.STAFF: "teacher", Role.ADMIN: "administrator"}


class Versioned(Protocol):
    """A row that keeps its history."""

    id: Any
    registration_id: Any
    person_id: Any
    version: Any


def author_role(actor: Actor) -> str:
    """What the author is to the student: `student`, `teacher`, …"""
    return AUTHORS.get(actor.role, actor.role.value)


def write_change(
    session: Session,
    actor: Actor,
    subject: str,
    row: Versioned,
    what: str,
    content: Mapping[str, Any],
    *,
    now: datetime,
    reason: str = "",
) -> None:
    """The version this change of a flushed row leaves behind, and its audit row (ids only)."""
    session.add(
        Change(
            registration_id=row.registration_id,
            person_id=row.person_id,
            subject=subject,
            subject_id=row.id,
            number=row.version,
            author_id=actor.person_id,
            author_role=author_role(actor),
            what=what,
            reason=reason,
            content=dict(content),
            at=now,
        )
    )
    note(session, actor, f"{subject}.{what}", row.person_id, now=now, **{subject: row.id})


def check_version(row: Versioned, seen: int, now_says: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Raise Overtaken when another version was saved since `seen` and says something else than `wanted`."""
    if row.version != seen and any(now_says.get(name, "") != text for name, text in wanted.items()):
        raise Overtaken(dict(now_says), row.version)


def begin_plan(session: Session, person_id: int, now: datetime) -> None:
    """A first word in the profile starts the plan."""
    session.execute(
        sa.update(Plan)
        .where(Plan.person_id == person_id, Plan.closed_at.is_(None), Plan.started_at.is_(None))
        .values(started_at=now)
    )


def keep_draft(
    session: Session, actor: Actor, form: str, fields: Mapping[str, str], *, now: datetime
) -> None:
    """Keep what the actor is typing; the newest wins.

    Raises:
        Refused: the actor may not. NotFound: the form has no such name, or it is far too much.
    """
    require(actor, Act.KEEP_DRAFT)
    size = sum(len(name) + len(text) for name, text in fields.items())
    if actor.person_id is None or not 0 < len(form) <= FORM_LONGEST or size > DRAFT_LONGEST:
        raise NotFound
    row = {
        "registration_id": actor.registration_id,
        "author_id": actor.person_id,
        "form": form,
        "fields": dict(fields),
        "saved_at": now,
    }
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    new = {"fields": row["fields"], "saved_at": now}
    session.execute(
        insert(Draft).values(**row).on_conflict_do_update(index_elements=["author_id", "form"], set_=new)
    )
    oldest = (
        sa.select(Draft.id)
        .where(Draft.author_id == actor.person_id)
        .order_by(Draft.saved_at.desc(), Draft.id.desc())
        .offset(DRAFTS_MOST)
    )
    session.execute(sa.delete(Draft).where(Draft.id.in_(session.scalars(oldest).all())))


def own_draft(session: Session, actor: Actor, form: str) -> Draft | None:
    """What the actor typed into this form and did not send; nobody else's is ever found."""
    if actor.person_id is None:
        return None
    return session.scalar(
        sa.select(Draft).where(
            Draft.author_id == actor.person_id,
            Draft.registration_id == actor.registration_id,
            Draft.form == form,
        )
    )


def drop_draft(session: Session, actor: Actor, form: str) -> None:
    """The form was sent, or its author wants to begin anew."""
    session.execute(sa.delete(Draft).where(Draft.author_id == actor.person_id, Draft.form == form))
