"""Work taken from one student at Canvas: only a whole list says so, and giving it back undoes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from lms_sync.platforms.base import ItemRow
from lms_sync.platforms.canvas_cells import columns_of, result_row, submissions
from lti_tool.plans.observation import UNASSIGNED
from lti_tool.records.goal import Goal
from lti_tool.records.gradebook import Result, ResultVersion
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied
from tests.sync.test_goals_move import give_goal

ANA, BEN = seed.CANVAS_STUDENTS[:2]
HOMEWORK, PROJECT = 201, 208


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database is enough here: nothing depends on its kind."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


def test_half_a_list_takes_nothing_away_and_a_whole_one_does(tie_to: Callable[..., Tied]) -> None:
    tied = tie_to("canvas")
    tied.sync("first", "start")
    give_goal(tied, HOMEWORK, ANA)

    def state(student: int = ANA) -> str:
        found = tied.result(HOMEWORK, student)
        assert found
        assert found[2]
        return found[2].state

    before = state()
    tied.course.items[HOMEWORK].only_for = {one for one in seed.CANVAS_STUDENTS if one != ANA}
    tied.clock.forward(minutes=11)
    tied.sync("changes")  # what changed since says nothing of the rest
    assert state() == before
    tied.clock.forward(hours=1)
    tied.world.faults.append(Fault("truncate", "students/submissions", times=None))
    assert tied.sync("full").state != "done"
    assert state() == before
    tied.world.faults.clear()
    tied.clock.forward(hours=2)
    assert tied.sync("full").state == "done"
    assert (state(), state(BEN) == UNASSIGNED) == (UNASSIGNED, False)
    versions = tied.count(ResultVersion)
    tied.clock.forward(hours=1)
    tied.sync("full")
    assert tied.count(ResultVersion) == versions
    tied.course.items[HOMEWORK].only_for = None
    tied.clock.forward(hours=1)
    tied.sync("full")
    assert state() == before


def test_given_back_with_a_hidden_grade_it_is_theirs_and_nothing_hidden_shows(
    tie_to: Callable[..., Tied],
) -> None:
    """Theirs or not is what Canvas says now; the grade on show is the last one shown before it was taken."""
    tied = tie_to("canvas")
    tied.world.set_score(tied.course, HOMEWORK, ANA, Decimal(16))
    for item in (HOMEWORK, PROJECT):  # else Canvas hides nothing of an empty cell
        tied.course.items[item].post_manually = True
    tied.world.set_posted(tied.course, HOMEWORK, ANA, True)
    tied.sync("first", "start")
    goal_id, other_id = give_goal(tied, HOMEWORK, ANA), give_goal(tied, PROJECT, BEN)

    def full(only_for: set[int] | None = None) -> None:
        for item in (HOMEWORK, PROJECT):
            tied.course.items[item].only_for = only_for
        tied.clock.forward(hours=1)
        assert tied.sync("full").state == "done"

    def hide(student: int, item: int, score: int | None, **flags: bool) -> None:
        cell = tied.world.set_score(tied.course, item, student, None if score is None else Decimal(score))
        cell.excused = flags.get("excused", False)
        cell.missing = cell.late = flags.get("late", False)
        tied.world.set_posted(tied.course, item, student, False)

    def shown(student: int, item: int) -> tuple[object, ...]:
        found = tied.result(item, student)
        assert found
        result, newest, released = found
        if released is None:
            return (result.hidden, newest.state == UNASSIGNED, None)
        assert released.state != UNASSIGNED
        return result.hidden, newest.state == UNASSIGNED, released.score, released.excused, released.late

    def value(goal: int) -> tuple[object, ...]:
        with tied.database.read() as session:
            row = session.get_one(Goal, goal)
            return row.value, row.status

    before = value(goal_id), value(other_id)
    full({*seed.CANVAS_STUDENTS} - {ANA, BEN})
    assert value(goal_id) != before[0]
    gone = tied.result(HOMEWORK, ANA)
    assert gone
    hide(ANA, HOMEWORK, 3, late=True)
    hide(BEN, PROJECT, 39)
    full()
    assert shown(ANA, HOMEWORK) == (True, False, Decimal(16), False, False)
    assert shown(BEN, PROJECT) == (True, False, None)
    assert (value(goal_id), value(other_id)) == before
    for flags in ({"excused": True}, {"late": True}, {}):
        hide(ANA, HOMEWORK, None, **flags)
        hide(BEN, PROJECT, 38, late=True)
        full()
        assert shown(ANA, HOMEWORK)[2:] == (Decimal(16), False, False)
        assert shown(BEN, PROJECT)[2:] == (None,)
        assert (value(goal_id), value(other_id)) == before
    with tied.database.write() as session:  # as it was kept wrongly before
        session.get_one(Result, gone[0].id).released_version_id = gone[1].id
    full()
    assert (shown(ANA, HOMEWORK)[2], value(goal_id)) == (Decimal(16), before[0])
    tied.world.set_score(tied.course, HOMEWORK, ANA, Decimal(18))
    tied.world.set_posted(tied.course, HOMEWORK, ANA, True)
    full()
    assert shown(ANA, HOMEWORK)[:3] == (False, False, Decimal(18))


def test_a_list_that_says_so_itself_is_believed() -> None:
    """Canvas's own word, `assignment_visible`: false while its row is still listed."""
    columns = columns_of([ItemRow("assignment:1", "1", "Essay", "points", None)], frozenset())
    row = {
        "user_id": 7,
        "assignment_id": 1,
        "score": 9.0,
        "workflow_state": "graded",
        "posted_at": "2026-01-01T00:00:00Z",
    }
    pages = json.dumps([{**row, "assignment_visible": seen} for seen in (True, False)])
    shown, gone = (result_row(said, columns) for said in submissions(pages.encode()))
    assert shown
    assert gone
    assert (shown.state, gone.state, gone.score) == ("graded", UNASSIGNED, None)
