"""What is due: a pure rule over courses, and the tick that asks for it (design.md, Jobs)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.jobs import ACTIVE, Jobs
from lti_tool.launch.keys import rotate_on_schedule, schedule_is_due
from lti_tool.records.course import Context
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.launch import LoginState, PendingLaunch
from lti_tool.records.platform import Connection, Registration

LONGEST_PAUSE = timedelta(hours=6)
LOST_AFTER = timedelta(seconds=20)
LOGIN_STATES_KEPT = timedelta(days=1)
log = structlog.get_logger()


@dataclass(frozen=True)
class CourseState:
    """A started course as the schedule sees it. failures: in a row, since the last run that went well."""

    context_id: int
    connected: bool
    active: bool = False
    failures: int = 0
    last_ended_at: datetime | None = None
    roster_read_at: datetime | None = None
    grades_read_at: datetime | None = None
    grades_full_at: datetime | None = None


def due(course: CourseState, settings: Settings, now: datetime) -> str:
    """The kind of run this course needs now; empty = none. Pure."""
    every = timedelta(minutes=settings.sync_every_minutes)

    def older(moment: datetime | None, age: timedelta) -> bool:
        return moment is None or now - moment >= age

    if course.active:
        return ""
    if course.failures:
        # After a failure everything is read again, less and less often while it goes on.
        pause = min(every * 2 ** min(course.failures - 1, 10), LONGEST_PAUSE)
        return "full" if older(course.last_ended_at, pause) else ""
    if course.connected and older(course.grades_full_at, timedelta(hours=settings.full_sync_hours)):
        return "full"
    if course.connected and older(course.grades_read_at, every):
        return "changes"
    return "roster" if older(course.roster_read_at, timedelta(hours=settings.roster_every_hours)) else ""


def started_courses(session: Session) -> list[CourseState]:
    """Every course where plans have been started and that is still read."""
    institutions = sa.exists().where(
        Connection.registration_id == Context.registration_id,
        sa.or_(Connection.context_id.is_(None), Connection.context_id == Context.id),
        Connection.state != "waiting",
    )
    active = sa.exists().where(SyncRun.context_id == Context.id, SyncRun.state.in_(ACTIVE))
    well = (
        sa.select(sa.func.max(SyncRun.queued_at))
        .where(SyncRun.context_id == Context.id, SyncRun.state == "done")
        .correlate(Context)
        .scalar_subquery()
    )
    failed = (SyncRun.context_id == Context.id, SyncRun.state == "failed")
    failures = (
        sa.select(sa.func.count())
        .where(*failed, sa.or_(well.is_(None), SyncRun.queued_at > well))
        .correlate(Context)
        .scalar_subquery()
    )
    ended = sa.select(sa.func.max(SyncRun.finished_at)).where(*failed).correlate(Context).scalar_subquery()
    rows = session.execute(
        sa.select(
            Context.id,
            institutions.label("connected"),
            active.label("active"),
            failures.label("failures"),
            ended.label("ended"),
            Context.roster_read_at,
            Context.grades_read_at,
            Context.grades_full_at,
        )
        .join(Registration, Registration.id == Context.registration_id)
        .where(Context.started_at.is_not(None), Context.read_only.is_(False), Registration.active)
        .order_by(Context.id)
    )
    return [
        CourseState(
            row.id,
            bool(row.connected),
            bool(row.active),
            row.failures,
            row.ended,
            row.roster_read_at,
            row.grades_read_at,
            row.grades_full_at,
        )
        for row in rows
    ]


def tick(database: Database, jobs: Jobs, settings: Settings, now: datetime) -> int:
    """Ask for what is due, start again what was lost, forget old login states; how many jobs."""
    with database.read() as session:
        courses = started_courses(session)
    wanted = [(course.context_id, due(course, settings, now)) for course in courses]
    asked = 0
    for context_id, kind in wanted:
        if kind:
            with database.write() as session:
                jobs.request_sync(session, context_id=context_id, kind=kind, trigger="schedule", now=now)
            asked += 1
    asked += restart_lost(database, jobs, now)
    rotate_due_keys(database, settings, now)
    with database.write() as session:
        # Claims that nobody proved name a person, so they go as soon as their time is over.
        session.execute(sa.delete(PendingLaunch).where(PendingLaunch.expires_at <= now))
        session.execute(sa.delete(LoginState).where(LoginState.expires_at < now - LOGIN_STATES_KEPT))
    return asked


def rotate_due_keys(database: Database, settings: Settings, now: datetime) -> str:
    """Take the next step of our signing keys' schedule, if one is due; what was done, or ""."""
    with database.read() as session:
        if not schedule_is_due(session, settings.key_rotation_days, now):
            return ""
    with database.write() as session:
        done = rotate_on_schedule(session, settings.key_rotation_days, now)
    if done:
        log.info("keys.rotated", step=done)
    return done


def restart_lost(database: Database, jobs: Jobs, now: datetime) -> int:
    """Enqueue again the runs nobody works on: queued but without a waiting job, or with an ended lease."""
    with database.read() as session:
        lost = lost_runs(session, now)
    if not lost:
        return 0
    waiting = jobs.waiting_runs()
    lost = [(run_id, attempts) for run_id, attempts in lost if run_id not in waiting]
    for run_id, attempts in lost:
        # One more job a minute at most: its name is made of the minute.
        job_id = f"{run_id}:{attempts}:{int(now.timestamp()) // 60}"
        with database.write() as session:
            jobs.enqueue(session, run_id, job_id=job_id)
        log.info("sync.started_again", run_id=run_id, attempts=attempts)
    return len(lost)


def lost_runs(session: Session, now: datetime) -> Sequence[tuple[str, int]]:
    """(run id, attempts) of runs nobody works on."""
    rows = session.execute(
        sa.select(SyncRun.id, SyncRun.attempts).where(
            sa.or_(
                sa.and_(SyncRun.state == "queued", SyncRun.queued_at < now - LOST_AFTER),
                sa.and_(SyncRun.state == "running", SyncRun.lease_until < now),
            )
        )
    )
    return [(row.id, row.attempts) for row in rows]
