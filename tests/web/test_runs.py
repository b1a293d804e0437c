"""How reading goes, on pages: the list of runs, one of them, the pulse of an open board, a resting LMS."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.db import Database
from lti_tool.plans.access import Role
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Connection
from lti_tool.records.rhythm import CourseRhythm, LmsDoor
from tests import factories
from tests.web.course import NOW, Course, fill, make_course
from tests.web.rig import Opened, Rig


@pytest.fixture
def course(database: Database) -> Course:
    with database.write() as session:
        made = make_course(session)
        fill(session, made)
    return made


@pytest.fixture
def teacher(rig: Rig, course: Course) -> Opened:
    return rig.open(course.teacher, course.context, Role.STAFF)


def add_run(database: Database, course: Course, **more: Any) -> str:
    run_id = str(uuid.uuid4())
    fields: dict[str, Any] = {
        "id": run_id,
        "registration_id": course.registration.id,
        "context_id": course.context.id,
        "kind": "changes",
        "trigger": "schedule",
        "state": "done",
        "queued_at": NOW - timedelta(minutes=5),
        "started_at": NOW - timedelta(minutes=4),
        "finished_at": NOW - timedelta(minutes=4) + timedelta(seconds=7),
        "attempts": 1,
    }
    with database.write() as session:
        session.add(SyncRun(**{**fields, **more}))
    return run_id


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_list_says_who_asked_what_was_read_and_how_it_went(
    database: Database, course: Course, teacher: Opened
) -> None:
    failed = {"lms": "Canvas"}
    add_run(database, course, trigger="button", asked_by_id=course.teacher.id, rows=321, changed=4)
    add_run(
        database,
        course,
        kind="roster",
        state="failed",
        error="x",
        error_code="slow",
        error_words=failed,
        queued_at=NOW - timedelta(hours=1),
    )
    page = teacher.get("/runs")
    assert page.status_code == 200
    said = words(page.text)
    assert "Rosa Lind pressed “Sync now” What has changed Done, 7 seconds 321 4 0" in said
    assert "The list of people" in said
    assert "Did not finish: Canvas took too long to answer." in said


def test_one_run_shows_all_its_row_says(database: Database, course: Course, teacher: Opened) -> None:
    run_id = add_run(
        database,
        course,
        attempts=3,
        requests=12,
        cursor_from=NOW - timedelta(minutes=15),
        cursor_to=NOW - timedelta(minutes=4),
        ignored={"not in the roster": 5, "test student": 1},
        went_on_since=NOW - timedelta(minutes=40),
        went_on_after=1200,
    )
    assert "(went on where one broke off)" in words(teacher.get("/runs").text)
    said = words(teacher.get(f"/runs/{run_id}").text)
    for sentence in (
        "2 times, after interruptions",
        "Requests to the LMS 12",
        "5 : Grades of people who are not in the list of this course",
        "1 : Grades of the test student",
        "What changed since",
        "and broke off: 1200 rows of it were kept",
        run_id,
    ):
        assert sentence in said, sentence


def test_a_run_under_way_has_a_bar_and_a_page_without_scripts_asks_again(
    database: Database, course: Course, teacher: Opened
) -> None:
    run_id = add_run(database, course, state="running", stage="grades", done=3, expected=10, finished_at=None)
    for path in ("/runs", f"/runs/{run_id}"):
        text = teacher.get(path).text
        assert '<progress id="progress-bar" max="10" value="3">' in text
        assert '<noscript><meta http-equiv="refresh"' in text


def test_many_runs_come_in_pages(database: Database, course: Course, teacher: Opened) -> None:
    for n in range(60):
        add_run(database, course, queued_at=NOW - timedelta(hours=n), requests=n)
    first, third = teacher.get("/runs").text, teacher.get("/runs?page=3").text
    assert (first.count('scope="row"'), third.count('scope="row"')) == (25, 10)
    assert "Older" in first
    assert "Older" not in third
    for odd in ("0", "-1", "x", "99999999", "٣"):
        assert teacher.get(f"/runs?page={odd}").status_code == 200


def test_runs_of_other_courses_are_not_there(database: Database, course: Course, teacher: Opened) -> None:
    with database.write() as session:
        other = make_course(session)
    foreign = add_run(database, other)
    assert teacher.get(f"/runs/{foreign}").status_code == 404
    assert teacher.get("/runs/nothing").status_code == 404
    assert foreign not in teacher.get("/runs").text


def test_students_do_not_see_runs(rig: Rig, course: Course) -> None:
    student = rig.open(next(iter(course.students.values())), course.context, Role.LEARNER)
    assert student.get("/runs").status_code == 403
    assert student.post("/pulse").status_code == 403


def test_an_open_board_is_noted_and_told_of_newer_grades(
    rig: Rig, database: Database, course: Course, teacher: Opened
) -> None:
    shown = re.search(r'hx-post="[^"]*?(/pulse[^"]*)"', teacher.get("/board").text)
    assert shown is not None
    path = shown.group(1).replace("&amp;", "&")
    answer = teacher.post(path)
    assert answer.status_code == 200
    assert "Show the newer grades" not in answer.text
    with database.read() as session:
        assert session.get_one(CourseRhythm, course.context.id).board_seen_at == rig.clock()
    with database.write() as session:
        session.get_one(type(course.context), course.context.id).grades_read_at = NOW + timedelta(minutes=2)
    rig.clock.move(minutes=3)
    assert "Show the newer grades" in teacher.post(path).text
    with database.read() as session:
        assert session.get_one(CourseRhythm, course.context.id).board_seen_at == rig.clock()
    for odd in ("", "x", "2026-01-01"):
        assert teacher.post(f"/pulse?shown={odd}").status_code == 200


def shut(database: Database, course: Course, until: datetime, **more: Any) -> None:
    with database.write() as session:
        connection = session.scalars(sa.select(Connection)).first()
        assert connection is not None
        fields = {
            "failures": 6,
            "error_code": "server_error",
            "error_words": {"lms": "Canvas", "status": 502},
        }
        session.add(
            LmsDoor(
                registration_id=course.registration.id,
                connection_id=connection.id,
                shut_until=until,
                **{**fields, **more},
            )
        )


def test_the_board_says_that_the_lms_rests_and_until_when(
    rig: Rig, database: Database, course: Course, teacher: Opened
) -> None:
    shut(database, course, NOW + timedelta(minutes=18))
    add_run(database, course, state="failed", error="x", error_code="resting", error_words={"lms": "Canvas"})
    said = words(teacher.get("/board").text)
    assert "Canvas had a fault of its own (status 502). That went on several times" in said
    assert re.search(r"It is tried again at \d", said)
    assert "What was read before stays." in said
    rig.clock.move(minutes=20)
    assert "It is tried again at" not in words(teacher.get("/board").text)


def test_it_says_so_in_spanish(rig: Rig, database: Database, course: Course) -> None:
    add_run(database, course, state="failed", error="x", error_code="slow", error_words={"lms": "Canvas"})
    teacher = rig.open(course.teacher, course.context, Role.STAFF, locale="es")
    said = words(teacher.get("/runs").text)
    assert "Canvas took" not in said
    assert "No terminó" in said


def test_another_courses_connection_does_not_rest_here(
    database: Database, course: Course, teacher: Opened
) -> None:
    with database.write() as session:
        other = factories.make_context(session, course.registration, started_at=NOW)
        session.execute(sa.update(Connection).values(context_id=other.id))
    shut(database, course, NOW + timedelta(minutes=18))
    assert "left in peace" not in teacher.get("/board").text
