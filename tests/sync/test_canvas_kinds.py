"""Every kind of Canvas assignment and student, read over the wire: what is kept and what counts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from lti_tool.plans.goal import GoalRefused
from lti_tool.records.course import Membership
from lti_tool.records.gradebook import Result
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import Enrolment, Grade, Item
from tests.sync.course import Tied
from tests.sync.test_goals_move import give_goal
from tests.sync.test_moodle_reading import value

ANA = seed.CANVAS_STUDENTS[0]


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def canvas(tie_to: Callable[..., Tied]) -> Tied:
    return tie_to("canvas")


def graded(tied: Tied, number: int, score: int | None, possible: int = 20, **more: object) -> Grade:
    """A new assignment that Ana has a grade in."""
    fields = {name: more.pop(name) for name in ("kind", "post_manually", "module") if name in more}
    tied.course.items[number] = Item(number, f"Task {number}", Decimal(possible), **fields)
    grade = tied.world.set_score(tied.course, number, ANA, None if score is None else Decimal(score))
    for name, wanted in more.items():
        setattr(grade, name, wanted)
    return grade


@pytest.mark.parametrize(
    ("kind", "text", "counts"),
    [
        ("points", "15", True),
        ("percent", "75%", True),
        ("letter_grade", "C", True),
        ("gpa_scale", "2.0", True),
        ("pass_fail", "complete", False),
        ("not_graded", "", False),
    ],
)
def test_every_way_to_grade(canvas: Tied, kind: str, text: str, counts: bool) -> None:
    graded(canvas, 901, 15, kind=kind)
    canvas.sync("first", "start")
    found = canvas.result(901, ANA)
    assert found is not None
    assert (found[1].score, found[1].possible, found[1].text) == (15, 20, text)
    assert canvas.items()["901"].kind == kind
    if counts:
        assert value(canvas, give_goal(canvas, 901, ANA)) == 75
    else:
        with pytest.raises(GoalRefused):
            give_goal(canvas, 901, ANA)


@pytest.mark.parametrize(
    "state",
    [
        {"state": "pending_review"},  # a quiz with an essay, or a checkpoint still to be graded
        {"posted_at": None},
        {"excused": True},
    ],
)
def test_what_is_not_for_counting_moves_nothing(canvas: Tied, state: dict[str, object]) -> None:
    graded(canvas, 901, 15, **state)
    canvas.sync("first", "start")
    goal = give_goal(canvas, 901, ANA)
    canvas.sync("full")
    assert value(canvas, goal) is None


def test_a_new_try_keeps_its_old_score_until_it_is_graded(canvas: Tied) -> None:
    graded(canvas, 901, 15, state="submitted", matches_submission=False)
    canvas.sync("first", "start")
    goal = give_goal(canvas, 901, ANA)
    canvas.sync("full")
    found = canvas.result(901, ANA)
    assert found is not None
    assert found[1].regrade_pending
    assert value(canvas, goal) == 75


def test_more_than_all_points_less_than_none_and_none_at_all(canvas: Tied) -> None:
    graded(canvas, 901, 24)
    graded(canvas, 902, -3)
    graded(canvas, 903, 5, possible=0)
    canvas.sync("first", "start")
    scores = [canvas.result(number, ANA) for number in (901, 902, 903)]
    assert [found[1].score for found in scores if found] == [24, -3, 5]
    assert canvas.items()["903"].possible == 0


def test_a_student_of_two_sections_has_one_result_an_item(canvas: Tied) -> None:
    canvas.course.enrolments[ANA].sections = ["Section A", "Section B"]
    canvas.sync("first", "start")
    before = canvas.count(Result), canvas.count(Membership)
    canvas.course.enrolments[ANA].sections = ["Section B"]  # moved, the work is the same
    canvas.clock.forward(hours=7)
    run = canvas.sync("full")
    assert run.state == "done"
    assert (canvas.count(Result), canvas.count(Membership)) == before


def test_the_test_students_work_is_apart(canvas: Tied) -> None:
    canvas.course.enrolments[seed.CANVAS_TEST_STUDENT] = Enrolment(seed.CANVAS_TEST_STUDENT, "student")
    for item in list(canvas.course.items)[:2]:
        canvas.world.set_score(canvas.course, item, seed.CANVAS_TEST_STUDENT, Decimal(9))
    run = canvas.sync("first", "start")
    assert run.state == "done"
    assert run.ignored == {"test student": 2}
    with canvas.database.read() as session:
        theirs = session.query(Result).filter_by(person_id=canvas.person_id(seed.CANVAS_TEST_STUDENT))
        assert theirs.count() == 0


def test_points_that_change_are_read_again_whole(canvas: Tied) -> None:
    graded(canvas, 901, 15)
    canvas.sync("first", "start")
    goal = give_goal(canvas, 901, ANA)
    canvas.clock.forward(minutes=2)
    canvas.course.items[901].possible = Decimal(30)
    assert canvas.sync().state == "done"
    assert value(canvas, goal) == 50


def test_an_item_that_goes_and_comes_back_keeps_its_history(canvas: Tied) -> None:
    graded(canvas, 901, 15)
    canvas.sync("first", "start")
    goal = give_goal(canvas, 901, ANA)
    item = canvas.course.items.pop(901)
    canvas.clock.forward(minutes=2)
    canvas.sync()
    assert value(canvas, goal) is None
    assert canvas.items()["901"].gone_at is not None
    canvas.course.items[901] = item
    canvas.clock.forward(minutes=2)
    canvas.sync()
    assert value(canvas, goal) == 75
    assert canvas.items()["901"].gone_at is None
