"""Work taken from one student at Canvas: only a whole list says so, and giving it back undoes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lms_sync.platforms.base import ItemRow
from lms_sync.platforms.canvas_cells import columns_of, result_row, submissions
from lti_tool.plans.observation import UNASSIGNED
from lti_tool.records.gradebook import ResultVersion
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied
from tests.sync.test_goals_move import give_goal

ANA, BEN = seed.CANVAS_STUDENTS[:2]
HOMEWORK = 201


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
