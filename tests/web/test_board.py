"""The board: every student, those who need a talk first, and never more statements for more students."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool.db import Database
from lti_tool.overview.board import Board, board
from lti_tool.plans.access import Role
from lti_tool.plans.reasons import Group
from lti_tool.records.course import Membership
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Connection
from tests import factories
from tests.heard import hearing
from tests.web.course import NOW, Course, add_goal, fill, make_course
from tests.web.rig import Opened, Rig

HOSTILE = '<img src=x onerror="alert(1)">{{7*7}} & Sons \u202eevil'


@pytest.fixture
def course(database: Database) -> Course:
    with database.write() as session:
        made = make_course(session)
        fill(session, made)
    return made


@pytest.fixture
def teacher(rig: Rig, course: Course) -> Opened:
    return rig.open(course.teacher, course.context, Role.STAFF)


def read(database: Database, course: Course, **more: object) -> Board:
    actor = factories.acting(course.teacher, course.context, Role.STAFF)
    with database.read() as session:
        return board(session, actor, course.context.id, now=NOW, **more)


def test_every_student_stands_in_their_group(database: Database, course: Course) -> None:
    found = read(database, course)
    assert found.everyone == len(course.students)
    groups = [row.group for row in found.rows]
    assert groups == sorted(groups, key=list(Group).index)
    names = {group: {row.name for row in found.rows if row.group == group} for group in Group}
    assert names[Group.TALK] == {"Student off_track", "Student missing_work", "Student cannot_reach"}
    assert names[Group.SOON] == {"Student look", "Student no_data", "Student waiting", "Olúwaṣeun Adébáyọ̀"}
    assert names[Group.LEFT] == {"Gone Away"}
    assert found.counts == {Group.TALK: 3, Group.SOON: 4, Group.WELL: 5, Group.LEFT: 1}


def test_the_page_says_reason_goal_status_and_as_of(teacher: Opened, course: Course) -> None:
    page = teacher.get()
    assert page.status_code == 200
    text = page.text
    for words in ("Talk first", "Soon", "Going well", "Left the course", "Off track", "Missing work"):
        assert words in text, words
    assert "Can&#39;t be reached as written" in text
    assert "Would need 92 on what is left." in text
    assert "Your proposal has waited 7 days for an answer." in text
    assert "68 to 80 by Mar" in text
    assert "now 66.4" in text
    assert "Grades as of" in text
    assert "10:42" in text.replace("\u202f", " ")
    assert 'class="mini"' in text
    assert "<style" not in text
    assert "style=" not in text
    assert "data-launch-user=" in text
    student = course.students["nothing"]
    assert f"/students/{student.id}/goals/new" in text


def test_a_student_without_a_name_has_a_number(rig: Rig, teacher: Opened, course: Course) -> None:
    with rig.database.write() as session:
        person = factories.make_learner(session, course.context, name="")
    assert f"<bdi>Student {person.id}</bdi>" in teacher.get("/board").text


def test_names_and_titles_are_text(rig: Rig, teacher: Opened, course: Course) -> None:
    with rig.database.write() as session:
        person = factories.make_learner(session, course.context, name=HOSTILE)
        add_goal(session, course, person, "off_track", title=HOSTILE)
    text = teacher.get("/board").text
    assert "<img" not in text
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;{{7*7}} &amp; Sons" in text
    found = teacher.get("/board?find=" + '"><script>alert(1)</script>').text
    assert "<script>alert" not in found
    assert "No student fits." in found


def test_finding_by_name_takes_no_heed_of_accents(database: Database, course: Course) -> None:
    assert [row.name for row in read(database, course, find="oluwaseun").rows] == ["Olúwaṣeun Adébáyọ̀"]
    assert {row.group for row in read(database, course, group="talk").rows} == {Group.TALK}
    assert read(database, course, group="nonsense", page=99).page == 1


@pytest.mark.parametrize(
    "path", ["?page=0", "?page=-1", "?page=x", "?page=99999999999", "?group=%00", "?find=%00"]
)
def test_a_strange_address_is_still_the_board(teacher: Opened, path: str) -> None:
    assert teacher.get("/board" + path).status_code == 200


def test_no_more_statements_for_more_students(database: Database) -> None:
    counts = []
    for students in (3, 300):
        with database.write() as session:
            course = make_course(session)
            for number in range(students):
                person = factories.make_learner(session, course.context, name=f"Many {number:03}")
                if number % 3:
                    add_goal(session, course, person, "on_track")
        with hearing(database) as heard:
            found = read(database, course)
        counts.append(heard.take())
    assert counts[0] == counts[1], counts
    assert found.pages == 3
    assert len(found.rows) == 100
    last = read(database, course, page=3)
    assert len(last.rows) == 100
    assert not {row.person_id for row in found.rows} & {row.person_id for row in last.rows}


def test_the_board_holds_only_this_course(rig: Rig, database: Database, teacher: Opened) -> None:
    with database.write() as session:
        other = make_course(session)
        stranger = factories.make_learner(session, other.context, name="Someone Elsewhere")
    assert stranger.name not in teacher.get("/board").text


def test_a_broken_connection_is_said_with_who_can_mend_it(rig: Rig, teacher: Opened, course: Course) -> None:
    with rig.database.write() as session:
        row = session.scalars(
            sa.select(Connection).where(Connection.registration_id == course.registration.id)
        ).one()
        row.state, row.reason = "broken", "Canvas no longer accepts our access."
    text = teacher.get("/board").text
    assert "We cannot read grades from Canvas now. Canvas no longer accepts our access." in text
    assert "Your Canvas administrator can mend it." in text
    with rig.database.write() as session:
        session.delete(session.get_one(Connection, row.id))
    assert "has not connected the grades of Canvas yet" in teacher.get("/board").text


def test_sync_now_asks_once(rig: Rig, teacher: Opened, course: Course) -> None:
    for _ in range(2):
        answer = teacher.post("/sync")
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith("/board")
    with rig.database.read() as session:
        runs = session.scalars(sa.select(SyncRun)).all()
    assert [(run.kind, run.trigger, run.state) for run in runs] == [("full", "button", "queued")]
    assert runs[0].asked_by_id == course.teacher.id
    page = teacher.follow(answer).text
    assert 'hx-get="/s/' in page
    assert '<noscript><meta http-equiv="refresh"' in page


def test_a_large_course_is_asked_for_changes(rig: Rig, teacher: Opened, course: Course) -> None:
    with rig.database.write() as session:
        row = session.get_one(type(course.context), course.context.id)
        row.grades_full_at = NOW
        for number in range(500):
            factories.make_item(session, course.context, f"Small {number}")
    assert teacher.post("/sync").status_code == 303
    with rig.database.read() as session:
        assert session.scalars(sa.select(SyncRun.kind)).one() == "changes"


def test_progress_goes_on_until_the_run_ends(rig: Rig, teacher: Opened, course: Course) -> None:
    teacher.post("/sync")
    with rig.database.write() as session:
        run = session.scalars(sa.select(SyncRun)).one()
        run.state, run.stage, run.done, run.expected = "running", "grades", 4, 13
    rig.clock.move(seconds=12)
    going = teacher.get("/progress", headers={"HX-Request": "true"})
    assert "Grades of 4 of 13 students" in going.text
    assert "12 seconds so far" in going.text
    assert "hx-trigger" in going.text
    assert "HX-Refresh" not in going.headers
    with rig.database.write() as session:
        run = session.scalars(sa.select(SyncRun)).one()
        run.state, run.finished_at, run.error = "failed", rig.clock(), "Canvas could not be reached."
    ended = teacher.get("/progress", headers={"HX-Request": "true"})
    assert "hx-trigger" not in ended.text
    assert ended.headers["HX-Refresh"] == "true"
    text = teacher.get("/board").text
    assert "The last reading did not finish. Canvas could not be reached." in text
    assert not re.search(r"<noscript><meta", text)


def test_somebody_who_comes_back_is_among_the_others_again(database: Database, course: Course) -> None:
    with database.write() as session:
        gone = course.students["left"].id
        session.scalars(sa.select(Membership).where(Membership.person_id == gone)).one().left_at = None
    assert {row.name: row.group for row in read(database, course).rows}["Gone Away"] == Group.SOON


def test_the_day_is_the_courses_own(database: Database, course: Course) -> None:
    with database.write() as session:
        session.get_one(type(course.context), course.context.id).time_zone = "Pacific/Auckland"
    found = read(database, course)
    assert found.sync.today == (NOW + timedelta(hours=13)).date()
    assert found.sync.as_of is not None
    assert found.sync.as_of.hour == 5
