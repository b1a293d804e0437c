"""Who leads a group: students, and teachers of other courses; what they tell the teacher (B8, B14)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.groups import staffs_group
from lti_tool.planning.notes import note
from lti_tool.planning.once import added_once, own_one
from lti_tool.planning.scope import course_of
from lti_tool.planning.texts import Incomplete, text_problems, tidy
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.problem import Problem
from lti_tool.records.addressed import leads, members
from lti_tool.records.course import Context, Membership
from lti_tool.records.group import Facilitator, PeerNote, StudentGroup

WORDS_LONGEST = 1000
ONCE_LONGEST = 64


def name_leader(
    session: Session,
    actor: Actor,
    group_id: int,
    person_id: int | None,
    *,
    until: date | None,
    today: date,
    now: datetime,
) -> Facilitator:
    """Let a student of the course, or somebody who teaches anywhere in the school, lead a group.

    until: their last day; empty for no end. Naming somebody twice moves the day.

    Raises:
        Refused, NotFound: not staff, or somebody who may not be named.
        Incomplete: nobody was chosen, or the day is past.
    """
    row = staffs_group(session, actor, group_id)
    problems = []
    if not is_row_id(person_id):
        problems.append(Problem("person", "nobody", lambda _: _("Choose who leads it.")))
    if until is not None and until < today:
        problems.append(
            Problem("until", "day", lambda _: _("Choose a day that is not past, or leave it empty."))
        )
    if problems or person_id is None:
        raise Incomplete(problems)
    kind = _may_lead(session, row, person_id)
    there = session.scalar(
        sa.select(Facilitator).where(
            Facilitator.group_id == row.id,
            Facilitator.person_id == person_id,
            Facilitator.ended_at.is_(None),
        )
    )
    if there is not None:
        there.until = until
        return there
    made = Facilitator(
        group_id=row.id,
        person_id=person_id,
        kind=kind,
        made_by_id=actor.person_id,
        made_at=now,
        until=until,
    )
    session.add(made)
    session.flush()
    note(session, actor, "group.leader_named", person_id, now=now, group=row.id)
    return made


def end_leading(session: Session, actor: Actor, facilitator_id: int, *, now: datetime) -> int:
    """They lead it no longer, at once; the group's id. Twice is once. Raises Refused, NotFound."""
    require(actor, Act.MANAGE_GROUPS)
    row = session.get(Facilitator, facilitator_id) if is_row_id(facilitator_id) else None
    if row is None:
        raise NotFound
    group = staffs_group(session, actor, row.group_id)
    if row.ended_at is None:
        row.ended_at = now
        note(session, actor, "group.leader_ended", row.person_id, now=now, group=group.id)
    return group.id


def ask_to_check(
    session: Session,
    actor: Actor,
    group_id: int,
    about_id: int | None,
    words: str,
    *,
    once: str,
    today: date,
    now: datetime,
) -> PeerNote:
    """ "Please check on …": from who leads a group, about a student in it, to the teachers of its course.

    Raises:
        Refused, NotFound: the actor does not lead it, or the student is not in it.
        Incomplete: no words, or nobody was chosen.
    """
    require(actor, Act.SEE_TOGETHER)
    if about_id is None:
        raise Incomplete([Problem("about", "nobody", lambda _: _("Choose who it is about."))])
    if not (is_row_id(group_id) and is_row_id(about_id)):
        raise NotFound
    everyone = members()
    row = session.scalar(
        sa.select(StudentGroup)
        .join(Context, Context.id == StudentGroup.context_id)
        .join(everyone, everyone.c.group_id == StudentGroup.id)
        .where(
            StudentGroup.id == group_id,
            StudentGroup.registration_id == actor.registration_id,
            StudentGroup.id.in_(leads(actor.person_id, today)),
            everyone.c.person_id == about_id,
        )
    )
    if row is None or about_id == actor.person_id:
        raise NotFound
    return write_note(session, actor, row.context_id, about_id, words, once=once, now=now)


def write_note(
    session: Session,
    actor: Actor,
    context_id: int,
    about_id: int,
    words: str,
    *,
    once: str,
    now: datetime,
) -> PeerNote:
    """The note itself; whether the actor may was asked before. Sent twice it is one. Raises Incomplete."""
    words = tidy(words)
    problems = text_problems("words", words, WORDS_LONGEST)
    if not words:
        problems.append(Problem("words", "empty", lambda _: _("Say what you noticed, in a few words.")))
    if problems:
        raise Incomplete(problems)
    if not 0 < len(once) <= ONCE_LONGEST or actor.person_id is None:
        raise NotFound
    which = sa.select(PeerNote).where(PeerNote.once == once)
    there = session.scalar(which)
    if there is not None:
        return own_one(there, actor)
    made = PeerNote(
        registration_id=actor.registration_id,
        context_id=context_id,
        about_id=about_id,
        by_id=actor.person_id,
        once=once,
        words=words,
        at=now,
    )
    there = added_once(session, made, which)
    if there is not made:
        return own_one(there, actor)
    note(session, actor, "peer.asked_to_check", about_id, now=now, context_id=context_id, note=made.id)
    return made


def settle_note(session: Session, actor: Actor, note_id: int, *, now: datetime) -> None:
    """A teacher of the course looked. Twice is once. Raises Refused, NotFound."""
    require(actor, Act.MANAGE_GROUPS)
    context = course_of(session, actor)
    row = session.get(PeerNote, note_id) if is_row_id(note_id) else None
    if row is None or row.context_id != context.id:
        raise NotFound
    if row.settled_at is None:
        row.settled_at, row.settled_by_id = now, actor.person_id
        note(session, actor, "peer.note_settled", row.about_id, now=now, note=row.id)


def _may_lead(session: Session, row: StudentGroup, person_id: int) -> str:
    """`peer` for a student of the course, `teacher` for staff of any course of the school."""
    if not is_row_id(person_id):
        raise NotFound
    rows = session.execute(
        sa.select(Membership.role, Membership.context_id)
        .join(Context, Context.id == Membership.context_id)
        .where(
            Membership.person_id == person_id,
            Membership.left_at.is_(None),
            Context.registration_id == row.registration_id,
        )
    ).all()
    if any(one.role == Role.STAFF for one in rows):
        return "teacher"
    if any(one.role == Role.LEARNER and one.context_id == row.context_id for one in rows):
        return "peer"
    raise NotFound
