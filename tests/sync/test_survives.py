"""What a sync must survive: killed at every page, an LMS that fails on any, throttled for an hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lms_sync.due import choose
from lms_sync.run import run_sync
from lms_sync.schedule import started_courses
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied
from tests.sync.picture import Killed, Mortal, nothing_twice
from tests.sync.surviving import fill, same, touch


@pytest.fixture
def database_url(tmp_path, request):
    """One kind is enough: two processes on both kinds are in test_worker.py."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


# ---- kill -9


def die(tied: Tied, run_id: str, at: int, *, after: bool) -> bool:
    """Do the run in a process that dies at its n-th write; whether it got that far."""
    deps = replace(tied.deps("w:0#1"), database=Mortal(tied.database.engine, at, after=after))
    try:
        run_sync(run_id, deps)
    except Killed:
        return True
    return False


def killed_everywhere(tied: Tied, kind: str, *, after: bool) -> int:
    """Kill at the first write, the next life at its second, and so on; how many lives it took."""
    at = 1
    while True:
        run_id = tied.ask(kind, "start")
        if not die(tied, run_id, at, after=after):
            break
        run_sync(run_id, tied.deps("w:0#2"))  # the same place, started again
        assert tied.run(run_id).state == "done", tied.run(run_id).error
        same(tied)
        touch(tied, at)
        at += 1
    return at


@pytest.mark.parametrize("after", [False, pytest.param(True, marks=pytest.mark.long)])
def test_killed_at_every_page_the_next_life_ends_as_an_undisturbed_one(tied: Tied, after: bool) -> None:
    fill(tied)
    assert killed_everywhere(tied, "full", after=after) > 8


@pytest.mark.long
@pytest.mark.parametrize("dies_at", range(1, 40))
def test_the_very_first_run_killed_at_every_page(tied: Tied, dies_at: int) -> None:
    fill(tied)
    run_id = tied.ask("first", "start")
    die(tied, run_id, dies_at, after=dies_at % 2 == 0)
    run_sync(run_id, tied.deps("w:0#2"))
    assert tied.run(run_id).state == "done"
    same(tied)


@pytest.mark.parametrize("dies_at", [2, 5, 8])
def test_the_first_run_killed_early_in_the_middle_and_late(tied: Tied, dies_at: int) -> None:
    fill(tied)
    run_id = tied.ask("first", "start")
    assert die(tied, run_id, dies_at, after=False)
    assert tied.run(run_id).state == ("running" if dies_at > 1 else "queued")
    run_sync(run_id, tied.deps("w:0#2"))
    assert tied.run(run_id).state == "done"
    same(tied)


# ---- the LMS fails on any page

KINDS = [
    {"kind": "html"},
    {"kind": "truncate"},
    {"kind": "truncate", "right_length": False},
    {"kind": "error", "status": 500},
    {"kind": "throttle", "status": 403},
    {"kind": "throttle", "status": 429, "seconds": 600},
]


def fail_on(tied: Tied, request_number: int, kind: dict[str, Any]) -> None:
    """From its n-th request on, the LMS does this wrong."""
    tied.world.faults.clear()
    if request_number > 1:
        tied.world.faults.append(Fault("slow", "", times=request_number - 1))
    tied.world.faults.append(Fault(path="", times=None, **kind))


def requests_of_a_full_run(tied: Tied) -> int:
    before = len(tied.world.requests)
    assert tied.sync("full", "button").state == "done"
    return len(tied.world.requests) - before


def failing_everywhere(tied: Tied, kinds: Callable[[int], list[dict[str, Any]]]) -> None:
    fill(tied)
    assert tied.sync("first", "start").state == "done"
    count = requests_of_a_full_run(tied)
    assert count >= 4
    for number in range(1, count + 1):
        for kind in kinds(number):
            cursor, here = tied.context().grades_cursor, tied.members()
            touch(tied, number)
            fail_on(tied, number, kind)
            run = tied.sync("full", "button")
            assert run.state == "failed", (number, kind)
            assert run.error
            assert tied.members() == here
            assert tied.context().grades_cursor == cursor
            nothing_twice(tied)
            tied.world.faults.clear()
            assert tied.sync("full", "button").state == "done"
            same(tied)


def test_an_lms_that_fails_on_any_request_is_read_whole_afterwards(tied: Tied) -> None:
    failing_everywhere(tied, lambda number: [KINDS[number % len(KINDS)]])


@pytest.mark.long
def test_an_lms_that_fails_on_any_request_in_every_way(tied: Tied) -> None:
    failing_everywhere(tied, lambda _number: KINDS)


# ---- time passes


def live(tied: Tied, minutes: int) -> int:
    """The schedule of so many minutes, a tick each; how many runs it asked for."""
    asked = 0
    for _ in range(minutes):
        tied.clock.forward(minutes=1)
        with tied.database.read() as session:
            courses = started_courses(session, tied.clock())
        for one in choose(courses, tied.settings, tied.clock()):
            tied.sync(one.kind)
            asked += 1
    return asked


def test_throttled_for_an_hour_it_asks_seldom_and_then_catches_up(tie_to: Callable[..., Tied]) -> None:
    tied = tie_to("canvas")
    fill(tied)
    tied.sync("first", "start")
    tied.world.faults.append(Fault("throttle", "", times=None, status=429))
    touch(tied, 3)
    before = len(tied.world.requests)
    runs = live(tied, 60)
    assert len(tied.world.requests) - before <= 60, "the LMS was asked more than once a minute"
    assert 1 <= runs <= 8
    tied.world.faults.clear()
    live(tied, 40)
    same(tied)


@pytest.mark.long
def test_an_lms_that_is_away_for_a_night_costs_little_and_is_found_again(tied: Tied) -> None:
    fill(tied)
    tied.sync("first", "start")
    tied.world.faults.append(Fault("html", "", times=None))
    before = len(tied.world.requests)
    live(tied, 8 * 60)
    assert len(tied.world.requests) - before < 100
    tied.world.faults.clear()
    touch(tied, 5)
    live(tied, 6 * 60)
    same(tied)
