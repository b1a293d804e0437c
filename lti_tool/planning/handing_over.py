"""When staff leave a course, somebody takes over what they had open; history stays with the plans (B12)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.notes import note
from lti_tool.planning.passing_on import pass_on_steps
from lti_tool.planning.scope import course_of
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.plans.ids import is_row_id
from lti_tool.records.course import Membership
from lti_tool.records.goal import Goal
from lti_tool.records.mentoring import Handover
from lti_tool.records.step import Step


def take_over(session: Session, actor: Actor, from_id: int, *, now: datetime) -> int:
    """The actor takes what a former member of staff had open in this course; how many steps. Twice is once.

    Each step gets a version that says so. Agreed days and unanswered proposals are the course's anyway:
    they stay on its lists, and from now with the actor's name.

    Raises:
        Refused: not staff. NotFound: not somebody who was staff of this course and left.
    """
    require(actor, Act.HAND_OVER)
    context = course_of(session, actor)
    if not is_row_id(from_id) or session.scalar(_left(context.id, from_id)) is None:
        raise NotFound
    theirs = sa.and_(Goal.context_id == context.id, Step.owner_id == from_id)
    steps = pass_on_steps(session, actor, theirs, actor.person_id or 0, now=now)
    newest = session.scalar(
        sa.select(Handover.to_id)
        .where(Handover.context_id == context.id, Handover.from_id == from_id)
        .order_by(Handover.id.desc())
        .limit(1)
    )
    if newest != actor.person_id and actor.person_id is not None:
        session.add(
            Handover(
                registration_id=actor.registration_id,
                context_id=context.id,
                from_id=from_id,
                to_id=actor.person_id,
                at=now,
            )
        )
        note(session, actor, "took over from", from_id, now=now, steps=steps)
    return steps


def _left(context_id: int, person_id: int) -> sa.Select[int]:
    return sa.select(Membership.id).where(
        Membership.context_id == context_id,
        Membership.person_id == person_id,
        Membership.role == Role.STAFF,
        Membership.left_at.is_not(None),
    )
