"""What is said where grades cannot be read: of one student, or of all (issue 4, point 3)."""

from __future__ import annotations

import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.course import Membership
from lti_tool.records.platform import Connection
from lti_tool.records.structure import LmsGroup, LmsGroupMember
from tests.web.course import fill, make_course
from tests.web.rig import Rig


def test_a_student_the_connection_does_not_see_is_told_on_board_and_plan(rig: Rig) -> None:
    with rig.database.write() as session:
        course = make_course(session)
        fill(session, course)
        student = course.students["on_track"]
        session.execute(
            sa.update(Membership).where(Membership.person_id == student.id).values(grades_unread=True)
        )
    teacher = rig.open(course.teacher, course.context, Role.STAFF)
    assert teacher.get("/board").text.count("We can read none of their grades") == 1
    assert "We can read none of this student’s grades here" in teacher.get(f"/students/{student.id}").text
    mine = rig.open(student, course.context, Role.LEARNER).get("/").text
    assert "We can read none of your grades here yet" in mine
    other = rig.open(course.students["off_track"], course.context, Role.LEARNER).get("/").text
    assert "We can read none of your grades" not in other


def test_without_any_connection_it_is_said_what_is_seen_and_what_not(rig: Rig) -> None:
    with rig.database.write() as session:
        course = make_course(session)
        fill(session, course)
        session.execute(sa.delete(Connection))
    teacher = rig.open(course.teacher, course.context, Role.STAFF)
    for path in ("/board", "/setup"):
        page = teacher.get(path).text
        assert "has not connected the grades of Canvas" in page
        assert "we see no scores, due dates or missing work" in page
        assert "makes an API key" in page
    assert teacher.get(f"/students/{course.students['on_track'].id}").status_code == 200


def test_groups_that_moodle_does_not_show_us_are_named(rig: Rig) -> None:
    """Moodle leaves them out without a word; the roster has their students all the same."""
    with rig.database.write() as session:
        course = make_course(session)
        fill(session, course)
        session.execute(sa.update(Connection).values(kind="moodle"))
        student = course.students["on_track"]
        group = LmsGroup(context_id=course.context.id, lms_id="7", name="Green & <gold>")
        session.add(group)
        session.flush()
        session.add(
            LmsGroupMember(group_id=group.id, person_id=student.id, seen_at=course.context.created_at)
        )
        session.execute(
            sa.update(Membership).where(Membership.person_id == student.id).values(grades_unread=True)
        )
    teacher = rig.open(course.teacher, course.context, Role.STAFF)
    for path in ("/board", "/setup"):
        page = teacher.get(path).text
        assert "the grades of some students of this course (1)." in page
        assert "Groups that are missing: Green &amp; &lt;gold&gt; (1)." in page
        assert "moodle/site:accessallgroups" in page
