"""An LMS that drips: bytes keep coming, so no timeout ever ends it, and a run must not wait for ever."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
import requests

from config.settings import Settings
from lms_sync.platforms.pace import Pace
from lms_sync.platforms.wire import Wire
from lms_sync.run import run_sync
from lti_tool.http import OutboundSession, make_session
from lti_tool.records.gradebook import SyncRun
from tests.sandbox_lms.seed import seed_big
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import Fault
from tests.sync.course import KeyServer, Tied, tie
from tests.sync.surviving import fill, same
from tests.sync.test_pace import Ticks, answer

# Each place where an LMS is asked: one that is asked for ahead, on a connection of its own, is among them.
PLACES = {
    "canvas": [
        ("names_and_roles", None),
        ("/students/submissions", 2),
    ],
    "moodle": [("memberships", None), ("gradereport_user_get_grade_items", None)],
}
ROSTERS = ("names_and_roles", "memberships")
LIMIT, DRIP = 0.6, 0.04


@pytest.fixture
def database_url(tmp_path, request):
    """One kind is enough: nothing depends on it."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


class Impatient(OutboundSession):
    """Waits for LIMIT where the LMS drips, also on the connection that goes on from there; else as ever."""

    place = ""

    def request(self, method: Any, url: Any, **more: Any) -> requests.Response:
        assert self.total_seconds is not None, "every request to an LMS has an end"
        if self.place in f"{url} {more}":
            self.total_seconds = LIMIT
        return super().request(method, url, **more)


def read(tied: Tied, place: str) -> SyncRun:
    def impatient(settings: Settings, **more: Any) -> OutboundSession:
        session = make_session(settings, **more)
        session.__class__, session.place = Impatient, place
        return session

    run_id = tied.ask("full")
    run_sync(run_id, replace(tied.deps(), make_session=impatient))
    return tied.run(run_id)


@pytest.mark.parametrize("personality", ["canvas", pytest.param("moodle", marks=pytest.mark.long)])
def test_an_answer_that_drips_ends_the_run_and_is_said(
    personality: str, lms: PracticeLms, keys: KeyServer, settings: Settings, database: Any
) -> None:
    world = lms.worlds[personality]
    tied = tie(settings, database, world, keys, course=seed_big(world, 34, 3))
    fill(tied)
    assert tied.sync("first", "start").state == "done"
    for path, page in PLACES[personality]:
        cursor, here = tied.context().grades_cursor, tied.members()
        tied.clock.forward(minutes=11)
        world.faults[:] = [Fault("drip", path, page=page, times=None, seconds=DRIP)]
        begun = time.monotonic()
        run = read(tied, path)
        assert time.monotonic() - begun < 30, "it did not wait for the end"
        assert (run.state, run.error_code) == ("failed", "too_slow"), path
        assert "answers too slowly" in run.error
        assert "tried again by itself" in run.error
        assert tied.members() == here
        grades_too = path not in ROSTERS
        assert (tied.context().grades_cursor == cursor) == grades_too, (
            "grades are read whatever the roster did"
        )
    world.faults.clear()
    assert tied.sync("full", "button").state == "done"
    same(tied)


def test_slow_answers_count_as_waiting() -> None:
    """Else an LMS that fails late, again and again, would keep a run for longer than its lease."""
    ticks = Ticks()

    def late() -> Any:
        ticks.wait(50)
        return answer(503)

    wire = Wire(make_session(Settings()), "Canvas", ticks.wait, Pace(ticks), jitter=lambda most: most)
    assert wire.call(late).status_code == 503
    assert ticks.waits == [50, 1.0, 50]
