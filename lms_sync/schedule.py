"""The tick: reads what is due from rows, asks for it, and puts right what was lost (design.md, Jobs)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from config.settings import Settings
from lms_sync.clocks import over
from lms_sync.due import DUE_NEAR, QUEUE_ROOM, CourseState, Rank, choose, is_over
from lti_tool.db import Database
from lti_tool.jobs import ACTIVE, Jobs
from lti_tool.launch.keys import rotate_on_schedule, schedule_is_due
from lti_tool.planning.closing import Settled, anything_to_settle, settle_goals
from lti_tool.planning.files import sweep_files
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.gradebook import Item, SyncRun
from lti_tool.records.launch import LoginState, PendingLaunch
from lti_tool.records.platform import Connection, Registration
from lti_tool.records.rhythm import CourseRhythm, LmsDoor
from lti_tool.storage import FileStore

LOST_AFTER = timedelta(seconds=20)
LOGIN_STATES_KEPT = timedelta(days=1)
RUNS_KEPT = timedelta(days=60)
MOST_PUT_AWAY = 500
log = structlog.get_logger()


def started_courses(session: Session, now: datetime) -> list[CourseState]:
    """Every course where plans have been started and that is still read. One statement."""
    serving = (
        sa.select(Connection.id)
        .where(
            Connection.registration_id == Context.registration_id,
            sa.or_(Connection.context_id.is_(None), Connection.context_id == Context.id),
            Connection.state != "waiting",
        )
        .order_by(Connection.state == "broken", Connection.context_id.is_not(None), Connection.id)
        .limit(1)
        .correlate(Context)
        .scalar_subquery()
    )
    active = sa.exists().where(SyncRun.context_id == Context.id, SyncRun.state.in_(ACTIVE))
    near = sa.exists().where(
        Item.context_id == Context.id,
        Item.gone_at.is_(None),
        Item.due_at.between(now - DUE_NEAR, now + DUE_NEAR),
    )
    tied = sa.exists().where(
        Goal.context_id == Context.id, Goal.state == "active", GoalItem.goal_id == Goal.id
    )
    courses = (
        sa.select(
            Context.id.label("context_id"),
            Context.registration_id,
            serving.label("connection_id"),
            active.label("active"),
            near.label("due_near"),
            tied.label("tied"),
            Context.started_at,
            Context.ended_at,
            Context.last_launch_at.label("launched_at"),
            Context.roster_read_at,
            Context.grades_read_at,
            Context.grades_full_at,
            sa.func.coalesce(CourseRhythm.failures, 0).label("failures"),
            CourseRhythm.failed_at,
            CourseRhythm.board_seen_at,
            CourseRhythm.changed_at,
        )
        .join(Registration, Registration.id == Context.registration_id)
        .outerjoin(CourseRhythm, CourseRhythm.context_id == Context.id)
        .where(Context.started_at.is_not(None), Context.read_only.is_(False), Registration.active)
        .subquery()
    )
    api, lti = sa.orm.aliased(LmsDoor), sa.orm.aliased(LmsDoor)
    rows = session.execute(
        sa.select(
            courses,
            api.shut_until.label("api_shut"),
            api.trying_until.label("api_tried"),
            lti.shut_until.label("lti_shut"),
            lti.trying_until.label("lti_tried"),
        )
        .outerjoin(api, api.connection_id == courses.c.connection_id)
        .outerjoin(
            lti, sa.and_(lti.registration_id == courses.c.registration_id, lti.connection_id.is_(None))
        )
        .order_by(courses.c.context_id)
    )
    return [_state(row) for row in rows]


def _state(row: Any) -> CourseState:
    stirs = [at for at in (row.started_at, row.launched_at, row.changed_at) if at is not None]
    return CourseState(
        context_id=row.context_id,
        connected=row.connection_id is not None,
        registration_id=row.registration_id,
        connection_id=row.connection_id,
        active=bool(row.active),
        failures=row.failures,
        last_ended_at=row.failed_at,
        roster_read_at=row.roster_read_at,
        grades_read_at=row.grades_read_at,
        grades_full_at=row.grades_full_at,
        board_seen_at=row.board_seen_at,
        launched_at=row.launched_at,
        due_near=bool(row.due_near),
        tied=bool(row.tied),
        stirred_at=max(stirs, default=None),
        ended_at=row.ended_at,
        api_shut_until=_latest(row.api_shut, row.api_tried),
        lti_shut_until=_latest(row.lti_shut, row.lti_tried),
    )


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def tick(database: Database, jobs: Jobs, settings: Settings, now: datetime) -> int:
    """Ask for what is due, start again what was lost, put old things away; how many jobs."""
    with database.read() as session:
        courses = started_courses(session, now)
        queued = session.scalar(
            sa.select(sa.func.count()).select_from(SyncRun).where(SyncRun.state == "queued")
        )
    wanted = choose(courses, settings, now, room=max(QUEUE_ROOM - (queued or 0), 0))
    for one in wanted:
        with database.write() as session:
            jobs.request_sync(
                session,
                context_id=one.context_id,
                kind=one.kind,
                trigger="schedule",
                now=now,
                priority=one.rank,
            )
    asked = len(wanted) + restart_lost(database, jobs, now)
    close_ended(database, courses, now)
    settle_ends(database, now)
    rotate_due_keys(database, settings, now)
    put_away(database, now)
    sweep_files(database, FileStore(settings.files_folder), now)
    return asked


def close_ended(database: Database, courses: Sequence[CourseState], now: datetime) -> None:
    """Courses that have ended and were read since: never asked for again."""
    over = [course.context_id for course in courses if is_over(course)]
    if not over:
        return
    with database.write() as session:
        session.execute(sa.update(Context).where(Context.id.in_(over)).values(read_only=True))
    log.info("courses.closed", context_ids=over)


def put_away(database: Database, now: datetime) -> None:
    """Delete what nobody looks at any more: old login states, and runs of long ago."""
    old_runs = (
        sa.select(SyncRun.id)
        .where(SyncRun.finished_at < now - RUNS_KEPT)
        .order_by(SyncRun.finished_at)
        .limit(MOST_PUT_AWAY)
    )
    with database.write() as session:
        # Claims that nobody proved name a person, so they go as soon as their time is over.
        session.execute(sa.delete(PendingLaunch).where(PendingLaunch.expires_at <= now))
        session.execute(sa.delete(LoginState).where(LoginState.expires_at < now - LOGIN_STATES_KEPT))
        session.execute(sa.delete(SyncRun).where(SyncRun.id.in_(old_runs)))


def settle_ends(database: Database, now: datetime) -> Settled:
    """Settle the goals whose day is over, some at a time; every goal has its turn once a day."""
    with database.read() as session:
        if not anything_to_settle(session, now=now):
            return Settled()
    with database.write() as session:
        return settle_goals(session, now=now)


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
            jobs.enqueue(session, run_id, job_id=job_id, priority=Rank.LIVELY)
        log.info("sync.started_again", run_id=run_id, attempts=attempts)
    return len(lost)


def lost_runs(session: Session, now: datetime) -> Sequence[tuple[str, int]]:
    """(run id, attempts) of runs nobody works on."""
    rows = session.execute(
        sa.select(SyncRun.id, SyncRun.attempts).where(
            sa.or_(
                sa.and_(SyncRun.state == "queued", over(SyncRun.queued_at, now - LOST_AFTER)),
                sa.and_(SyncRun.state == "running", over(SyncRun.lease_until, now)),
            )
        )
    )
    return [(row.id, row.attempts) for row in rows]
