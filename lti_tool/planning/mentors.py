"""Counselors and adult mentors: who is given students, one by one or a course, to read whole plans of."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.guardians import person_here
from lti_tool.planning.notes import note
from lti_tool.planning.passing_on import pass_on_steps
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.plans.ids import is_row_id
from lti_tool.records.course import Context, Membership
from lti_tool.records.goal import Goal
from lti_tool.records.mentoring import AgreedCadence
from lti_tool.records.plan import Plan
from lti_tool.records.step import Step
from lti_tool.records.support import CounselorAssignment

KINDS = ("counselor", "mentor")


def assign_counselor(
    session: Session,
    actor: Actor,
    counselor_id: int,
    *,
    student_id: int | None = None,
    context_id: int | None = None,
    kind: str = "counselor",
    now: datetime,
) -> CounselorAssignment:
    """Give a counselor or mentor one student, or everyone who learns in a course; asked twice it is one.

    Raises:
        Refused: not an administrator. NotFound: not of this registration, neither or both given, no
            such kind, or the counselor themselves.
    """
    require(actor, Act.MANAGE_SUPPORT)
    person_here(session, actor, counselor_id)
    if (student_id is None) == (context_id is None) or student_id == counselor_id or kind not in KINDS:
        raise NotFound
    if student_id is not None:
        person_here(session, actor, student_id)
    else:
        course = session.get(Context, context_id) if is_row_id(context_id) else None
        if course is None or course.registration_id != actor.registration_id:
            raise NotFound
    return _assign(session, actor, counselor_id, student_id, context_id, kind, now)


def assign_mentor(session: Session, actor: Actor, student_id: int, mentor_id: int, *, now: datetime) -> None:
    """Staff give a student of their course an adult mentor: somebody who is staff anywhere in the school.

    Raises:
        Refused: not staff. NotFound: not a student of this course, or not somebody staff may choose.
    """
    require(actor, Act.ASSIGN_MENTOR)
    learner_in(session, course_of(session, actor), student_id)
    person_here(session, actor, mentor_id)
    if mentor_id == student_id or session.scalar(is_staff_somewhere(mentor_id)) is None:
        raise NotFound
    _assign(session, actor, mentor_id, student_id, None, "mentor", now)


def is_staff_somewhere(person_id: int) -> sa.Select[int]:
    """A membership as staff that holds now."""
    return (
        sa.select(Membership.id)
        .where(
            Membership.person_id == person_id,
            Membership.role == Role.STAFF,
            Membership.left_at.is_(None),
        )
        .limit(1)
    )


def end_mentor(session: Session, actor: Actor, student_id: int, assignment_id: int, *, now: datetime) -> None:
    """Staff end the mentoring of a student of their course. Raises Refused, NotFound."""
    require(actor, Act.ASSIGN_MENTOR)
    learner_in(session, course_of(session, actor), student_id)
    row = session.get(CounselorAssignment, assignment_id) if is_row_id(assignment_id) else None
    if row is None or (row.registration_id, row.student_id) != (actor.registration_id, student_id):
        raise NotFound
    if row.kind != "mentor":  # counselors are the administrator's to give
        raise NotFound
    _end(session, actor, row, now)


def _assign(
    session: Session,
    actor: Actor,
    counselor_id: int,
    student_id: int | None,
    context_id: int | None,
    kind: str,
    now: datetime,
) -> CounselorAssignment:
    whom = {"student_id": student_id, "context_id": context_id, "kind": kind}
    there = session.scalar(
        sa.select(CounselorAssignment).filter_by(counselor_id=counselor_id, ended_at=None, **whom).limit(1)
    )
    if there is not None:
        return there
    row = CounselorAssignment(
        registration_id=actor.registration_id,
        counselor_id=counselor_id,
        made_by_id=actor.person_id,
        made_at=now,
        **whom,
    )
    session.add(row)
    session.flush()
    note(session, actor, f"assigned a {kind}", counselor_id, now=now, assignment=row.id)
    return row


def end_assignment(session: Session, actor: Actor, assignment_id: int, *, now: datetime) -> int:
    """End it; the counselor reads these plans no more. Returns the counselor. Raises Refused, NotFound."""
    row = _assignment(session, actor, assignment_id)
    _end(session, actor, row, now)
    return row.counselor_id


def hand_over_assignment(
    session: Session, actor: Actor, assignment_id: int, successor_id: int, *, now: datetime
) -> CounselorAssignment:
    """Somebody else stands by these students from now: the rhythm and the open steps go along.

    What was said stays with the plans, where the successor reads it.

    Raises:
        Refused: not an administrator. NotFound: no assignment that holds, or nobody who could take it.
    """
    row = _assignment(session, actor, assignment_id)
    person_here(session, actor, successor_id)
    if row.ended_at is not None or successor_id in (row.counselor_id, row.student_id):
        raise NotFound
    made = _assign(session, actor, successor_id, row.student_id, row.context_id, row.kind, now)
    _end(session, actor, row, now)
    session.execute(
        sa.update(AgreedCadence)
        .where(AgreedCadence.assignment_id == row.id, AgreedCadence.ended_at.is_(None))
        .values(assignment_id=made.id)
    )
    whose = (
        Plan.person_id == row.student_id if row.student_id is not None else Goal.context_id == row.context_id
    )
    theirs = sa.and_(Step.owner_id == row.counselor_id, Step.owner_role == row.kind, whose)
    pass_on_steps(session, actor, theirs, successor_id, now=now)
    note(session, actor, "handed an assignment over", successor_id, now=now, assignment=made.id)
    return made


def _assignment(session: Session, actor: Actor, assignment_id: int) -> CounselorAssignment:
    require(actor, Act.MANAGE_SUPPORT)
    row = session.get(CounselorAssignment, assignment_id) if is_row_id(assignment_id) else None
    if row is None or row.registration_id != actor.registration_id:
        raise NotFound
    return row


def _end(session: Session, actor: Actor, row: CounselorAssignment, now: datetime) -> None:
    if row.ended_at is None:
        row.ended_at = now
        note(session, actor, f"ended a {row.kind}'s assignment", row.counselor_id, now=now, assignment=row.id)
