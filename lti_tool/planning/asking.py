"""Asking for grades in person: by the "Sync now" button or on the command line."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.courses import AsksForSync
from lti_tool.planning.scope import course_of
from lti_tool.plans.access import Act, Actor, require
from lti_tool.records.course import Context, Membership
from lti_tool.records.gradebook import Item, SyncRun
from lti_tool.records.learners import learns_in

SMALL = 5000


def ask_for_sync(
    session: Session,
    actor: Actor,
    context_id: int,
    *,
    jobs: AsksForSync,
    now: datetime,
    trigger: str = "button",
) -> SyncRun:
    """The run that reads the course now: a new one, or the one under way.

    Raises:
        Refused: the actor may not. NotFound: not the actor's course.
    """
    require(actor, Act.SYNC)
    context = course_of(session, actor, context_id)
    return jobs.request_sync(
        session,
        context_id=context.id,
        kind=kind_when_asked(session, context),
        trigger=trigger,
        asked_by_id=actor.person_id,
        now=now,
    )


def kind_when_asked(session: Session, context: Context) -> str:
    """What a person who asks gets: everything where that is quick (learners × items), else the changes.

    Hidden flags and overrides show only when everything is read, so a small course always gets that.
    """
    if context.grades_full_at is None:
        return "full"
    learners = session.scalar(
        sa.select(sa.func.count())
        .select_from(Membership)
        .where(
            learns_in(context.id),
        )
    )
    items = session.scalar(
        sa.select(sa.func.count())
        .select_from(Item)
        .where(Item.context_id == context.id, Item.gone_at.is_(None))
    )
    return "full" if (learners or 0) * (items or 0) <= SMALL else "changes"
