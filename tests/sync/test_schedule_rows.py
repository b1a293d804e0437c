"""What the schedule reads out of rows: open boards, near due dates, goals, ends, LMSs left in peace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lms_sync.due import CourseState, Rank, choose, rank
from lms_sync.schedule import put_away, started_courses, tick
from lti_tool.jobs import Jobs, migrate_job_tables
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.gradebook import Item, SyncRun
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Connection
from lti_tool.records.rhythm import CourseRhythm, LmsDoor
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied


@pytest.fixture
def here(tie_to: Callable[..., Tied]) -> Tied:
    tied = tie_to("canvas")
    assert tied.sync("first", "start").state == "done"
    return tied


@pytest.fixture
def jobs(here: Tied) -> Iterator[Jobs]:
    migrate_job_tables(here.settings)
    jobs = Jobs(here.settings)
    yield jobs
    jobs.close()


def state(tied: Tied) -> CourseState:
    with tied.database.read() as session:
        (course,) = started_courses(session, tied.clock())
    return course


def change(tied: Tied, **values: object) -> None:
    with tied.database.write() as session:
        session.execute(sa.update(Context).values(**values))


def far_from_due(tied: Tied) -> None:
    """No due date is near, and nobody opened the tool for weeks."""
    with tied.database.write() as session:
        session.execute(sa.update(Item).values(due_at=None))
    tied.clock.forward(days=30)
    change(tied, roster_read_at=tied.clock(), grades_read_at=tied.clock(), grades_full_at=tied.clock())


def test_due_dates_launches_boards_and_goals_are_seen(here: Tied) -> None:
    assert state(here).due_near
    far_from_due(here)
    now = here.clock()
    assert rank(state(here), now) is Rank.QUIET
    change(here, last_launch_at=now - timedelta(hours=3))
    assert rank(state(here), now) is Rank.LIVELY
    with here.database.write() as session:
        row = session.get_one(CourseRhythm, here.context_id)
        assert row.changed_at is not None  # the first run found something new
        row.board_seen_at = now
    assert rank(state(here), now) is Rank.BOARD
    assert not state(here).tied
    with here.database.write() as session:
        plan = session.scalars(sa.select(Plan).limit(1)).one()
        goal = Goal(
            plan_id=plan.id,
            context_id=here.context_id,
            title="Homework",
            state="active",
            measure="average",
            target=Decimal(80),
            starts_on=now.date(),
            due_on=now.date() + timedelta(days=30),
            created_at=now,
        )
        session.add(goal)
        session.flush()
        item = session.scalars(sa.select(Item.id).limit(1)).one()
        session.add(GoalItem(goal_id=goal.id, item_id=item, position=0))
    assert state(here).tied


def test_an_ended_course_is_read_once_more_then_read_only(here: Tied, jobs: Jobs) -> None:
    far_from_due(here)
    here.clock.forward(minutes=1)
    here.course.concluded = True
    change(here, ended_at=here.clock())
    here.clock.forward(minutes=1)
    assert tick(here.database, jobs, here.settings, here.clock()) == 1
    with here.database.read() as session:
        run = session.scalars(sa.select(SyncRun).where(SyncRun.state == "queued")).one()
    assert run.kind == "full"
    assert not here.context().read_only
    with here.database.write() as session:
        session.execute(sa.delete(SyncRun).where(SyncRun.id == run.id))
    here.sync("full")
    assert tick(here.database, jobs, here.settings, here.clock()) == 0
    assert here.context().read_only
    here.clock.forward(days=100)
    with here.database.read() as session:
        assert started_courses(session, here.clock()) == []


def test_failures_count_until_a_run_goes_well_and_resting_is_none(here: Tied) -> None:
    here.world.faults.append(Fault("html", "/api/v1/", times=None))
    for count in (1, 2):
        here.clock.forward(minutes=1)
        here.sync("full")
        assert (state(here).failures, state(here).last_ended_at) == (count, here.clock())
    with here.database.write() as session:
        session.execute(sa.update(LmsDoor).values(shut_until=here.clock() + timedelta(minutes=5)))
    assert here.sync("full").error_code == "resting"
    assert state(here).failures == 2
    assert choose([state(here)], here.settings, here.clock() + timedelta(minutes=4)) == []
    here.world.faults.clear()
    here.sync("full", "button")
    assert state(here).failures == 0


def test_a_course_without_a_connection_is_seen_as_one(here: Tied) -> None:
    assert state(here).connected
    with here.database.write() as session:
        session.execute(sa.update(Connection).values(state="waiting"))
    assert not state(here).connected


def test_readings_of_long_ago_are_put_away(here: Tied) -> None:
    runs = here.count(SyncRun)
    here.clock.forward(days=59)
    put_away(here.database, here.clock())
    assert here.count(SyncRun) == runs
    here.clock.forward(days=2)
    put_away(here.database, here.clock())
    assert here.count(SyncRun) == 0
