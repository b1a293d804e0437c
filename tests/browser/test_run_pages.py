"""The pages about reading, in a browser: readable on a phone, no complaint, the board's pulse beats."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from lti_tool.db import Database
from lti_tool.plans.access import Role
from lti_tool.records.rhythm import CourseRhythm
from tests.browser.looking import looking
from tests.web.course import NOW, Course, fill, make_course
from tests.web.rig import Rig
from tests.web.test_runs import add_run, shut

pytestmark = pytest.mark.browser


@pytest.fixture
def course(database: Database) -> Course:
    with database.write() as session:
        made = make_course(session)
        fill(session, made)
    return made


def some_runs(database: Database, course: Course) -> str:
    shut(database, course, NOW + timedelta(minutes=18))
    add_run(
        database,
        course,
        queued_at=NOW - timedelta(days=1),
        kind="first",
        trigger="start",
        rows=4210,
        changed=988,
    )
    add_run(
        database,
        course,
        state="failed",
        error="x",
        error_code="server_error",
        error_words={"lms": "Canvas", "status": 502},
        queued_at=NOW - timedelta(minutes=40),
    )
    return add_run(
        database,
        course,
        trigger="button",
        asked_by_id=course.teacher.id,
        requests=9,
        rows=310,
        changed=4,
        attempts=2,
        cursor_from=NOW - timedelta(minutes=15),
        cursor_to=NOW - timedelta(minutes=4),
        ignored={"not in the roster": 5, "test student": 1},
    )


def test_runs_are_readable_and_without_complaint(
    rig: Rig, database: Database, course: Course, browser: Browser
) -> None:
    run_id = some_runs(database, course)
    opened = rig.open(course.teacher, course.context, Role.STAFF)
    with looking(browser, opened, width=1200) as look:
        for path in ("/runs", f"/runs/{run_id}"):
            look.page.goto(opened.address + path)
            assert look.faults("runs") == []


def test_an_open_board_says_so_by_itself(
    rig: Rig, database: Database, course: Course, browser: Browser
) -> None:
    opened = rig.open(course.teacher, course.context, Role.STAFF)
    with looking(browser, opened, width=1200) as look:
        with look.page.expect_response(lambda answer: "/pulse" in answer.url) as beat:
            look.page.goto(opened.address + "/board")
        assert beat.value.status == 200
        assert look.complaints == []
    with database.read() as session:
        assert session.scalar(sa.select(CourseRhythm.board_seen_at)) == rig.clock()
