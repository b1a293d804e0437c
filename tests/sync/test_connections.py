"""Our access to an LMS's API: does it work, what does it lack, which one serves a course."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lms_sync.accesses import serving
from lms_sync.connections import check_connection, course_to_try
from lms_sync.platforms.lti import check_registration
from lti_tool.records.course import PersonAlias
from lti_tool.records.gradebook import Item
from lti_tool.records.platform import Connection, Registration
from tests.sandbox_lms import seed
from tests.sandbox_lms.seed import give_grade, seed_big
from tests.sandbox_lms.server import PracticeLms
from tests.sync.course import Tied

Make = Callable[..., Tied]


def connection_of(tied: Tied) -> Connection:
    with tied.database.read() as session:
        return session.scalars(sa.select(Connection)).one()


@pytest.mark.parametrize("tail", ["", "/", "/api/v1", "/api/v1/"])
def test_a_canvas_address_is_taken_as_people_type_it(tie_to: Make, tail: str) -> None:
    tied = tie_to("canvas")
    row = connection_of(tied)
    row.api_url += tail
    check = check_connection(row, settings=tied.settings, course_id=str(seed.CANVAS_COURSE))
    assert (check.ok, check.code) == (True, "")


def test_a_moodle_service_that_lacks_a_function_is_told_which(tie_to: Make) -> None:
    tied = tie_to("moodle")
    row = connection_of(tied)
    assert check_connection(row, settings=tied.settings, course_id=str(seed.MOODLE_COURSE)).ok
    token = tied.world.tokens[seed.MOODLE_WS_TOKEN]
    assert token.functions is not None
    token.functions.remove("gradereport_user_get_grade_items")
    check = check_connection(row, settings=tied.settings)
    assert (check.ok, check.code) == (False, "token_rights")
    assert "gradereport_user_get_grade_items" in check.sentence


def test_an_account_without_the_right_to_see_grades_is_found_before_a_sync_is(tie_to: Make) -> None:
    tied = tie_to("moodle")
    row = connection_of(tied)
    tied.sync("first", "start")
    with tied.database.read() as session:
        course_id, learner_id = course_to_try(session, row)
    assert course_id == str(seed.MOODLE_COURSE)
    assert learner_id
    assert check_connection(row, settings=tied.settings, course_id=course_id, learner_id=learner_id).ok
    tied.world.tokens[seed.MOODLE_WS_TOKEN].lacks.append("moodle/grade:viewall")
    check = check_connection(row, settings=tied.settings, course_id=course_id, learner_id=learner_id)
    assert (check.ok, check.code) == (False, "no_right")


def test_an_account_that_is_not_let_in_at_all_is_told_why(tie_to: Make) -> None:
    tied = tie_to("moodle")
    row = connection_of(tied)
    token = tied.world.tokens[seed.MOODLE_WS_TOKEN]
    assert token.functions is not None
    token.functions.remove("core_webservice_get_site_info")
    check = check_connection(row, settings=tied.settings)
    assert (check.ok, check.code) == (False, "not_let_in")
    assert "core_webservice_get_site_info" in check.sentence


def test_a_wrong_token_or_address_is_said(tied: Tied) -> None:
    row = connection_of(tied)
    row.token = "wrong"
    assert check_connection(row, settings=tied.settings).code == "token_dead"
    row.api_url = "http://127.0.0.1:1"
    assert check_connection(row, settings=tied.settings).code == "unreachable"
    row.api_url = "ftp://x"
    assert check_connection(row, settings=tied.settings).code == "bad_address"
    closed = tied.settings.model_copy(update={"allow_private_network": False})
    row.api_url = tied.world.issuer
    assert check_connection(row, settings=closed).code == "bad_address"


def test_an_institutions_token_serves_first_and_a_broken_one_last(tied: Tied) -> None:
    with tied.database.write() as session:
        own = Connection(
            registration_id=tied.registration_id,
            context_id=tied.context_id,
            kind=tied.world.personality,
            api_url=tied.world.issuer,
            token="a teacher's",
            created_at=tied.clock(),
        )
        session.add(own)
        session.flush()
        institution = session.scalars(sa.select(Connection).where(Connection.context_id.is_(None))).one()

        def found(registration_id: int = tied.registration_id) -> list[int]:
            return [row.id for row in serving(session, registration_id, tied.context_id)]

        assert found() == [institution.id, own.id]
        institution.state = "broken"
        session.flush()
        assert found() == [own.id]
        own.state = "broken"
        session.flush()
        assert found() == [institution.id]  # it may have been mended in the LMS
        assert found(tied.registration_id + 1) == []


def test_a_registration_is_checked_for_doctor(tied: Tied) -> None:
    with tied.database.read() as session:
        row = session.get_one(Registration, tied.registration_id)
    found = check_registration(row, settings=tied.settings, database=tied.database)
    assert [(what, well) for what, well, _sentence in found] == [("key set", True), ("service token", True)]
    row.jwks_url = row.token_url = "http://127.0.0.1:1/x"
    found = check_registration(row, settings=tied.settings, database=tied.database)
    assert [well for _what, well, _sentence in found] == [False, False]


def test_a_column_that_goes_is_marked_and_comes_back(tied: Tied) -> None:
    tied.sync("first", "start")
    number = {"canvas": 202, "moodle": 32}[tied.world.personality]
    column = tied.course.items.pop(number)
    tied.sync("full")
    assert tied.items()[str(number)].gone_at is not None
    tied.course.items[number] = column
    tied.sync("full")
    assert tied.items()[str(number)].gone_at is None
    assert tied.count(Item) == len(tied.items())


def test_a_column_hidden_from_our_account_is_not_taken_as_removed(tie_to: Make) -> None:
    tied = tie_to("moodle")
    tied.sync("first", "start")
    student = seed.MOODLE_STUDENTS[0]
    before = tied.result(31, student)
    assert before is not None
    tied.world.tokens[seed.MOODLE_WS_TOKEN].lacks.append("moodle/grade:viewhidden")
    tied.course.items[31].hidden = True
    run = tied.sync("full")
    assert tied.items()["31"].gone_at is None
    assert run.ignored["gradebook columns the connection does not see"] == 2  # one was hidden before
    now = tied.result(31, student)
    assert now is not None
    assert now[0].hidden
    assert now[0].released_version_id == before[0].released_version_id
    tied.course.items[31].hidden = False
    tied.sync("full")
    after = tied.result(31, student)
    assert after is not None
    assert after[1].score == before[1].score


def test_new_points_possible_are_read_for_everyone(tied: Tied) -> None:
    tied.sync("first", "start")
    number, student = {"canvas": (201, seed.CANVAS_STUDENTS[0]), "moodle": (31, seed.MOODLE_STUDENTS[0])}[
        tied.world.personality
    ]
    tied.course.items[number].possible = Decimal(200)
    tied.clock.forward(minutes=11)
    tied.sync("changes")
    found = tied.result(number, student)
    assert found is not None
    assert found[1].possible == 200


def test_numeric_ids_are_looked_up_where_the_roster_has_none(tie_to: Make) -> None:
    tied = tie_to("canvas")
    for tool in tied.world.tools.values():
        tool.custom = {}
    assert tied.sync("first", "start").state == "done"
    with tied.database.read() as session:
        kinds = session.scalars(
            sa.select(PersonAlias.value).where(PersonAlias.kind == "canvas_user_id")
        ).all()
    assert {str(n) for n in seed.CANVAS_STUDENTS} <= set(kinds)
    assert tied.result(201, seed.CANVAS_STUDENTS[0]) is not None


def test_students_a_token_does_not_cover_are_counted(tie_to: Make, lms: PracticeLms) -> None:
    tied = tie_to("moodle")
    world = lms.worlds["moodle"]
    world.tokens[seed.MOODLE_WS_TOKEN].person_id = seed.MOODLE_TA  # not of every group
    tied.course.groups["Red & blue"] = [*seed.MOODLE_STUDENTS[:5], seed.MOODLE_TA]
    run = tied.sync("first", "start")
    assert run.state == "done"
    assert run.ignored["students the connection does not see"] == 6  # the assistant is listed as Learner


def test_a_big_moodle_course_is_read_by_group_and_the_rest_one_by_one(tie_to: Make, lms: PracticeLms) -> None:
    world = lms.worlds["moodle"]
    course = seed_big(world, 310, 2)
    students = [e.person_id for e in course.enrolments.values() if e.role == "student"]
    course.groups = {"One": students[:200], "Two": students[150:305]}
    tied = tie_to("moodle", course=course)
    run = tied.sync("first", "start")
    assert (run.state, dict(run.ignored)) == ("done", {})
    reports = [r for r in world.requests if r["function"] == "gradereport_user_get_grade_items"]
    assert len(reports) == 1 + 2 + 5  # columns, two groups, five people in none
    assert tied.result(next(iter(course.items)), students[-1]) is not None


def test_changes_read_only_what_changed(tied: Tied) -> None:
    tied.sync("first", "start")
    tied.clock.forward(minutes=30)
    for grade in tied.course.grades.values():  # long ago, so only one is new
        grade.modified_at = None
    student = (seed.CANVAS_STUDENTS if tied.world.personality == "canvas" else seed.MOODLE_STUDENTS)[3]
    item = {"canvas": 201, "moodle": 31}[tied.world.personality]
    give_grade(tied.world, tied.course, item, student, 9, days_ago=0)
    run = tied.sync("changes")
    assert (run.state, run.changed) == ("done", 1)
    assert run.rows < 40
