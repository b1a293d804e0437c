"""The check-in button, the column's switch, and the page of what is not in the gradebook yet, over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.checkin import CheckIn
from lti_tool.records.score import OwnColumn, ScoreOut
from tests.web.course import Course, fill, make_course
from tests.web.rig import Opened, Rig


@pytest.fixture
def course(rig: Rig) -> Course:
    with rig.database.write() as session:
        course = make_course(session)
        fill(session, course)
        return course


@pytest.fixture
def staff(rig: Rig, course: Course) -> Opened:
    return rig.open(course.teacher, course.context, Role.STAFF)


def rows(rig: Rig, table: type[Any]) -> list[Any]:
    with rig.database.read() as session:
        return list(session.scalars(sa.select(table)))


def switch_on(staff: Opened, **typed: str) -> None:
    answer = staff.post("/scores/on", {"maximum": "10", "due_on": "", **typed})
    assert "Check-ins in the gradebook" in staff.follow(answer).text


def test_a_check_in_is_one_click_and_a_double_click_is_one(rig: Rig, course: Course, staff: Opened) -> None:
    path = f"/students/{course.students['on_track'].id}"
    page = staff.get(path).text
    assert "No check-in yet." in page
    assert "Check-in done" in page
    for _ in range(2):
        after = staff.follow(staff.post(f"{path}/check-in", {"after": "0"})).text
    assert "1 check-in so far." in after
    assert "The last was on Monday, February 23." in after
    assert len(rows(rig, CheckIn)) == 1
    staff.post(f"{path}/check-in", {"after": "1"})
    assert len(rows(rig, CheckIn)) == 2


def test_the_switch_is_on_the_set_up_page_and_says_what_it_is_worth(
    rig: Rig, course: Course, staff: Opened
) -> None:
    page = staff.get("/setup").text
    assert "Switch it on" in page
    assert "we ask Canvas to leave it out of the course grade" in page
    staff.post(f"/students/{course.students['on_track'].id}/check-in")
    switch_on(staff, due_on="2026-06-30")
    column = rows(rig, OwnColumn)[0]
    assert (column.state, column.maximum) == ("wanted", Decimal(10))
    assert column.due_at.isoformat() == "2026-07-01T04:59:00+00:00"  # the end of the day in the course
    assert [(row.value, row.state) for row in rows(rig, ScoreOut)] == [(Decimal(1), "waiting")]
    assert "See how it is" in staff.get("/setup").text
    assert "Do not count this assignment towards the final grade" in staff.get("/scores").text
    assert "It is off" in staff.follow(staff.post("/scores/off")).text
    assert {row.state for row in rows(rig, ScoreOut)} == {"stopped"}


@pytest.mark.parametrize(
    "typed",
    [
        {"maximum": ""},
        {"maximum": "0"},
        {"maximum": "-1"},
        {"maximum": "10e9"},
        {"maximum": "٣"},
        {"maximum": "1" * 5000},
        {"due_on": "2020-01-01"},
        {"due_on": "9999-12-31"},
        {"due_on": "soon\x00"},
    ],
)
def test_wrong_input_gets_a_sentence(rig: Rig, staff: Opened, typed: dict[str, str]) -> None:
    answer = staff.post("/scores/on", {"maximum": "10", "due_on": "", **typed})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert rows(rig, OwnColumn) == []


def test_each_failure_has_its_reason_and_a_button(rig: Rig, course: Course, staff: Opened) -> None:
    for name in ("on_track", "ahead"):
        staff.post(f"/students/{course.students[name].id}/check-in")
    switch_on(staff)
    reason = "Canvas does not take a score for this person (status 422)."
    with rig.database.write() as session:
        session.execute(sa.update(OwnColumn).values(state="made", next_at=None))
        failed = session.scalars(
            sa.select(ScoreOut).where(ScoreOut.person_id == course.students["ahead"].id)
        ).one()
        failed.state, failed.error, failed.error_code = "failed", reason, "score_refused"
        failed_id, before = failed.id, failed.at
    page = staff.get("/scores").text
    assert reason in page
    assert course.students["ahead"].name in page
    assert "1 is not there." in page
    assert "Something needs you." in staff.get("/setup").text
    staff.follow(staff.post("/scores/retry", {"score": str(failed_id)}))
    again = next(row for row in rows(rig, ScoreOut) if row.id == failed_id)
    assert (again.state, again.error) == ("waiting", "")
    assert again.at > before


@pytest.mark.parametrize("which", ["x", "-1", "9" * 40, "99999", "4294967296"])
def test_a_score_that_is_not_there_is_not_found(staff: Opened, which: str) -> None:
    switch_on(staff)
    assert staff.post("/scores/retry", {"score": which}).status_code in (400, 404)


def test_a_deleted_column_offers_a_new_one(rig: Rig, staff: Opened) -> None:
    switch_on(staff)
    with rig.database.write() as session:
        session.execute(
            sa.update(OwnColumn).values(
                state="gone", error="The column is no longer in Canvas.", url="https://x"
            )
        )
    page = staff.get("/scores").text
    assert "Make it again" in page
    assert "no longer in Canvas" in page
    assert staff.post("/scores/retry").status_code == 404
    switch_on(staff)
    assert [(row.state, row.url) for row in rows(rig, OwnColumn)] == [("wanted", None)]


def test_students_and_other_courses_see_none_of_it(rig: Rig, course: Course, staff: Opened) -> None:
    student = rig.open(course.students["on_track"], course.context, Role.LEARNER)
    someone = course.students["ahead"].id
    assert student.get("/scores").status_code == 403
    for path in ("/scores/on", "/scores/off", "/scores/retry", f"/students/{someone}/check-in"):
        assert student.post(path, {"maximum": "10"}).status_code == 403
    with rig.database.write() as session:
        other = make_course(session)
        fill(session, other)
    stranger = other.students["on_track"].id
    assert staff.post(f"/students/{stranger}/check-in").status_code == 404
    for gone in (course.students["left"].id, course.teacher.id, 0, 2**40):
        assert staff.post(f"/students/{gone}/check-in").status_code == 404
    assert rows(rig, CheckIn) == []
    assert staff.post("/scores/off").status_code == 404
