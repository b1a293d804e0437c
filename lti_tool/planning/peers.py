"""Peer mentors: a teacher pairs two students, both say yes, it has a last day; either ends it (B14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.leading import write_note
from lti_tool.planning.notes import note
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.planning.sharing import share_exactly
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.problem import Problem
from lti_tool.records.addressed import goes_on, may_mentor
from lti_tool.records.course import Person
from lti_tool.records.group import PeerMentor, PeerNote, PeerVolunteer, SharedGoal

LONGEST = timedelta(days=370)


def pair(
    session: Session,
    actor: Actor,
    mentor_id: int,
    mentee_id: int,
    *,
    until: date | None,
    today: date,
    now: datetime,
) -> PeerMentor:
    """Ask two students whether one may mentor the other; nothing is shown before both said yes.

    mentee: learns in the actor's course. mentor: learns in a course the actor teaches, or offered to help.

    Raises:
        Refused, NotFound: not staff, or somebody who may not be asked.
        Incomplete: no day, or the two are one.
    """
    require(actor, Act.MANAGE_GROUPS)
    context = course_of(session, actor)
    problems = []
    if until is None or not today < until <= today + LONGEST:
        problems.append(Problem("until", "day", lambda _: _("Choose a last day within the next year.")))
    if mentor_id == mentee_id:
        problems.append(Problem("mentor", "same", lambda _: _("Choose two different students.")))
    if problems or until is None:
        raise Incomplete(problems)
    learner_in(session, context, mentee_id)
    known = session.scalar(
        sa.select(Person.id).where(Person.id == (mentor_id if is_row_id(mentor_id) else 0), may_mentor(actor))
    )
    if known is None:
        raise NotFound
    there = session.scalar(
        sa.select(PeerMentor).where(
            PeerMentor.mentor_id == mentor_id, PeerMentor.mentee_id == mentee_id, goes_on(today)
        )
    )
    if there is not None:
        return there
    made = PeerMentor(
        registration_id=context.registration_id,
        context_id=context.id,
        mentor_id=mentor_id,
        mentee_id=mentee_id,
        until=until,
        made_by_id=actor.person_id,
        made_at=now,
    )
    session.add(made)
    session.flush()
    note(session, actor, "peer.asked", mentee_id, now=now, peer=made.id)
    return made


def answer_pair(
    session: Session, actor: Actor, peer_id: int, *, yes: bool, today: date, now: datetime
) -> PeerMentor:
    """One of the two says yes or no; no ends it. Raises Refused, NotFound: not theirs, or over."""
    row = _own(session, actor, peer_id, today)
    if not yes:
        return _end(session, actor, row, now)
    if actor.person_id == row.mentor_id:
        row.mentor_yes_at = row.mentor_yes_at or now
    else:
        row.mentee_yes_at = row.mentee_yes_at or now
    note(session, actor, "peer.yes", row.mentee_id, now=now, peer=row.id)
    return row


def end_pair(session: Session, actor: Actor, peer_id: int, *, today: date, now: datetime) -> None:
    """Either of the two, or staff of the course, ends it; nothing is seen any more from now on.

    Raises Refused, NotFound.
    """
    if actor.role is Role.STAFF:
        require(actor, Act.MANAGE_GROUPS)
        context = course_of(session, actor)
        row = session.get(PeerMentor, peer_id) if is_row_id(peer_id) else None
        if row is None or row.context_id != context.id:
            raise NotFound
    else:
        row = _own(session, actor, peer_id, today)
    _end(session, actor, row, now)


def share_with_mentor(
    session: Session,
    actor: Actor,
    peer_id: int,
    goal_ids: Sequence[int],
    *,
    today: date,
    now: datetime,
) -> None:
    """The mentor sees exactly these of the mentee's goals from now on, by title and own steps.

    Raises:
        Refused, NotFound: not the mentee, not agreed by them, or not their goals.
    """
    require(actor, Act.SHARE_GOALS)
    row = _own(session, actor, peer_id, today)
    if row.mentee_id != actor.person_id or row.mentee_yes_at is None:
        raise NotFound
    share_exactly(session, actor, SharedGoal.peer_id == row.id, {"peer_id": row.id}, goal_ids, now=now)


def mentor_asks_to_check(
    session: Session,
    actor: Actor,
    peer_id: int,
    words: str,
    *,
    once: str,
    today: date,
    now: datetime,
) -> PeerNote:
    """ "Please check on …", from the mentor to the teachers of the course that paired them.

    Raises:
        Refused, NotFound: not the mentor, or not agreed by both. Incomplete: no words.
    """
    row = _own(session, actor, peer_id, today)
    if row.mentor_id != actor.person_id or row.mentor_yes_at is None or row.mentee_yes_at is None:
        raise NotFound
    return write_note(session, actor, row.context_id, row.mentee_id, words, once=once, now=now)


def offer_to_mentor(session: Session, actor: Actor, *, offer: bool, now: datetime) -> None:
    """A student offers to mentor, or takes the offer back; pairs that go on stay. Raises Refused."""
    require(actor, Act.SHARE_GOALS)
    if actor.person_id is None:
        raise NotFound
    there = session.get(PeerVolunteer, actor.person_id)
    if offer and there is None:
        session.add(
            PeerVolunteer(person_id=actor.person_id, registration_id=actor.registration_id, since=now)
        )
        note(session, actor, "peer.offered", actor.person_id, now=now)
    elif not offer and there is not None:
        session.delete(there)
        note(session, actor, "peer.offer_ended", actor.person_id, now=now)


def _own(session: Session, actor: Actor, peer_id: int, today: date) -> PeerMentor:
    require(actor, Act.SHARE_GOALS)
    row = session.scalar(
        sa.select(PeerMentor)
        .where(
            PeerMentor.id == (peer_id if is_row_id(peer_id) else 0),
            PeerMentor.registration_id == actor.registration_id,
            sa.or_(PeerMentor.mentor_id == actor.person_id, PeerMentor.mentee_id == actor.person_id),
            goes_on(today),
        )
        .with_for_update()
    )
    if row is None:
        raise NotFound
    return row


def _end(session: Session, actor: Actor, row: PeerMentor, now: datetime) -> PeerMentor:
    if row.ended_at is None:
        row.ended_at, row.ended_by_id = now, actor.person_id
        session.execute(
            sa.update(SharedGoal)
            .where(SharedGoal.peer_id == row.id, SharedGoal.ended_at.is_(None))
            .values(ended_at=now)
        )
        note(session, actor, "peer.ended", row.mentee_id, now=now, peer=row.id)
    return row
