"""A copied course: a course of its own that remembers where it came from, and nothing else of it.

Known from the launch (`$Context.id.history`) or from the LMS's notice, whichever comes first. People,
goals, connection and results belong to the course they were made in; nothing is ever carried over.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.plans.access import Role
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Context


def remember_origin(session: Session, context: Context, origin: str, now: datetime) -> None:
    """Note where the course came from, once; content brought into a course in use is no copy of it."""
    if not origin or origin == context.lms_id or context.copied_from or context.started_at is not None:
        return
    context.copied_from = origin
    session.flush()
    session.add(
        AuditEntry(
            registration_id=context.registration_id,
            actor_role=Role.SYSTEM.value,
            act="course copied",
            subject=f"context:{context.id}",
            context_id=context.id,
            at=now,
        )
    )


def remember_copy(
    session: Session, registration_id: int, lms_id: str, origin: str, *, label: str, title: str, now: datetime
) -> None:
    """The same from a notice, which may come before anybody opened the copy."""
    query = sa.select(Context).where(Context.registration_id == registration_id, Context.lms_id == lms_id)
    found = session.scalar(query)
    if found is None:
        try:
            with session.begin_nested():
                found = Context(
                    registration_id=registration_id, lms_id=lms_id, label=label, title=title, created_at=now
                )
                session.add(found)
        except IntegrityError:
            found = session.scalars(query).one()
    remember_origin(session, found, origin, now)
