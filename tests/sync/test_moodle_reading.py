"""Moodle's own ways: a report that does not open, and columns that are ours before anybody opened them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lms_sync.ours import ours_in
from lti_tool.records.course import ContextService, ResourceLink
from lti_tool.records.goal import Goal
from lti_tool.records.gradebook import ResultVersion
from tests.sandbox_lms import seed
from tests.sandbox_lms.paths import line_items_url
from tests.sandbox_lms.world import Item
from tests.sync.course import Tied
from tests.sync.test_goals_move import give_goal

Make = Callable[..., Tied]
ANA, BEN, CARO = seed.MOODLE_STUDENTS[:3]
FIRST, SECOND = 31, 32


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def moodle(tie_to: Make) -> Tied:
    tied = tie_to("moodle")
    tied.sync("first", "start")
    return tied


def value(tied: Tied, goal_id: int) -> Decimal | None:
    with tied.database.read() as session:
        return session.get_one(Goal, goal_id).value


def shown(tied: Tied, item: int, student: int) -> tuple[Decimal | None, Decimal | None]:
    """(newest score, score the student may see)."""
    found = tied.result(item, student)
    assert found is not None
    return found[1].score, found[2].score if found[2] else None


def test_a_name_that_breaks_the_report_loses_no_grade_and_shows_none(moodle: Tied) -> None:
    goal_id = give_goal(moodle, FIRST, ANA)
    possible = moodle.course.items[FIRST].possible
    moodle.world.set_score(moodle.course, FIRST, ANA, possible / 2)
    moodle.clock.forward(minutes=1)
    moodle.sync()
    assert value(moodle, goal_id) == 50
    versions = moodle.count(ResultVersion)
    name = moodle.course.items[SECOND].name
    moodle.course.items[SECOND].name = "Speed: x < y"
    moodle.world.set_score(moodle.course, FIRST, ANA, possible)
    moodle.world.set_posted(moodle.course, FIRST, ANA, False)
    moodle.world.set_score(moodle.course, FIRST, BEN, possible / 4)
    before = shown(moodle, FIRST, BEN)[1]
    cursor = moodle.context().grades_cursor

    for _again in range(2):
        moodle.clock.forward(minutes=11)
        run = moodle.sync()
        assert (run.state, run.error_code) == ("failed", "bad_item_name")
        assert "Speed: x < y" in run.error
        assert moodle.count(ResultVersion) == versions + 2  # what is the same as before says nothing new
        assert shown(moodle, FIRST, ANA) == (possible, possible / 2)
        assert shown(moodle, FIRST, BEN) == (possible / 4, before)
        assert value(moodle, goal_id) == 50
        assert moodle.context().grades_cursor == cursor

    moodle.course.items[SECOND].name = name
    assert moodle.sync().state == "done"
    assert shown(moodle, FIRST, BEN) == (possible / 4, possible / 4)
    assert value(moodle, goal_id) == 50  # Ana's is hidden
    moodle.world.set_posted(moodle.course, FIRST, ANA, True)
    moodle.sync("full")
    assert value(moodle, goal_id) == 100


def test_a_few_goals_of_a_big_course_are_read_person_by_person(tie_to: Make, lms) -> None:
    world = lms.worlds["moodle"]
    course = seed.seed_big(world, 305, 1)
    tied = tie_to("moodle", course=course)
    tied.sync("first", "start")
    (item,) = course.items
    for student in sorted(person for _item, person in course.grades)[:3]:
        give_goal(tied, item, student)
    tied.clock.forward(minutes=61)
    asked = len(world.requests)
    run = tied.sync()
    reports = [r for r in world.requests[asked:] if r["function"] == "gradereport_user_get_grade_items"]
    assert run.state == "done"
    assert len(reports) == 1 + 3  # the columns, and three people
    with tied.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ResultVersion)) == 305


def test_our_own_activity_is_no_column_even_before_anybody_opens_it(tie_to: Make) -> None:
    tied = tie_to("moodle")
    tied.sync("first", "start")  # the service's address is not known yet
    tool = next(iter(tied.world.tools.values()))
    ours = Item(90, "Personal Plans", Decimal(10), module="lti", instance=17, cmid=817)
    ours.tool_client_id, ours.resource_link_id = tool.client_id, "17"
    foreign = Item(91, "Another tool", Decimal(10), module="lti", instance=18, cmid=818)
    tied.course.items |= {90: ours, 91: foreign}
    tied.sync("full")
    assert {"90", "91"} <= set(tied.items())
    url = line_items_url(tied.world, tied.course.id, len(tied.world.tools))
    with tied.database.write() as session:
        session.execute(sa.update(ContextService).values(lineitems_url=url))
    assert tied.sync("full").state == "done"
    assert tied.items()["90"].gone_at is not None
    assert tied.items()["91"].gone_at is None
    tied.clock.forward(minutes=11)
    tied.sync()
    assert tied.items()["90"].gone_at is not None  # remembered, and not asked each time


def test_two_registrations_of_one_moodle_keep_each_others_columns_out(tie_to: Make) -> None:
    one, two = tie_to("moodle"), tie_to("moodle")
    with one.database.write() as session:
        session.add(ResourceLink(context_id=one.context_id, lms_id="17", seen_at=one.clock()))
    for tied, others in ((one, two), (two, one)):
        with tied.database.read() as session:
            assert "17" in ours_in(session, tied.context_id, "moodle").links
            assert ours_in(session, others.context_id, "canvas").links == (
                {"17"} if others is one else frozenset()
            )
