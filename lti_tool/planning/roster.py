"""Who has left a course: decided by a list that is believed, or by staff where it is not."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.scope import course_of
from lti_tool.plans.access import Act, Actor, require
from lti_tool.records.absence import not_on_list
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Membership

log = structlog.get_logger()


def mark_gone(session: Session, context_id: int, *, seen_at: datetime) -> int:
    """Mark who a believed list no longer names; their rows, plans and goals stay."""
    gone = (
        sa.update(Membership)
        .where(not_on_list(context_id, seen_at))
        .values(left_at=seen_at)
        .returning(Membership.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(gone).all())


def confirm_gone(session: Session, actor: Actor, *, read_at: datetime | None, now: datetime) -> int | None:
    """Staff say that the people a doubted list leaves out have left; how many were marked.

    read_at: which list they looked at. None: that list is not the newest any more, nothing was done.
    Raises Refused, NotFound.
    """
    require(actor, Act.CONFIRM_GONE)
    context = course_of(session, actor)
    session.refresh(context, with_for_update=True)
    if not context.roster_doubt or context.roster_read_at is None or context.roster_read_at != read_at:
        return None
    gone = mark_gone(session, context.id, seen_at=context.roster_read_at)
    session.add(
        AuditEntry(
            registration_id=actor.registration_id,
            actor_id=actor.person_id,
            actor_role=actor.role.value,
            act="roster.confirmed",
            subject=f"context:{context.id}",
            context_id=context.id,
            details={"gone": gone, "named": context.roster_named, "last": context.roster_learners},
            at=now,
        )
    )
    context.roster_learners, context.roster_doubt = context.roster_named, ""
    log.info("roster.confirmed", context_id=context.id, gone=gone)
    return gone
