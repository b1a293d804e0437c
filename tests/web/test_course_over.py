"""A course that has ended: its pages say so and are only read (canvas.md §4-5; issue 4)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.course import Context
from lti_tool.records.gradebook import SyncRun
from tests.web.course import NOW, Course, fill, make_course
from tests.web.rig import Rig

ENDED = "This course has ended"


@pytest.fixture(name="course")
def over(rig: Rig) -> Course:
    with rig.database.write() as session:
        course = make_course(session, ended_at=NOW, read_only=True)
        fill(session, course)
    return course


def test_everyone_reads_that_it_is_over(rig: Rig, course: Course) -> None:
    student = course.students["on_track"]
    goal = course.goals["on_track"]
    teacher = rig.open(course.teacher, course.context, Role.STAFF)
    learner = rig.open(student, course.context, Role.LEARNER)
    for opened, path in (
        (teacher, "/board"),
        (teacher, f"/students/{student.id}"),
        (teacher, "/setup"),
        (learner, "/"),
        (learner, f"/goals/{goal.id}"),
    ):
        page = opened.get(path)
        assert page.status_code == 200
        assert ENDED in page.text
        assert goal.title in page.text or path in ("/setup",)
    assert "Look again" in teacher.get("/board").text
    assert "Look again" not in learner.get("/").text
    handed = teacher.post(f"/students/{student.id}/archive")  # who leaves takes their plan along
    assert handed.status_code == 200, "an archive is made of a course that has ended, too"


def test_before_the_last_reading_plans_may_still_change(rig: Rig, course: Course) -> None:
    with rig.database.write() as session:
        session.execute(sa.update(Context).values(read_only=False))
    teacher = rig.open(course.teacher, course.context, Role.STAFF)
    assert "read once more" in teacher.get("/board").text
    assert teacher.post("/sync").status_code == 303


def test_every_form_of_the_course_is_refused_with_a_sentence(rig: Rig, course: Course) -> None:
    student, goal = course.students["waiting"], course.goals["waiting"]
    teacher = rig.open(course.teacher, course.context, Role.STAFF)
    learner = rig.open(student, course.context, Role.LEARNER)
    forms = [(teacher, "/roster/gone"), (teacher, f"/students/{student.id}/check-in"), (teacher, "/start")]
    forms += [(learner, f"/goals/{goal.id}/answer"), (learner, "/goals/new")]
    for opened, path in forms:
        answer = opened.post(path, {"title": "My words", "accept": "yes"})
        assert answer.status_code == 409, (path, answer.status_code)
        assert "can be read but not changed" in answer.text
    assert "My words" in learner.post("/goals/new", {"title": "My words"}).text


def test_an_open_board_goes_on_asking_whether_there_is_news(rig: Rig, course: Course) -> None:
    teacher = rig.open(course.teacher, course.context, Role.STAFF)
    assert teacher.post("/pulse").status_code == 200


def test_staff_look_again_whether_it_goes_on(rig: Rig, course: Course) -> None:
    teacher = rig.open(course.teacher, course.context, Role.STAFF)
    assert teacher.post("/sync").status_code == 303
    with rig.database.read() as session:
        assert session.scalars(sa.select(SyncRun.kind)).one() == "full"


def test_staff_hand_over_a_plan_after_the_course(rig: Rig, course: Course) -> None:
    teacher = rig.open(course.teacher, course.context, Role.STAFF)
    answer = teacher.post(f"/students/{course.students['on_track'].id}/archive")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")


def test_rights_to_ones_own_data_do_not_end(rig: Rig, course: Course) -> None:
    learner = rig.open(course.students["on_track"], course.context, Role.LEARNER)
    assert learner.post("/privacy", {"kind": "copy"}).status_code != 409
