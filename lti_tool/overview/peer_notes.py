"""Notes to a course's teachers: "please check on …", from who leads groups or mentors (domain.md B14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, require
from lti_tool.records.course import Context, Person
from lti_tool.records.group import PeerNote

NOTES_MOST = 100


@dataclass(frozen=True)
class NoteView:
    """ "Please check on …" as staff read it. at: in the course's zone."""

    id: int
    about_id: int
    about: str
    by: str
    words: str
    at: datetime
    settled_at: datetime | None


@dataclass(frozen=True)
class NoteAbout:
    """A note in the copy of its student's own records: who wrote it is another student's affair."""

    words: str
    course: str
    at: datetime
    settled_at: datetime | None


def notes_about(
    session: Session, registration_id: int, person_id: int, context_id: int | None, zone: tzinfo
) -> list[NoteAbout]:
    """Notes about a student, oldest first. context_id: to the teachers of one course; empty for all.

    Whether the reader may have this student's records was asked before.
    """
    query = (
        sa.select(PeerNote, Context.title)
        .join(Context, Context.id == PeerNote.context_id)
        .where(PeerNote.registration_id == registration_id, PeerNote.about_id == person_id)
        .order_by(PeerNote.id)
    )
    if context_id is not None:
        query = query.where(PeerNote.context_id == context_id)
    return [
        NoteAbout(
            row.words,
            course or "",
            row.at.astimezone(zone),
            None if row.settled_at is None else row.settled_at.astimezone(zone),
        )
        for row, course in session.execute(query)
    ]


def notes_waiting(session: Session, context_id: int) -> int:
    """How many notes of a course wait for a teacher's look."""
    query = (
        sa.select(sa.func.count())
        .select_from(PeerNote)
        .where(PeerNote.context_id == context_id, PeerNote.settled_at.is_(None))
    )
    return session.scalar(query) or 0


def course_notes(session: Session, actor: Actor) -> list[NoteView]:
    """The notes to the teachers of the actor's course, those waiting first. Raises Refused, NotFound."""
    require(actor, Act.MANAGE_GROUPS)
    here = place(session, actor, actor.context_id)
    by = aliased(Person)
    rows = session.execute(
        sa.select(PeerNote, Person, by)
        .join(Person, Person.id == PeerNote.about_id)
        .join(by, by.id == PeerNote.by_id)
        .where(PeerNote.context_id == here.context.id)
        .order_by(PeerNote.settled_at.is_not(None), PeerNote.id.desc())
        .limit(NOTES_MOST)
    )
    return [_note(row, about, author, here.zone) for row, about, author in rows]


def _note(row: PeerNote, about: Person, by: Person, zone: tzinfo) -> NoteView:
    return NoteView(
        row.id,
        about.id,
        display_name(about),
        display_name(by),
        row.words,
        row.at.astimezone(zone),
        None if row.settled_at is None else row.settled_at.astimezone(zone),
    )
