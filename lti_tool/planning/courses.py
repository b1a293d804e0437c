"""What staff do with a course: start plans in it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.scope import course_of
from lti_tool.plans.access import Act, Actor, require
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Context
from lti_tool.records.gradebook import SyncRun

log = structlog.get_logger()


class AsksForSync(Protocol):
    """The part of `lti_tool.jobs.Jobs` that starting plans needs."""

    def request_sync(
        self,
        session: Session,
        *,
        context_id: int,
        kind: str,
        trigger: str,
        asked_by_id: int | None = None,
        now: datetime,
    ) -> SyncRun:
        """The run that reads this course, asked for in the caller's transaction."""
        ...


def start_plans(
    session: Session, actor: Actor, context_id: int, *, jobs: AsksForSync, now: datetime
) -> SyncRun:
    """Begin plans in a course: mark who began and when (once), and ask for roster and grades.

    Raises:
        Refused: the actor may not. NotFound: not the actor's course.
    """
    require(actor, Act.START_PLANS)
    context = course_of(session, actor, context_id)
    first = session.scalars(
        sa.update(Context)
        .where(Context.id == context.id, Context.started_at.is_(None))
        .values(started_at=now, started_by_id=actor.person_id)
        .returning(Context.id)
        .execution_options(synchronize_session=False)
    ).all()
    if first:
        session.refresh(context)
        session.add(
            AuditEntry(
                registration_id=actor.registration_id,
                actor_id=actor.person_id,
                actor_role=actor.role.value,
                act="plans.started",
                subject=f"context:{context.id}",
                context_id=context.id,
                at=now,
            )
        )
        log.info("plans.started", context_id=context.id)
    return jobs.request_sync(
        session,
        context_id=context.id,
        kind="first",
        trigger="start",
        asked_by_id=actor.person_id,
        now=now,
    )
