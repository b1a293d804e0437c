"""Counselors: an administrator gives them students, one by one or a course, to read whole plans of."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.guardians import person_here
from lti_tool.planning.notes import note
from lti_tool.planning.scope import is_row_id
from lti_tool.plans.access import Act, Actor, require
from lti_tool.records.course import Context
from lti_tool.records.support import CounselorAssignment


def assign_counselor(
    session: Session,
    actor: Actor,
    counselor_id: int,
    *,
    student_id: int | None = None,
    context_id: int | None = None,
    now: datetime,
) -> CounselorAssignment:
    """Give a counselor one student, or everyone who learns in a course; asked twice it is one.

    Raises:
        Refused: not an administrator. NotFound: not of this registration, neither or both given, or
            the counselor themselves.
    """
    require(actor, Act.MANAGE_SUPPORT)
    person_here(session, actor, counselor_id)
    if (student_id is None) == (context_id is None) or student_id == counselor_id:
        raise NotFound
    if student_id is not None:
        person_here(session, actor, student_id)
    else:
        course = session.get(Context, context_id) if is_row_id(context_id) else None
        if course is None or course.registration_id != actor.registration_id:
            raise NotFound
    whom = {"student_id": student_id, "context_id": context_id}
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
    note(session, actor, "assigned a counselor", counselor_id, now=now, assignment=row.id)
    return row


def end_assignment(session: Session, actor: Actor, assignment_id: int, *, now: datetime) -> int:
    """End it; the counselor reads these plans no more. Returns the counselor. Raises Refused, NotFound."""
    require(actor, Act.MANAGE_SUPPORT)
    row = session.get(CounselorAssignment, assignment_id) if is_row_id(assignment_id) else None
    if row is None or row.registration_id != actor.registration_id:
        raise NotFound
    if row.ended_at is None:
        row.ended_at = now
        note(session, actor, "ended a counselor's assignment", row.counselor_id, now=now, assignment=row.id)
    return row.counselor_id
