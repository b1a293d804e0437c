"""A machine whose clock ran years ahead for a while: set right, it reads on at once, not in years."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from lms_sync.circuit import MOST_FAILURES
from lms_sync.due import choose
from lms_sync.lease import take
from lms_sync.run import run_sync
from lms_sync.schedule import lost_runs, started_courses
from lti_tool.records.gradebook import SyncRun
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied
from tests.sync.surviving import fill, same, touch

YEARS = timedelta(days=1500)


@pytest.fixture
def database_url(tmp_path, request):
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


def test_what_a_wrong_clock_wrote_holds_nothing_up(tie_to: Callable[..., Tied]) -> None:
    tied = tie_to("canvas")
    fill(tied)
    assert tied.sync("first", "start").state == "done"
    right = tied.clock()
    tied.world.clock = lambda: right + timedelta(minutes=5)  # the LMS's was right all the time

    tied.clock.moment = right + YEARS
    assert tied.sync("full").error_code == "assertion_refused", "the LMS does not believe our signature"
    read = tied.context().grades_full_at
    assert read is not None
    assert read > right + YEARS / 2, "grades were read all the same"
    tied.world.faults.append(Fault("html", "/api/v1/", times=None))
    for _ in range(MOST_FAILURES):
        tied.clock.forward(minutes=1)
        assert tied.sync("full").state == "failed"
    tied.world.faults.clear()
    left = tied.ask("changes")
    ahead = tied.clock() + timedelta(seconds=120)
    assert take(tied.database, left, owner="gone:0#1", until=ahead, now=tied.clock()) is not None

    tied.clock.moment = right + timedelta(minutes=5)
    tied.world.clock = tied.clock
    touch(tied, 4)
    tied.clock.forward(minutes=1)
    with tied.database.read() as session:
        assert [run for run, _attempts in lost_runs(session, tied.clock())] == [left]
    run_sync(left, tied.deps("other:0#1"))
    assert tied.run(left).state == "done"
    with tied.database.read() as session:
        (wanted,) = choose(started_courses(session, tied.clock()), tied.settings, tied.clock())
    assert wanted.kind == "full"
    assert tied.sync(wanted.kind).state == "done"
    same(tied)
    cursor = tied.context().grades_cursor
    assert cursor is not None
    assert cursor <= tied.clock(), "it is of this time again"
    with tied.database.read() as session:
        assert choose(started_courses(session, tied.clock()), tied.settings, tied.clock()) == []
    queued = tied.ask("changes")
    with tied.database.write() as session:
        session.get_one(SyncRun, queued).queued_at = right + YEARS
    with tied.database.read() as session:
        assert [run for run, _attempts in lost_runs(session, tied.clock())] == [queued]
