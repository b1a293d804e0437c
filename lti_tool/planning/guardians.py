"""Guardians and mentors of the LMS: remembered from launches, and kept out where the school says so.

Only a verified launch in a course makes a relation (lti.md §6; canvas.md §3, Observers).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.notes import note
from lti_tool.planning.observers import OBSERVER
from lti_tool.planning.people import clean_text
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.names import folded
from lti_tool.records.course import Person
from lti_tool.records.guardians_here import has_guardians
from lti_tool.records.support import AccessGrant, GrantVisit, GuardianBlock, MentorRelation

STUDENTS_MOST = 100  # of one mentor in one course
NAME_LONGEST = 255


def remember_students(
    session: Session,
    registration_id: int,
    context_id: int,
    mentor_id: int,
    subs: Sequence[str],
    *,
    source: str,
    now: datetime,
) -> None:
    """Take over whom a launch names for this mentor in this course; whom it no longer names ends.

    Where the school lets no guardians read along nobody is remembered.
    (But not whom the LMS's own list names, planning/observers.py: a launch may leave names out.)

    Args:
        subs: the students' `sub`, at most STUDENTS_MOST are kept. source: `role_scope_mentor` or
            `observees`.
    """
    if not has_guardians(session, registration_id, context_id):
        subs = ()
    named = list(dict.fromkeys(subs))[:STUDENTS_MOST]
    rows = session.scalars(
        sa.select(MentorRelation).where(
            MentorRelation.mentor_id == mentor_id, MentorRelation.context_id == context_id
        )
    ).all()
    known = {row.student_sub: row for row in rows}
    for row in rows:
        if row.student_sub not in named and row.ended_at is None and row.source != OBSERVER:
            row.ended_at = now
    for sub in named:
        if sub in known:
            known[sub].source, known[sub].seen_at, known[sub].ended_at = source, now, None
            continue
        session.add(
            MentorRelation(
                registration_id=registration_id,
                mentor_id=mentor_id,
                context_id=context_id,
                student_sub=sub,
                source=source,
                first_seen_at=now,
                seen_at=now,
            )
        )
    session.flush()


def block_guardian(
    session: Session, actor: Actor, student_id: int, *, guardian_id: int | None, name: str, now: datetime
) -> GuardianBlock:
    """Keep someone from a student's plan from this moment: their launches, their grants, their open pages.

    Args:
        guardian_id: a person of the LMS; None for somebody known only by the name on a grant.
        name: as staff wrote it; grants for the same name end, and no new one is made.
    Raises:
        Refused: not an administrator. NotFound: not people of this registration.
    """
    require(actor, Act.MANAGE_SUPPORT)
    person_here(session, actor, student_id)
    if guardian_id is not None:
        name = person_here(session, actor, guardian_id).name or name
    name = clean_text(name, NAME_LONGEST)
    key = folded(name)[:NAME_LONGEST]
    if guardian_id is None and not key:
        raise NotFound
    there = session.scalar(
        sa.select(GuardianBlock)
        .filter_by(student_id=student_id, guardian_id=guardian_id, lifted_at=None)
        .where(sa.true() if guardian_id is not None else GuardianBlock.name_key == key)
        .limit(1)
    )
    if there is not None:
        return there
    row = GuardianBlock(
        registration_id=actor.registration_id,
        student_id=student_id,
        guardian_id=guardian_id,
        name=name,
        name_key=key,
        made_by_id=actor.person_id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    ended = _end_grants(session, actor, student_id, key, now) if key else 0
    note(session, actor, "blocked a guardian", student_id, now=now, block=row.id, grants=ended)
    return row


def lift_block(session: Session, actor: Actor, block_id: int, *, now: datetime) -> GuardianBlock:
    """Let them back in; ended grants stay ended. Raises Refused, NotFound."""
    require(actor, Act.MANAGE_SUPPORT)
    row = session.get(GuardianBlock, block_id) if is_row_id(block_id) else None
    if row is None or row.registration_id != actor.registration_id:
        raise NotFound
    if row.lifted_at is None:
        row.lifted_at = now
        note(session, actor, "lifted a guardian's block", row.student_id, now=now, block=row.id)
    return row


def is_name_blocked(session: Session, student_id: int, name: str) -> bool:
    """Whether the school keeps somebody of this name from this student's plan."""
    found = session.scalar(
        sa.select(GuardianBlock.id)
        .where(
            GuardianBlock.student_id == student_id,
            GuardianBlock.name_key == folded(name)[:NAME_LONGEST],
            GuardianBlock.lifted_at.is_(None),
        )
        .limit(1)
    )
    return found is not None


def person_here(session: Session, actor: Actor, person_id: int | None) -> Person:
    """A person of the actor's registration. Raises NotFound."""
    person = session.get(Person, person_id) if is_row_id(person_id) else None
    if person is None or person.registration_id != actor.registration_id:
        raise NotFound
    return person


def _end_grants(session: Session, actor: Actor, student_id: int, key: str, now: datetime) -> int:
    theirs = sa.select(AccessGrant.id).where(
        AccessGrant.registration_id == actor.registration_id,
        AccessGrant.person_id == student_id,
        AccessGrant.name_key == key,
        AccessGrant.revoked_at.is_(None),
    )
    ids = list(session.scalars(theirs))
    session.execute(
        sa.update(AccessGrant)
        .where(AccessGrant.id.in_(ids))
        .values(revoked_at=now, revoked_by_id=actor.person_id)
    )
    session.execute(
        sa.update(GrantVisit)
        .where(GrantVisit.grant_id.in_(ids), GrantVisit.ended_at.is_(None))
        .values(ended_at=now)
    )
    return len(ids)
