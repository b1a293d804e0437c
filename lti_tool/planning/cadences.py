"""How often adults talk with their students: of a course, of an assignment, or of one student (B12)."""

from __future__ import annotations

from datetime import datetime, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.bonds import bond_for
from lti_tool.planning.errors import NotFound
from lti_tool.planning.notes import note
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.checkins import Cadence
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.zones import course_zone
from lti_tool.records.bonds import taught
from lti_tool.records.course import Context
from lti_tool.records.mentoring import AgreedCadence
from lti_tool.records.platform import Registration
from lti_tool.records.support import CounselorAssignment

AS_THE_REST = ""  # of one student: what holds for the course or the assignment


def set_cadence(
    session: Session, actor: Actor, scope: tuple[str, int], cadence: str, *, now: datetime
) -> None:
    """How often for everybody of a course (`course`, id) or of an assignment (`assigned`, id).

    Asked twice it is one; a change ends what was and keeps it.

    Raises:
        Refused, NotFound: not staff of that course, not the actor's assignment, or no such cadence.
    """
    require(actor, Act.CHECK_IN)
    kind, row_id = scope
    if not is_row_id(row_id):
        raise NotFound
    if kind == "course":
        if session.scalar(taught(actor).where(Context.id == row_id)) is None:
            raise NotFound
        _set(session, actor, {"context_id": row_id, "assignment_id": None, "person_id": None}, cadence, now)
        return
    row = session.get(CounselorAssignment, row_id) if kind == "assigned" else None
    if row is None or row.registration_id != actor.registration_id or row.ended_at is not None:
        raise NotFound
    if row.counselor_id != actor.person_id:
        raise NotFound
    _set(session, actor, {"context_id": None, "assignment_id": row.id, "person_id": None}, cadence, now)


def set_cadence_of_student(
    session: Session, actor: Actor, student_id: int, context_id: int | None, cadence: str, *, now: datetime
) -> None:
    """How often with one student; empty: as with the rest. Raises Refused, NotFound."""
    bond = bond_for(session, actor, Act.CHECK_IN, student_id, context_id)
    where = {
        "context_id": bond.context_id,
        "assignment_id": bond.assignment_id,
        "person_id": student_id,
    }
    _set(session, actor, where, cadence, now)


def _set(session: Session, actor: Actor, where: dict[str, int | None], cadence: str, now: datetime) -> None:
    if cadence not in {*Cadence, AS_THE_REST} or (cadence == AS_THE_REST and where["person_id"] is None):
        raise NotFound
    there = session.scalars(
        sa.select(AgreedCadence)
        .filter_by(registration_id=actor.registration_id, ended_at=None, **where)
        .with_for_update()
    ).all()
    if [row.cadence for row in there] == ([cadence] if cadence else []):
        return
    for row in there:
        row.ended_at = now
    if cadence:
        session.add(
            AgreedCadence(
                registration_id=actor.registration_id,
                cadence=cadence,
                since=now.astimezone(_zone(session, actor, where["context_id"])).date(),
                set_by_id=actor.person_id,
                set_at=now,
                **where,
            )
        )
    session.flush()
    note(session, actor, "check_in.cadence", where["person_id"] or 0, now=now)


def _zone(session: Session, actor: Actor, context_id: int | None) -> tzinfo:
    course = session.get(Context, context_id) if context_id is not None else None
    school = session.get_one(Registration, actor.registration_id)
    return course_zone(course.time_zone if course else None, school.time_zone)
