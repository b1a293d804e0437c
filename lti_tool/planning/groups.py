"""Groups of students of a course: of the LMS or made here, who is in them and who leads them (B7, B8)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.scope import course_of, is_row_id
from lti_tool.plans.access import Act, Actor, require
from lti_tool.records.group import StudentGroup
from lti_tool.records.structure import LmsGroup

LMS = "lms:"


def group_chosen(session: Session, actor: Actor, value: str, *, now: datetime) -> StudentGroup:
    """The group a form names: `12`, or `lms:7` for one of the LMS, which is taken over at first use.

    Raises:
        Refused, NotFound: not staff, or no such group in this course.
    """
    require(actor, Act.MAKE_LESSON)
    context = course_of(session, actor)
    from_lms = value.startswith(LMS)
    number = value.removeprefix(LMS)
    group_id = int(number) if number.isascii() and number.isdigit() and len(number) < 11 else 0
    if not is_row_id(group_id):
        raise NotFound
    if not from_lms:
        found = session.get(StudentGroup, group_id)
        if found is None or found.context_id != context.id or found.ended_at is not None:
            raise NotFound
        return found
    theirs = session.get(LmsGroup, group_id)
    if theirs is None or theirs.context_id != context.id or theirs.gone_at is not None:
        raise NotFound
    there = session.scalar(
        sa.select(StudentGroup).where(
            StudentGroup.context_id == context.id, StudentGroup.lms_group_id == theirs.id
        )
    )
    if there is not None:
        there.ended_at = None
        return there
    made = StudentGroup(
        registration_id=context.registration_id,
        context_id=context.id,
        once=f"{LMS}{theirs.id}",
        kind="small",
        name=theirs.name[:200],
        lms_group_id=theirs.id,
        made_by_id=actor.person_id,
        made_at=now,
    )
    session.add(made)
    session.flush()
    return made
