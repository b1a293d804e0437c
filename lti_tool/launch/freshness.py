"""Grades that are old when someone opens the course: ask for a sync, without ever delaying the launch."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.launch.claims import Launch
from lti_tool.plans.access import Role
from lti_tool.plans.roles import session_role
from lti_tool.records.base import table_of
from lti_tool.records.course import Context
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Connection
from lti_tool.records.prepared import Prepared

_log = structlog.get_logger()


_connection, _run = table_of(Connection), table_of(SyncRun)
_WORTH_ASKING = Prepared(
    sa.select(_connection.c.id)
    .where(
        _connection.c.registration_id == sa.bindparam("registration"),
        sa.or_(_connection.c.context_id.is_(None), _connection.c.context_id == sa.bindparam("context")),
        _connection.c.state != "waiting",
        ~sa.exists().where(
            _run.c.context_id == sa.bindparam("context"), _run.c.queued_at > sa.bindparam("since")
        ),
    )
    .limit(sa.literal_column("1"))
)


def takes_part(launch: Launch) -> bool:
    """Whether this person looks at the course's grades, their own or their students'."""
    return session_role(launch.roles) in (Role.STAFF, Role.LEARNER)


def ask_when_stale(
    database: Database,
    launch: Launch,
    row: Any,
    *,
    registration_id: int,
    settings: Settings,
    jobs: Any,
    now: datetime,
) -> None:
    """The same for somebody who is in; row: of `standing`. One statement tells whether it is needed."""
    if not takes_part(launch) or not may_be_stale(row, settings=settings, now=now):
        return
    since = now - timedelta(minutes=settings.launch_stale_minutes)
    with database.look() as door:
        worth = {"registration": registration_id, "context": row.context_id, "since": since}
        if not _WORTH_ASKING.run(door, worth):
            return
    with database.write() as session:
        context = session.get_one(Context, row.context_id)
        ask_for_fresh_grades(session, context, row.person_id, settings=settings, jobs=jobs, now=now)


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
