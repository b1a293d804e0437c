"""What Moodle's answers mean, by its own source: what looks like no grade, no work or no account, and is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from lms_sync.connections import check_connection
from lms_sync.platforms.moodle_drops import ALL, by_rule, learnt
from lti_tool.records.course import Membership
from lti_tool.records.gradebook import Result, ResultVersion
from lti_tool.records.platform import Connection
from tests.sandbox_lms import seed
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import Item as SandboxItem
from tests.sync.course import Tied
from tests.sync.test_goals_move import give_goal
from tests.sync.test_moodle_reading import shown, value

Make = Callable[..., Tied]
ANA, BEN, CARO = seed.MOODLE_STUDENTS[:3]
FIRST, SECOND, SCALE = 31, 32, 34
FLAGS = "mod_assign_get_user_flags"


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def moodle(tie_to: Make) -> Tied:
    return tie_to("moodle")


def read(tied: Tied, kind: str = "full") -> None:
    tied.clock.forward(minutes=11)
    run = tied.sync(kind)
    assert (run.state, run.error) == ("done", "")


def newest(tied: Tied, item: int, student: int) -> ResultVersion:
    found = tied.result(item, student)
    assert found is not None
    return found[1]


def test_a_column_that_moodle_cannot_calculate_now_loses_no_grade(moodle: Tied) -> None:
    """The report shows no grade at all then (`gradeneedsupdate`), which is not a grade taken away."""
    possible = moodle.course.items[FIRST].possible
    moodle.world.set_score(moodle.course, FIRST, ANA, possible / 2)
    moodle.world.set_posted(moodle.course, FIRST, ANA, True)
    moodle.sync("first", "start")
    goal = give_goal(moodle, FIRST, ANA)
    read(moodle)
    versions = moodle.count(ResultVersion)
    moodle.course.items[FIRST].needs_update = True
    read(moodle)
    assert moodle.count(ResultVersion) == versions
    assert (shown(moodle, FIRST, ANA), value(moodle, goal)) == ((possible / 2, possible / 2), Decimal(50))
    moodle.course.items[FIRST].needs_update = False
    moodle.world.set_score(moodle.course, FIRST, ANA, possible)
    read(moodle)
    assert (moodle.count(ResultVersion), value(moodle, goal)) == (versions + 1, Decimal(100))


def test_the_tick_before_a_passed_grade_is_no_part_of_it(moodle: Tied) -> None:
    scale = next(item for item in moodle.course.items.values() if item.kind == "scale")
    scale.to_pass, scale.hidden = Decimal(2), False
    moodle.world.set_score(moodle.course, scale.id, ANA, Decimal(len(scale.scale)))
    moodle.world.set_posted(moodle.course, scale.id, ANA, True)
    moodle.sync("first", "start")
    assert newest(moodle, scale.id, ANA).text == scale.scale[-1]


def overdue(tied: Tied, item: int, *students: int) -> None:
    """Work of which the day was yesterday, and nothing of these students in it."""
    tied.course.items[item].due_at = tied.clock() - timedelta(days=1)
    for student in students:
        tied.course.grades.pop((item, student), None)


def is_missing(tied: Tied, item: int, student: int) -> bool:
    found = tied.result(item, student)
    return found is not None and found[1].missing


def test_work_of_which_nobody_can_say_that_it_is_missing(moodle: Tied) -> None:
    """Graded without names, nothing of it reaches the gradebook; restricted, it may not be theirs."""
    overdue(moodle, FIRST, ANA, BEN)
    overdue(moodle, SECOND, ANA)
    moodle.course.items[FIRST].blind = True
    moodle.course.items[SECOND].only_for = {BEN}
    moodle.sync("first", "start")
    assert not is_missing(moodle, FIRST, ANA)
    assert not is_missing(moodle, SECOND, ANA)
    moodle.course.items[FIRST].blind = False
    moodle.course.items[SECOND].only_for = None
    read(moodle)
    assert is_missing(moodle, FIRST, ANA)
    assert is_missing(moodle, SECOND, ANA)


def test_more_time_given_to_one_student(moodle: Tied) -> None:
    """Known where the service offers the one function that tells it, in every way of reading alike."""
    moodle.world.tokens[seed.MOODLE_WS_TOKEN].functions = [*seed.MOODLE_FUNCTIONS, FLAGS]
    overdue(moodle, FIRST, ANA, BEN)
    moodle.world.grade(moodle.course, FIRST, ANA).extended_to = until = (
        moodle.clock() + timedelta(days=3)
    ).replace(microsecond=0)
    moodle.sync("first", "start")
    assert (is_missing(moodle, FIRST, ANA), is_missing(moodle, FIRST, BEN)) == (False, True)
    moodle.world.set_score(moodle.course, FIRST, ANA, Decimal(5))
    moodle.world.set_posted(moodle.course, FIRST, ANA, True)
    give_goal(moodle, FIRST, ANA)
    read(moodle, "changes")
    assert newest(moodle, FIRST, ANA).due_at == until
    versions = moodle.count(ResultVersion)
    read(moodle, "changes")
    moodle.clock.forward(minutes=61)
    read(moodle, "changes")
    read(moodle)
    assert moodle.count(ResultVersion) == versions
    moodle.world.set_score(moodle.course, FIRST, ANA, None)
    moodle.clock.forward(days=4)
    read(moodle)
    assert is_missing(moodle, FIRST, ANA)


def test_the_day_until_which_a_grade_is_hidden_passes_by_itself(moodle: Tied) -> None:
    possible = moodle.course.items[FIRST].possible
    grade = moodle.world.set_score(moodle.course, FIRST, ANA, possible)
    moodle.course.items[FIRST].hidden, grade.hidden = False, False
    grade.hidden_until = moodle.clock() + timedelta(minutes=30)
    moodle.sync("first", "start")
    goal = give_goal(moodle, FIRST, ANA)
    moodle.clock.forward(minutes=5)
    read(moodle, "changes")
    assert (shown(moodle, FIRST, ANA), value(moodle, goal)) == ((possible, None), None)
    moodle.clock.forward(minutes=61)
    read(moodle, "changes")
    assert (shown(moodle, FIRST, ANA), value(moodle, goal)) == ((possible, possible), Decimal(100))


def test_an_account_deleted_in_moodle_stops_nobody_elses_reading(moodle: Tied) -> None:
    moodle.sync("first", "start")
    goal = give_goal(moodle, FIRST, BEN)
    give_goal(moodle, FIRST, ANA)
    moodle.world.people[ANA].deleted = True
    moodle.world.set_score(moodle.course, FIRST, BEN, moodle.course.items[FIRST].possible)
    moodle.world.set_posted(moodle.course, FIRST, BEN, True)
    moodle.clock.forward(minutes=61)
    read(moodle, "changes")
    assert value(moodle, goal) == 100


CLOSED = [
    ("sitemaintenance", "server_error"),
    pytest.param("dmlreadexception", "server_error", marks=pytest.mark.long),
    ("sitepolicynotagreed", "account_waits"),
]


@pytest.mark.parametrize(("closed_for", "code"), CLOSED)
def test_whether_moodle_is_closed_for_a_while_or_to_our_account(
    moodle: Tied, closed_for: str, code: str
) -> None:
    moodle.sync("first", "start")
    cursor = moodle.context().grades_cursor
    moodle.world.closed_for = closed_for
    moodle.clock.forward(minutes=11)
    run = moodle.sync()
    assert (run.state, run.error_code) == ("failed", code)
    assert moodle.context().grades_cursor == cursor
    moodle.world.closed_for = ""
    read(moodle, "changes")


def test_an_account_that_lost_its_right_reads_no_one_and_says_so(moodle: Tied) -> None:
    """Person by person a refusal may be about that person; this one is about everybody."""
    moodle.sync("first", "start")
    cursor = moodle.context().grades_cursor
    moodle.world.tokens[seed.MOODLE_WS_TOKEN].lacks.append("moodle/grade:viewall")
    moodle.world.set_score(moodle.course, FIRST, BEN, Decimal(1))
    moodle.clock.forward(minutes=11)
    run = moodle.sync()
    assert (run.state, run.error_code) == ("failed", "no_right")
    assert moodle.context().grades_cursor == cursor


def test_what_a_service_leaves_unsaid_is_said_with_the_function_that_tells_it(moodle: Tied) -> None:
    def told() -> str:
        with moodle.database.read() as session:
            connection = session.scalars(sa.select(Connection)).one()
        check = check_connection(connection, settings=moodle.settings, course_id=None, learner_id=None)
        assert check.ok
        return check.sentence

    assert "more time given to one student for an assignment (mod_assign_get_user_flags)" in told()
    moodle.world.tokens[seed.MOODLE_WS_TOKEN].functions = None
    assert told() == "Moodle accepts our token."


def quizzes(tied: Tied, *scores: int | None, student: int) -> None:
    """Work in a category of its own, the same for everybody; its grades for one student."""
    for number, score in enumerate(scores, start=900):
        if number not in tied.course.items:
            tied.course.items[number] = SandboxItem(
                number, f"Quiz {number}", Decimal(10), instance=number, cmid=number, group="Quizzes"
            )
        if score is not None:
            seed.give_grade(tied.world, tied.course, number, student, score)


def excused(tied: Tied, student: int) -> list[bool]:
    found = [tied.result(number, student) for number in (900, 901, 902)]
    return [one is not None and one[1].excused for one in found]


def test_the_lowest_grade_left_out_by_a_rule_is_excused_to_nobody(moodle: Tied) -> None:
    """Moodle says `dropped` of it as of a grade excluded by hand; a hidden grade may take its place."""
    moodle.course.rules["Quizzes"] = {"drop_lowest": 1}
    for student in seed.MOODLE_STUDENTS[:6]:
        quizzes(moodle, 4, 8, 9, student=student)
    moodle.world.grade(moodle.course, 902, BEN).excused = True
    moodle.sync("first", "start")
    assert (excused(moodle, ANA), excused(moodle, BEN)) == ([False] * 3, [False, False, True])
    give_goal(moodle, 900, ANA)
    give_goal(moodle, 902, BEN)
    versions = moodle.count(ResultVersion)
    moodle.clock.forward(minutes=61)
    read(moodle, "changes")  # person by person
    hidden = moodle.world.set_score(moodle.course, 901, ANA, Decimal(1))
    hidden.hidden = True  # now this one is left out
    read(moodle)
    assert moodle.count(ResultVersion) == versions + 1
    assert (excused(moodle, ANA), excused(moodle, BEN)) == ([False] * 3, [False, False, True])
    moodle.course.rules.clear()
    moodle.world.grade(moodle.course, 900, ANA).excused = True
    read(moodle)
    assert (excused(moodle, ANA), excused(moodle, BEN)) == ([True, False, False], [False, False, True])


RULES: list[tuple[str, list[str], int | None]] = [
    ("the lowest of each", ["-++", "-++", "-+", "-"], 1),
    ("two of each", ["--++", "--+", "--+", "--"], 2),
    ("one excluded besides", ["-++", "-++", "-++", "--+"], 1),
    ("not the lowest: all by hand", ["+-+", "+-+", "+-+", "-++"], None),
    ("by hand, in one report", ["-++", "+++", "+++"], 0),
    ("too few people", ["-++", "-++"], None),
    ("no total at all", ["---", "--", "-"], ALL),
]


@pytest.mark.parametrize(("_case", "people", "rule"), RULES, ids=[row[0] for row in RULES])
def test_a_rule_shows_in_everybodys_report(_case: str, people: list[str], rule: int | None) -> None:
    def line(number: int, mark: str) -> dict[str, Any]:
        found = {"id": number, "itemtype": "manual", "categoryid": 5, "graderaw": number, "grademax": 50}
        return found | ({"status": "dropped"} if mark == "-" else {})

    reports = [[line(number, mark) for number, mark in enumerate(marks, 1)] for marks in people]
    assert learnt(reports).get("5") == rule
    if rule is not None:
        assert len(by_rule(reports[0], {"5": rule})) == min(rule, people[0].count("-"))


def test_one_persons_name_that_breaks_the_report_costs_nobody_elses_grades(moodle: Tied) -> None:
    moodle.sync("first", "start")
    goal = give_goal(moodle, FIRST, BEN)
    moodle.world.people[ANA].display_name = "Ann <b>"
    moodle.world.set_score(moodle.course, FIRST, BEN, moodle.course.items[FIRST].possible)
    moodle.world.set_posted(moodle.course, FIRST, BEN, True)
    read(moodle)
    assert value(moodle, goal) == 100
    with moodle.database.read() as session:
        unread = session.scalars(sa.select(Membership.person_id).where(Membership.grades_unread)).all()
    assert unread == [moodle.person_id(ANA)]


@pytest.mark.long
def test_a_big_course_whose_groups_we_may_not_read_is_read_as_far_as_it_is_shown(
    tie_to: Make, lms: PracticeLms
) -> None:
    course = seed.seed_big(lms.worlds["moodle"], 303, 1)
    people = [one.person_id for one in course.enrolments.values() if one.role == "student"]
    ours = {"One": [*people[3:150], seed.MOODLE_WS_USER], "Two": [*people[150:], seed.MOODLE_WS_USER]}
    course.groups = {"Theirs": people[:3], **ours}
    tied = tie_to("moodle", course=course)
    tied.world.tokens[seed.MOODLE_WS_TOKEN].lacks.append("moodle/site:accessallgroups")
    run = tied.sync("first", "start")
    assert (run.state, run.error) == ("done", "")
    assert run.ignored["students the connection does not see"] == 3
    assert tied.count(Result) == 300
