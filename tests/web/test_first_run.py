"""The first opening by staff: an invitation, one click, and how far it is."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from lti_tool.db import Database
from lti_tool.plans.access import Role
from lti_tool.records.course import Context
from lti_tool.records.gradebook import SyncRun
from tests import factories
from tests.web.course import Course, make_course
from tests.web.rig import Rig


@pytest.fixture
def course(database: Database) -> Course:
    with database.write() as session:
        return make_course(session, started_at=None, roster_read_at=None, grades_read_at=None)


def test_staff_are_offered_the_start(rig: Rig, course: Course) -> None:
    me = rig.open(course.teacher, course.context, Role.STAFF)
    for path in ("/", "/board", "/setup"):
        text = me.get(path).text
        assert ">Start plans here</button>" in text
        assert "Canvas" in text


def test_starting_twice_is_one_run(rig: Rig, course: Course) -> None:
    me = rig.open(course.teacher, course.context, Role.STAFF)
    for _ in range(2):
        answer = me.post("/start")
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith("/setup")
    with rig.database.read() as session:
        run = session.scalars(sa.select(SyncRun)).one()
        assert (run.kind, run.trigger, run.asked_by_id) == ("first", "start", course.teacher.id)
        assert session.get_one(Context, course.context.id).started_at == rig.clock()
    page = me.follow(answer).text
    assert "Plans started here" in page
    assert "by you" in page
    assert "hx-get" in page


def test_set_up_counts_people(rig: Rig, course: Course) -> None:
    me = rig.open(course.teacher, course.context, Role.STAFF)
    me.post("/start")
    with rig.database.write() as session:
        for name in ("Ana", "Björn", ""):
            factories.make_learner(session, course.context, name=name)
        session.get_one(Context, course.context.id).roster_read_at = rig.clock()
        run = session.scalars(sa.select(SyncRun)).one()
        run.state, run.finished_at = "done", rig.clock()
    text = me.get("/setup").text
    assert "3 students have a plan." in text
    assert "1 person is staff and gets no plan." in text
    assert "1 has no name in the LMS" in text
    assert "hx-get" not in text


def test_set_up_counts_while_it_runs(rig: Rig, course: Course) -> None:
    me = rig.open(course.teacher, course.context, Role.STAFF)
    me.post("/start")
    with rig.database.write() as session:
        run = session.scalars(sa.select(SyncRun)).one()
        run.state, run.stage, run.done, run.expected = "running", "roster", 184, 240
    text = me.get("/setup").text
    assert "184 of about 240 people" in text
    assert bar_stands_in(text) == "Bringing in your students"


def test_the_bar_stands_in_the_step_that_is_worked_on(rig: Rig, course: Course) -> None:
    me = rig.open(course.teacher, course.context, Role.STAFF)
    me.post("/start")
    assert bar_stands_in(me.get("/setup").text) == "Bringing in your students"
    assert "HX-Refresh" not in me.get("/progress?step=people").headers
    with rig.database.write() as session:
        session.get_one(Context, course.context.id).roster_read_at = rig.clock()
        run = session.scalars(sa.select(SyncRun)).one()
        run.state, run.stage = "running", "grades"
    assert bar_stands_in(me.get("/setup").text) == "Connect grades"
    assert me.get("/progress?step=people").headers["HX-Refresh"] == "true"
    assert "HX-Refresh" not in me.get("/progress?step=grades").headers


def test_reading_grades_again_does_not_undo_the_people(rig: Rig, course: Course) -> None:
    me = rig.open(course.teacher, course.context, Role.STAFF)
    me.post("/start")
    with rig.database.write() as session:
        session.get_one(Context, course.context.id).roster_read_at = rig.clock()
        session.scalars(sa.select(SyncRun)).one().kind = "changes"
    assert bar_stands_in(me.get("/setup").text) == "Connect grades"


def bar_stands_in(page: str) -> str:
    """The heading of the step that holds the progress bar."""
    before = page.split('id="progress"')[0]
    return before.rsplit("<h2>", 1)[1].split("</h2>")[0]


def test_a_course_with_nobody_says_so(rig: Rig, course: Course) -> None:
    me = rig.open(course.teacher, course.context, Role.STAFF)
    me.post("/start")
    text = me.get("/board").text
    assert "No students here yet" in text


def test_a_hostile_course_title_is_text(rig: Rig, course: Course) -> None:
    with rig.database.write() as session:
        session.get_one(Context, course.context.id).title = "<script>alert(1)</script>"
    text = rig.open(course.teacher, course.context, Role.STAFF).get().text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
