"""Roster and grades of both personalities, on both databases: what the tool is for."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from lti_tool.records.course import Membership, Person, PersonAlias
from lti_tool.records.gradebook import Result, ResultVersion
from lti_tool.records.plan import Plan
from tests.sandbox_lms import seed
from tests.sync.course import Tied

ITEM = {"canvas": 201, "moodle": 31}
UNPOSTED = {"canvas": 207, "moodle": 37}
STUDENTS = {"canvas": seed.CANVAS_STUDENTS, "moodle": seed.MOODLE_STUDENTS}


def test_the_first_run_brings_the_roster_plans_and_grades(tied: Tied) -> None:
    run = tied.sync("first", "start")
    assert (run.state, run.error) == ("done", "")
    assert run.requests > 2
    assert run.rows > 20
    members = tied.members()
    students = [tied.world.people[n] for n in STUDENTS[tied.world.personality]]
    assert all(members[person.sub] == ("learner", True) for person in students)
    assert tied.person(students[1].id).name == students[1].full_name  # "Ben & Jo": not escaped
    with tied.database.read() as session:
        learners = session.scalars(sa.select(Membership.person_id).where(Membership.role == "learner")).all()
        plans = session.scalars(sa.select(Plan.person_id)).all()
    assert sorted(plans) == sorted(learners)
    context = tied.context()
    assert context.roster_learners == len(learners)
    assert context.grades_cursor == context.grades_full_at is not None


def test_each_grade_is_the_gradebooks(tied: Tied) -> None:
    tied.sync("first", "start")
    checked = 0
    for (item_id, person_id), grade in tied.course.grades.items():
        item = tied.course.items[item_id]
        if person_id not in STUDENTS[tied.world.personality] or not item.published or grade.score is None:
            continue
        found = tied.result(item_id, person_id)
        assert found is not None
        result, current, released = found
        hidden = (
            grade.posted_at is None if tied.world.personality == "canvas" else grade.hidden or item.hidden
        )
        assert current.score == grade.score
        assert result.hidden == current.hidden == hidden
        assert released is None if hidden else released == current or released.id == current.id
        checked += 1
    assert checked > 20


def test_a_second_run_changes_nothing(tied: Tied) -> None:
    tied.sync("first", "start")
    counts = [tied.count(table) for table in (Person, PersonAlias, Membership, Plan, Result, ResultVersion)]
    run = tied.sync("full")
    assert (run.state, run.changed) == ("done", 0)
    assert counts == [
        tied.count(table) for table in (Person, PersonAlias, Membership, Plan, Result, ResultVersion)
    ]


def test_a_changed_grade_makes_a_version_and_the_cursor_moves(tied: Tied) -> None:
    tied.sync("first", "start")
    student, item = STUDENTS[tied.world.personality][0], ITEM[tied.world.personality]
    before = tied.context().grades_cursor
    tied.clock.forward(minutes=11)
    tied.world.set_score(tied.course, item, student, Decimal("7.25"))
    run = tied.sync("changes")
    assert (run.state, run.changed) == ("done", 1)
    assert run.cursor_from == before
    assert run.cursor_to == tied.context().grades_cursor == tied.clock()
    found = tied.result(item, student)
    assert found is not None
    assert found[2] is not None
    assert found[2].score == Decimal("7.25")
    assert found[2].sync_run_id == run.id


def test_a_hidden_grade_keeps_what_was_released(tied: Tied) -> None:
    tied.sync("first", "start")
    student, item = STUDENTS[tied.world.personality][0], ITEM[tied.world.personality]
    shown = tied.result(item, student)
    assert shown is not None
    tied.world.set_score(tied.course, item, student, Decimal(1))
    tied.world.set_posted(tied.course, item, student, False)
    assert tied.sync("changes", "button").state == "done"
    found = tied.result(item, student)
    assert found is not None
    result, current, released = found
    assert result.hidden
    assert current.score == 1
    assert released is not None
    assert released.id == shown[1].id
    tied.world.set_posted(tied.course, item, student, True)
    tied.sync("changes", "button")
    found = tied.result(item, student)
    assert found is not None
    assert found[2] is not None
    assert found[2].score == 1


def test_an_unposted_grade_is_kept_and_not_released(tied: Tied) -> None:
    tied.sync("first", "start")
    student, item = STUDENTS[tied.world.personality][0], UNPOSTED[tied.world.personality]
    found = tied.result(item, student)
    assert found is not None
    assert found[0].hidden
    assert found[2] is None
    tied.world.set_posted(tied.course, item, student, True)
    tied.sync("full")
    found = tied.result(item, student)
    assert found is not None
    assert found[2] is not None


def test_who_leaves_is_kept_and_comes_back_as_the_same_person(tied: Tied) -> None:
    tied.sync("first", "start")
    student = STUDENTS[tied.world.personality][2]
    sub, number = tied.world.people[student].sub, tied.person_id(student)
    tied.course.enrolments[student].active = False
    tied.clock.forward(hours=7)
    run = tied.sync("roster")
    assert (run.state, run.changed) == ("done", 1)
    assert tied.members()[sub] == ("learner", False)
    tied.course.enrolments[student].active = True
    tied.clock.forward(hours=7)
    tied.sync("roster")
    assert tied.members()[sub] == ("learner", True)
    assert tied.person_id(student) == number


def test_ids_of_the_lms_api_are_known_by_alias(tied: Tied) -> None:
    tied.sync("first", "start")
    kind = {"canvas": "canvas_user_id", "moodle": "moodle_id"}[tied.world.personality]
    with tied.database.read() as session:
        found = set(session.scalars(sa.select(PersonAlias.value).where(PersonAlias.kind == kind)))
    assert {str(n) for n in STUDENTS[tied.world.personality]} <= found
