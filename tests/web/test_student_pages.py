"""What a student sees of their plan, and what staff see of it."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal
from tests.factories import make_item
from tests.rows.people import statements
from tests.web.math8 import HOSTILE, add_own_goal, add_proposal, make_math8
from tests.web.rig import Rig


def test_before_the_start_a_student_sees_a_calm_page(rig: Rig) -> None:
    school = make_math8(rig, started=False)
    page = rig.open(school.maya, school.course, Role.LEARNER).get()
    assert page.status_code == 200
    assert "Your plan will be here" in page.text
    assert "New goal" not in page.text


def test_an_empty_plan_invites_the_first_goal(rig: Rig) -> None:
    school = make_math8(rig)
    page = rig.open(school.maya, school.course, Role.LEARNER).get()
    assert "Hello, <bdi>Maya</bdi>" in page.text
    assert "Make my first goal" in page.text
    assert "Grades as of" in page.text


def test_a_plan_shows_the_way_what_is_needed_and_the_next_thing(rig: Rig) -> None:
    school = make_math8(rig)
    add_own_goal(rig, school)
    page = rig.open(school.maya, school.course, Role.LEARNER).get()
    assert "You started at 68 and you are at" in page.text
    assert "on the work that is left gets you there" in page.text
    assert "Why this number?" in page.text
    assert "Homework 10" in page.text
    assert "It is due tomorrow." in page.text
    assert "Classmates cannot." in page.text


def test_numbers_are_cut_downwards_and_needed_upwards(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    with rig.database.write() as session:
        session.execute(
            sa.update(Goal)
            .where(Goal.id == goal_id)
            .values(value=Decimal("79.9999"), needed=Decimal("82.01"))
        )
    page = rig.open(school.maya, school.course, Role.LEARNER).get(f"/goals/{goal_id}")
    assert "<dd>79.9</dd>" in page.text
    assert "<dd>83</dd>" in page.text


def test_nobody_sees_a_classmates_plan_or_goal(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    assert ben.get(f"/students/{school.maya.id}").status_code == 403
    assert ben.get(f"/goals/{goal_id}").status_code == 404
    assert ben.post(f"/goals/{goal_id}/answer", {"accept": "yes"}).status_code == 404
    assert "Homework average" not in ben.get().text


def test_staff_see_staff_words_and_students_softer_ones(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    with rig.database.write() as session:
        session.execute(sa.update(Goal).where(Goal.id == goal_id).values(status="off_track"))
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    for path in ("/", f"/goals/{goal_id}"):
        assert "Let&#39;s look" in maya.get(path).text
        assert "Off track" not in maya.get(path).text
        assert "status-off" not in maya.get(path).text
    for path in (f"/students/{school.maya.id}", f"/goals/{goal_id}"):
        assert "Off track" in teacher.get(path).text


def test_a_hidden_grade_reads_like_none_to_its_student_only(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    mine = rig.open(school.maya, school.course, Role.LEARNER).get(f"/goals/{goal_id}").text
    theirs = rig.open(school.teacher, school.course, Role.STAFF).get(f"/goals/{goal_id}").text
    rows = {
        row.split("</bdi>")[0].split("<bdi>")[1]: row.split("</bdi>")[1].split("</tr>")[0]
        for row in mine.split("<tr")
        if 'role="rowheader"' in row
    }
    hidden, ungraded = rows["Hidden test"], rows["Homework 10"]
    assert hidden.replace("Fri, Feb 20", "") == ungraded.replace("Tue, Feb 24", "")
    assert "13" not in hidden
    assert "cannot see this grade" not in mine
    assert "cannot see this grade" in theirs


def test_hostile_titles_and_names_are_only_text(rig: Rig) -> None:
    school = make_math8(rig)
    with rig.database.write() as session:
        item = make_item(session, school.course, HOSTILE)
    goal_id = add_own_goal(rig, school, title=HOSTILE)
    add_proposal(rig, school, title=HOSTILE, item_ids=[item.id])
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    for page in (
        maya.get(),
        maya.get(f"/goals/{goal_id}"),
        maya.get("/goals/new"),
        teacher.get(f"/students/{school.ben.id}/goals/new"),
        teacher.get(f"/students/{school.ben.id}"),
    ):
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<b>Adler" not in page.text
    assert "&lt;script&gt;" in maya.get().text


def test_a_plan_takes_the_same_statements_however_many_goals(rig: Rig) -> None:
    school = make_math8(rig)
    add_own_goal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    maya.get()  # the first look of a day is written down
    counts = []
    with rig.database.write() as session:
        session.get_one(Context, school.course.id).goals_most = 5
    for more in (0, 4):
        for _again in range(more):
            add_own_goal(rig, school)
            add_proposal(rig, school)
        counts.append(statements(rig, maya, "/"))
    assert counts[0] == counts[1] <= 13
