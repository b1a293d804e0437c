"""Goals from a CSV file: every bad row named, all rows or none, twice changes nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.planning.errors import NotFound
from lti_tool.planning.imports import import_goals
from lti_tool.plans.access import Refused
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.plan import Plan
from tests import factories as make

NOW = make.NOW
HEADER = "user,title,measure,items,baseline,target,due\n"


@pytest.fixture
def bring(school):
    """Import a text into the course as the command line does."""

    def run(text, now=NOW):
        return import_goals(school.session, make.operator(school.context), school.context.id, text, now=now)

    return run


def goals(school):
    return school.session.scalars(sa.select(Goal).order_by(Goal.id)).all()


def test_rows_become_proposals_measured_at_once(school, bring):
    make.make_result(school.session, school.homework[0], school.zoe, 15)
    hw = school.homework
    report = bring(
        HEADER
        + "maya,90 on the test,score,Unit 4 test,70,90,2026-03-23\n"
        + f"ZOE@school.example,Homework to 80,AVERAGE,{hw[0].lms_id};Homework 2|Homework 3,68,80,2026-03-23\n"
    )
    assert (report.rows, report.problems, report.already) == (2, [], [])
    first, second = goals(school)
    assert report.goal_ids == [first.id, second.id]
    assert (first.state, first.status, first.title) == ("proposed", "waiting", "90 on the test")
    assert (first.target, first.baseline, first.due_on) == (Decimal(90), Decimal(70), date(2026, 3, 23))
    assert (second.value, second.measure) == (Decimal(75), "average")
    items = school.session.scalars(
        sa.select(GoalItem.item_id).where(GoalItem.goal_id == second.id).order_by(GoalItem.position)
    ).all()
    assert items == [item.id for item in hw]
    assert {plan.person_id for plan in school.session.scalars(sa.select(Plan))} == {
        school.maya.id,
        school.zoe.id,
    }


def test_the_same_file_twice_changes_nothing(school, bring):
    text = HEADER + (
        "maya,90 on the test,score,Unit 4 test,,90,2026-03-23\n"
        "maya,90 on the test,score,Unit 4 test,,90,2026-03-23\n"
        "zoe,90 on the test,score,Unit 4 test,70,90,2026-03-23\n"
    )
    assert (bring(text).rows, len(goals(school))) == (2, 2)
    make.make_result(school.session, school.test, school.maya, 20)
    again = bring(text, now=NOW.replace(month=6))
    assert (again.rows, again.already, again.problems) == (0, [2, 3, 4], [])
    assert len(goals(school)) == 2
    other_start = bring(HEADER + "zoe,90 on the test,score,Unit 4 test,71,90,2026-03-23\n")
    assert other_start.rows == 1


def test_one_bad_row_stops_them_all_and_each_is_named(school, bring):
    session = school.session
    make.make_learner(session, school.context, sub="gone", left_at=NOW)
    make.make_learner(session, school.context, email="zoe@school.example")
    make.make_item(session, school.context, "Homework 1", 10)
    make.make_item(session, school.context, "Effort", 4, kind="scale")
    report = bring(
        HEADER
        + "maya,Good,score,Unit 4 test,70,90,2026-03-23\n"
        + "nobody,A,score,Unit 4 test,70,90,2026-03-23\n"
        + "gone,A,score,Unit 4 test,70,90,2026-03-23\n"
        + "zoe@school.example,A,score,Unit 4 test,70,90,2026-03-23\n"
        + "maya,A,score,Homework 1,70,90,2026-03-23\n"
        + "maya,A,score,No such,70,90,2026-03-23\n"
        + "maya,A,score,Unit 4 test,x,ninety,23/03/2026\n"
        + "maya,,luck,Effort,80,70,2026-02-10\n"
        + ",A,score,Unit 4 test,70,90,2026-03-23\n"
        + "maya,A,score,,70,90,2026-03-23\n"
        + "maya,A,score,Unit 4 test,70,90,2026-03-23,more\n"
        + "teacher,A,score,Unit 4 test\n"
    )
    assert report.rows == 0
    assert goals(school) == []
    assert school.session.scalars(sa.select(Plan)).all() == []
    assert {line for line, _sentence in report.problems} == set(range(3, 14))
    assert [line for line, _ in report.problems] == sorted(line for line, _ in report.problems)
    text = " ".join(sentence for _line, sentence in report.problems)
    for words in (
        "No student of this course is called “nobody”.",
        "“gone” is not in this course any more.",
        "Several students have “zoe@school.example”.",
        "Several items are called “Homework 1”.",
        "No item of this course is called “No such”.",
        "The target is not a number: “ninety”.",
        "The baseline is not a number: “x”.",
        "Write the due date like 2026-03-23.",
        "Give the goal a name.",
        "“Effort” is graded with words.",
        "Choose a date after today.",
        "a target of 70 is there already",
        "The user is empty.",
        "Choose the work that counts.",
        "There are more cells than columns.",
    ):
        assert words in text


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffUser;Title;Measure;Items;Baseline;Target;Due\r\n"
        "maya;T;score;Unit 4 test;68,5;79,5 %;2026-03-23",
        '\n"user","title","measure","items","target","due"\n maya ,"T",score,"Unit 4 test",79.5,2026-03-23',
        "user;title;measure;items;baseline;target;due;note\n"
        "maya;T;score;Unit 4 test;;79.5;2026-03-23;x\n\n;;;;;;;",
    ],
)
def test_files_as_spreadsheets_write_them(school, bring, text):
    assert bring(text.encode()).problems == []
    (goal,) = goals(school)
    assert (goal.title, goal.target) == ("T", Decimal("79.5"))


def test_names_with_quotes_separators_and_line_breaks(school, bring):
    session = school.session
    make.make_item(session, school.context, 'Reading; part 1 | “Élan”, "two"', 10)
    text = (
        "user,title,measure,items,baseline,target,due\n"
        'maya,"Say ""yes"",\nوليد",score,"Reading; part 1 | “Élan”, ""two""",,80,2026-03-23\n'
        "maya,B,score,nothing,,80,2026-03-23\n"
    )
    report = bring(text)
    assert report.problems == [(4, "No item of this course is called “nothing”.")]
    assert bring(text.rsplit("maya,B", 1)[0]).rows == 1
    assert goals(school)[0].title == 'Say "yes",\nوليد'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "The file is empty."),
        ("\n\n", 1, "The file is empty."),
        (b"user,title\nma\xffya,x\n", 2, "not UTF-8"),
        ("\ufeff".encode("utf-16"), 1, "not UTF-8"),
        ("user,title\n", 1, "Missing: measure, items, target, due."),
        ("user,user,title,measure,items,target,due\n", 1, "is there twice"),
        (HEADER + 'maya,"open\n', 2, "a quote is open"),
        (HEADER + "x" * 200_000 + "\n", 2, "far too long"),
        (HEADER + "x\n" * 1_100_000, 1, "larger than 2 MB"),
        ((HEADER + "x\n" * 1_100_000).encode(), 1, "larger than 2 MB"),
        (HEADER + "x\n" * 5_001, 5002, "more than 5000 rows"),
    ],
)
def test_files_that_cannot_be_read(school, bring, text, line, words):
    report = bring(text)
    assert report.rows == 0
    ((found, sentence),) = report.problems
    assert found == line
    assert words in sentence
    assert goals(school) == []


def test_hostile_cells_are_bad_rows(school, bring):
    rows = [
        "ma\0ya,T,score,Unit 4 test,,80,2026-03-23",
        "maya,a\0b,score,Unit 4 test,,80,2026-03-23",
        "maya,T,score,Unit 4 test,,1e400,2026-03-23",
        "maya,T,score,Unit 4 test,,NaN,2026-03-23",
        "maya,T,score,Unit 4 test,,٨٠,2026-03-23",
        "maya,T,score,Unit 4 test,,80,2026-02-30",
        "maya,T,score,Unit 4 test,,80,9999-12-31",
        "maya,T,score,99999999999999999999999,,80,2026-03-23",
        "maya,T\ud800,score,Unit 4 test,,80,2026-03-23",
    ]
    report = bring(HEADER + "\n".join(rows))
    assert [line for line, _sentence in report.problems] == list(range(2, 11))
    assert report.rows == 0


def test_staff_import_into_their_own_course_only(school):
    session = school.session
    other = make.make_context(session, make.make_registration(session))
    with pytest.raises(Refused):
        import_goals(session, school.student(school.maya), school.context.id, HEADER, now=NOW)
    for actor in (school.staff, make.operator(school.context)):
        with pytest.raises(NotFound):
            import_goals(session, actor, other.id, HEADER, now=NOW)
    assert import_goals(session, school.staff, school.context.id, HEADER, now=NOW).rows == 0


def test_a_whole_school_at_once(school, bring, statements):
    session = school.session
    for number in range(300):
        make.make_learner(session, school.context, sub=f"s{number}")
    text = HEADER + "".join(
        f"s{number},Homework to 80,average,Homework 1;Homework 2;Homework 3,68,80,2026-03-23\n"
        for number in range(300)
    )
    with statements() as seen:
        assert bring(text).rows == 300
    assert len([sql for sql in seen if not sql.startswith("INSERT INTO goal (")]) < 25
