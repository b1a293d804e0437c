"""Grades that are old when someone opens the course: ask for a sync, without ever delaying the launch."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from config.settings import Settings
from lti_tool.records.course import Context
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Connection

_log = structlog.get_logger()


def ask_for_fresh_grades(
    session: Session, context: Context, person_id: int, *, settings: Settings, jobs: Any, now: datetime
) -> None:
    """Request a sync of changes when the started course's grades are stale; a failure is only logged."""
    stale = now - timedelta(minutes=settings.launch_stale_minutes)
    if not may_be_stale(context, settings=settings, now=now):
        return
    if not _is_connected(session, context) or _asked_since(session, context.id, stale):
        return
    try:
        with session.begin_nested():
            jobs.request_sync(
                session,
                context_id=context.id,
                kind="changes",
                trigger="launch",
                asked_by_id=person_id,
                now=now,
            )
    except Exception as error:  # whatever the job engine does, the person comes in
        _log.warning("launch.sync_not_requested", context_id=context.id, kind=type(error).__name__)


def may_be_stale(context: Any, *, settings: Settings, now: datetime) -> bool:
    """Whether this course's grades were read too long ago. context: started_at, read_only, grades_read_at."""
    stale = now - timedelta(minutes=settings.launch_stale_minutes)
    if context.started_at is None or context.read_only:
        return False
    return context.grades_read_at is None or context.grades_read_at <= stale


def _is_connected(session: Session, context: Context) -> bool:
    found = session.scalar(
        sa.select(Connection.id)
        .where(
            Connection.registration_id == context.registration_id,
            sa.or_(Connection.context_id.is_(None), Connection.context_id == context.id),
            Connection.state != "waiting",
        )
        .limit(1)
    )
    return found is not None


def _asked_since(session: Session, context_id: int, since: datetime) -> bool:
    found = session.scalar(
        sa.select(SyncRun.id).where(SyncRun.context_id == context_id, SyncRun.queued_at > since).limit(1)
    )
    return found is not None
