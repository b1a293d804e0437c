"""Work that Canvas keeps in ways of its own: nameless, of groups, in checkpoints, cross-listed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.records.gradebook import Result
from lti_tool.records.structure import CourseSection, ItemGroup, LmsEnrolment
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import Item
from tests.sync.course import Tied
from tests.sync.surviving import same
from tests.sync.test_goals_move import give_goal
from tests.sync.test_moodle_reading import value

ANA, BEN, CY = seed.CANVAS_STUDENTS[:3]


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def canvas(tie_to: Callable[..., Tied]) -> Tied:
    tied = tie_to("canvas")
    tied.sync("first", "start")
    return tied


def add(tied: Tied, **more: object) -> int:
    """A new assignment of 20 points, and our row of it; its number."""
    tied.course.items[901] = Item(901, "Task", Decimal(20), **more)
    changes(tied)
    return 901


def changes(tied: Tied) -> None:
    tied.clock.forward(seconds=1)
    run = tied.sync("changes")
    assert (run.state, run.error) == ("done", "")


def cell(tied: Tied, student: int) -> tuple[Decimal | None, bool] | None:
    """(newest score, whether its student may see it)."""
    found = tied.result(901, student)
    return (found[1].score, not found[1].hidden) if found else None


def test_nameless_work_is_whose_it_is_and_hidden_until_it_is_posted(canvas: Tied) -> None:
    item = add(canvas, anonymous=True)
    goal = give_goal(canvas, item, ANA)
    for student, score in ((ANA, 15), (BEN, 5)):
        canvas.world.set_score(canvas.course, item, student, Decimal(score))
    changes(canvas)
    assert (cell(canvas, ANA), cell(canvas, BEN), value(canvas, goal)) == ((15, False), (5, False), None)
    for student in (ANA, BEN):
        canvas.world.set_posted(canvas.course, item, student, True)
    canvas.clock.forward(hours=2)  # posting moves no time; columns of goals are read whole each hour
    canvas.sync("changes")
    assert (cell(canvas, ANA), value(canvas, goal)) == ((15, True), 75)
    same(canvas)


def test_a_groups_grade_is_each_members_unless_graded_alone(canvas: Tied) -> None:
    canvas.course.groups = {"Blue": [ANA, BEN], "Red": [CY]}
    item = add(canvas, group_set="Teams")
    goals = [give_goal(canvas, item, student) for student in (ANA, BEN, CY)]
    canvas.world.set_score(canvas.course, item, ANA, Decimal(10))
    changes(canvas)
    assert [cell(canvas, student) for student in (ANA, BEN, CY)] == [(10, True), (10, True), None]
    assert [value(canvas, goal) for goal in goals] == [50, 50, None]
    canvas.course.items[item].individually = True
    canvas.world.set_score(canvas.course, item, BEN, Decimal(18))
    changes(canvas)
    assert [value(canvas, goal) for goal in goals] == [50, 90, None]
    same(canvas)


def test_checkpoints_count_when_all_of_them_are_graded(canvas: Tied) -> None:
    parts = {"reply_to_topic": Decimal(12), "reply_to_entry": Decimal(8)}
    item = add(canvas, checkpoints=parts)
    goal = give_goal(canvas, item, ANA)
    canvas.world.set_part(canvas.course, item, ANA, "reply_to_topic", Decimal(12))
    changes(canvas)
    found = canvas.result(item, ANA)
    assert found is not None
    assert (found[1].score, found[1].state, value(canvas, goal)) == (12, "pending_review", None)
    canvas.world.set_part(canvas.course, item, ANA, "reply_to_entry", Decimal(3))
    changes(canvas)
    found = canvas.result(item, ANA)
    assert found is not None
    assert (found[1].score, found[1].state, value(canvas, goal)) == (15, "graded", 75)
    same(canvas)


def test_students_of_cross_listed_sections_are_of_this_course(canvas: Tied) -> None:
    """A section taken in from another course: its people, work and moves are this course's."""
    canvas.course.cross_listed = {"9": 77}
    for student in (ANA, BEN):
        canvas.course.enrolments[student].sections = ["9"] if student == BEN else ["1", "9"]
    canvas.world.set_score(canvas.course, 201, BEN, Decimal(7))
    canvas.clock.forward(seconds=1)
    assert canvas.sync("full").state == "done"
    same(canvas)
    with canvas.database.read() as session:
        rows = session.execute(
            sa.select(LmsEnrolment.person_id, CourseSection.name, CourseSection.listed_from)
            .join(CourseSection, CourseSection.id == LmsEnrolment.section_id)
            .where(LmsEnrolment.state == "active")
        ).all()
    places = {(row.person_id, row.name, row.listed_from) for row in rows}
    ana, ben = canvas.person_id(ANA), canvas.person_id(BEN)
    assert {place for place in places if place[0] in (ana, ben)} == {
        (ana, "Section 1", ""),
        (ana, "Section 9", "77"),
        (ben, "Section 9", "77"),
    }
    results = canvas.count(Result)
    canvas.course.cross_listed = {}
    for student in (ANA, BEN):
        canvas.course.enrolments[student].sections = ["1"]  # the section went home; they stayed
    canvas.clock.forward(seconds=1)
    assert canvas.sync("full").state == "done"
    assert canvas.count(Result) == results
    same(canvas)


def test_a_column_graded_in_another_way_is_read_anew(canvas: Tied) -> None:
    item = add(canvas, kind="points")
    goal = give_goal(canvas, item, ANA)
    canvas.world.set_score(canvas.course, item, ANA, Decimal(15))
    changes(canvas)
    for kind, text, shown in (
        ("percent", "75%", 75),
        ("letter_grade", "C", 75),
        ("gpa_scale", "2.0", 75),
        ("not_graded", "", None),
        ("pass_fail", "complete", None),
        ("points", "15", 75),
    ):
        canvas.course.items[item].kind = kind
        changes(canvas)
        found = canvas.result(item, ANA)
        assert found is not None
        assert (found[1].text, value(canvas, goal)) == (text, shown), kind


def test_groups_weighed_anew_and_work_that_moves_between_them(canvas: Tied) -> None:
    def groups() -> dict[str, tuple[Decimal | None, int]]:
        with canvas.database.read() as session:
            rows = session.scalars(sa.select(ItemGroup).where(ItemGroup.gone_at.is_(None))).all()
        return {row.name: (row.weight, row.drop_lowest) for row in rows}

    item = add(canvas)
    canvas.course.items[item].group = "Projects"
    canvas.course.weights = {"Assignments": Decimal(70), "Projects": Decimal(30)}
    canvas.clock.forward(seconds=1)
    canvas.sync("full")
    assert (groups()["Assignments"], groups()["Projects"]) == ((70, 0), (30, 0))
    canvas.course.weights = {"Assignments": Decimal(50), "Projects": Decimal(50)}
    canvas.course.rules = {"Assignments": {"drop_lowest": 1}}
    canvas.course.items[item].group = "Assignments"
    canvas.course.items[201].group = "Projects"
    canvas.clock.forward(seconds=1)
    canvas.sync("full")
    assert (groups()["Assignments"], groups()["Projects"]) == ((50, 1), (50, 0))
    moved = canvas.items()
    assert (moved[str(item)].group_name, moved["201"].group_name) == ("Assignments", "Projects")
    assert moved[str(item)].group_lms_id != moved["201"].group_lms_id
    same(canvas)
