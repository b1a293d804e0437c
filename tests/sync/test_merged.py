"""Two accounts of one student made one in Canvas: LTI keeps the name of the course, the API does not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from lti_tool.records.course import Membership, Person
from lti_tool.records.plan import Plan
from tests.sandbox_lms import seed
from tests.sandbox_lms.merging import merge_people
from tests.sync.course import Tied
from tests.sync.surviving import same
from tests.sync.test_goals_move import give_goal
from tests.sync.test_moodle_reading import value

ANA, BEN = seed.CANVAS_STUDENTS[:2]


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def canvas(tie_to: Callable[..., Tied]) -> Tied:
    return tie_to("canvas")


def grade(tied: Tied, account: int, score: int) -> None:
    """A new grade under the account that stayed, found by the next reading of changes."""
    tied.clock.forward(seconds=1)
    tied.world.set_score(tied.course, 201, account, Decimal(score))
    run = tied.sync("changes")
    assert (run.state, run.ignored) == ("done", {})


@pytest.mark.parametrize("both_here", [True, False])
def test_the_plan_of_the_course_goes_on_under_its_old_name(canvas: Tied, both_here: bool) -> None:
    """Ana's account goes into Ben's: known here too, or to nobody of ours."""
    if not both_here:
        del canvas.course.enrolments[BEN]
        for key in [key for key in canvas.course.grades if key[1] == BEN]:
            del canvas.course.grades[key]
    canvas.sync("first", "start")
    person, goal = canvas.person_id(ANA), give_goal(canvas, 201, ANA)
    counts = [canvas.count(table) for table in (Person, Membership, Plan)]
    merge_people(canvas.world, ANA, BEN)
    canvas.clock.forward(seconds=1)
    run = canvas.sync("full")
    assert (run.state, run.ignored) == ("done", {})
    assert canvas.person_id(BEN) == person, "the one who is here is who she was"
    same(canvas)
    grade(canvas, BEN, 10)
    assert value(canvas, goal) == 50
    assert [canvas.count(table) for table in (Person, Membership, Plan)] == counts
    same(canvas)
