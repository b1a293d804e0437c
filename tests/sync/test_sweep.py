"""A whole reading that broke off goes on where it came to; it never passes what is not stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from config.settings import Settings
from lms_sync import cell_reading
from lms_sync.platforms import canvas_submissions, moodle_report
from lms_sync.platforms.pace import Pace, Paces
from lms_sync.run import run_sync
from lti_tool.db import Database
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.rhythm import GradeSweep
from tests.sandbox_lms.seed import seed_big
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import Fault
from tests.sync.course import KeyServer, Tied, tie
from tests.sync.picture import Killed, Mortal
from tests.sync.surviving import same
from tests.sync.test_goals_move import give_goal
from tests.sync.test_moodle_reading import value

# The cells of one person find no room.
NO_ROOM = """
CREATE TRIGGER no_room BEFORE INSERT ON result_version
WHEN new.person_id = (SELECT min(person_id) + 3 FROM membership)
BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END
"""
SUBMISSIONS, REPORT = "/students/submissions", "gradereport_user_get_grade_items"


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def big(
    lms: PracticeLms,
    keys: KeyServer,
    settings: Settings,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str, int, int], Tied]:
    """A course of many pages: a page holds 10 cells here, and every second one is stored at once."""
    monkeypatch.setattr(canvas_submissions, "PAGE", 10)
    monkeypatch.setattr(cell_reading, "HELD_ROWS", 20)

    def make(personality: str, students: int, items: int) -> Tied:
        world = lms.worlds[personality]
        return tie(settings, database, world, keys, course=seed_big(world, students, items))

    return make


def asked(tied: Tied, what: str, run: Callable[[], object]) -> int:
    """How many times the LMS was asked for that while this ran, refusals left out."""
    tied.world.requests.clear()
    run()
    found = [one for one in tied.world.requests if what in one["path"] + one["function"]]
    return sum(one["status"] == "200" for one in found)


def breaks_off(tied: Tied, page: int, kind: str = "full", trigger: str = "schedule") -> None:
    """A reading in which one page of submissions fails, and goes on failing."""
    tied.world.faults.append(Fault("error", SUBMISSIONS, page=page, times=None))
    assert tied.sync(kind, trigger).state == "failed"
    tied.world.faults.clear()


def place(tied: Tied) -> GradeSweep | None:
    with tied.database.read() as session:
        return session.get(GradeSweep, tied.context_id)


@pytest.mark.parametrize("students", [10, 16])  # one list, and several side by side
def test_a_failed_reading_asks_for_no_page_twice(big, students: int) -> None:
    tied = big("canvas", students, 7)
    whole = asked(tied, SUBMISSIONS, lambda: tied.sync("first", "start"))
    first = asked(tied, SUBMISSIONS, lambda: breaks_off(tied, 2 if students > 10 else 5))
    assert 0 < first < whole
    tied.clock.forward(minutes=10)
    began, runs = tied.clock(), list[SyncRun]()
    again = asked(tied, SUBMISSIONS, lambda: runs.append(tied.sync("full")))
    assert first + again == whole
    (run,) = runs
    assert run.went_on_since == began - timedelta(minutes=10)
    assert run.went_on_after == first * 10  # a page holds ten
    assert place(tied) is None
    same(tied)


def test_the_cursor_moves_to_when_the_first_part_was_read(big) -> None:
    """What changes on pages that were read already is found by the next reading of changes."""
    tied = big("canvas", 10, 7)
    tied.sync("first", "start")
    tied.clock.forward(minutes=30)
    began = tied.clock()
    breaks_off(tied, 5)
    item, student = next(iter(tied.course.grades))
    tied.clock.forward(minutes=20)
    tied.world.set_score(tied.course, item, student, Decimal(1)).graded_at = began + timedelta(minutes=15)
    run = tied.sync("full")
    assert (run.state, tied.context().grades_cursor) == ("done", began)
    assert tied.context().grades_full_at == began
    tied.clock.forward(minutes=10)
    tied.sync("changes")
    same(tied)


def test_who_asks_in_person_sees_what_the_lms_shows_now(big) -> None:
    tied = big("canvas", 10, 7)
    whole = asked(tied, SUBMISSIONS, lambda: tied.sync("first", "start"))
    breaks_off(tied, 5)
    item, student = next(iter(tied.course.grades))
    tied.world.set_posted(tied.course, item, student, False)
    tied.clock.forward(minutes=1)
    assert asked(tied, SUBMISSIONS, lambda: tied.sync("full", "button")) == whole
    same(tied)


LONG = pytest.mark.long


@pytest.mark.parametrize(
    "change", [pytest.param("access", marks=LONG), pytest.param("old", marks=LONG), "columns"]
)
def test_it_begins_anew_where_the_rest_would_not_fit(big, change: str) -> None:
    tied = big("canvas", 10, 7)
    tied.sync("first", "start")
    breaks_off(tied, 5)
    tied.clock.forward(hours=7 if change == "old" else 0.2)
    with tied.database.write() as session:
        row = session.get_one(GradeSweep, tied.context_id)
        if change == "access":
            row.by = "somebody else's"
    if change == "columns":
        tied.course.items.pop(next(iter(tied.course.items)))
        for cell in [cell for cell in tied.course.grades if cell[0] not in tied.course.items]:
            del tied.course.grades[cell]
    pages = len(tied.course.items)
    assert asked(tied, SUBMISSIONS, lambda: tied.sync("full")) == pages
    same(tied)


def test_a_place_that_the_lms_no_longer_knows_is_forgotten(big) -> None:
    tied = big("canvas", 10, 7)
    tied.sync("first", "start")
    breaks_off(tied, 5)
    with tied.database.write() as session:
        row = session.get_one(GradeSweep, tied.context_id)
        row.came = {name: (at or "").replace("bookmark", "bookmerk") for name, at in row.came.items()}
    tied.clock.forward(minutes=10)
    assert tied.sync("full").state == "failed"
    assert place(tied) is None
    assert tied.sync("full").state == "done"
    same(tied)


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.long)])
def test_a_killed_worker_is_followed_from_its_last_stored_page(big, step: int) -> None:
    """Killed at each write: what the place says was read is stored, whatever was not is read again."""
    tied = big("canvas", 10, 7)
    for at in range(5, 60, step):
        for cell in list(tied.course.grades)[at::9]:
            tied.world.set_score(tied.course, *cell, Decimal(at))
        run_id = tied.ask("full")
        try:
            run_sync(run_id, replace(tied.deps("w:0#1"), database=Mortal(tied.database.engine, at)))
            break
        except Killed:
            run_sync(run_id, tied.deps("w:0#2"))
        assert tied.run(run_id).state == "done"
        assert place(tied) is None
        same(tied)
    assert at > 10


def test_new_points_are_not_forgotten_by_a_killed_worker(big) -> None:
    """The columns are stored before the cells that mean something else now."""
    tied = big("canvas", 5, 2)
    tied.sync("first", "start")
    item, student = next(iter(tied.course.grades))
    tied.world.set_score(tied.course, item, student, Decimal(30))
    tied.sync("changes")
    goal = give_goal(tied, item, student)
    possible = 100
    for at in (3, 4, 5, 6):
        possible *= 2
        tied.course.items[item].possible = Decimal(possible)
        tied.clock.forward(minutes=11)
        run_id = tied.ask("changes")
        try:
            run_sync(run_id, replace(tied.deps("w:0#1"), database=Mortal(tied.database.engine, at)))
        except Killed:
            run_sync(run_id, tied.deps("w:0#2"))
        assert value(tied, goal) == Decimal(3000) / possible, at


def test_a_big_moodle_goes_on_after_the_groups_and_people_it_read(
    big, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moodle_report, "MOST_AT_ONCE", 10)
    tied = big("moodle", 24, 3)
    people = [number for number, one in tied.course.enrolments.items() if one.role == "student"]
    tied.course.groups = {"Red": people[:8], "Green": people[8:14]}
    whole = asked(tied, REPORT, lambda: tied.sync("first", "start"))
    assert whole == 1 + 2 + 10  # our own, two groups, and who is in none
    tied.world.faults.append(Fault("slow", REPORT, times=7))
    tied.world.faults.append(Fault("error", REPORT, times=None))
    first = asked(tied, REPORT, lambda: tied.sync("full"))
    tied.world.faults.clear()
    assert first == 7
    tied.clock.forward(minutes=10)
    again = asked(tied, REPORT, lambda: tied.sync("full"))
    assert first + again == whole + 1  # our own is asked for each time
    same(tied)


@pytest.mark.parametrize("students", [10, 16])  # one list, and several side by side
def test_a_part_that_could_not_be_written_is_read_again(big, students: int) -> None:
    """Those behind it could: the place of the reading must not pass the one that is missing."""
    tied = big("canvas", students, 7)
    with tied.database.write() as session:
        session.execute(sa.text(NO_ROOM))
    assert tied.sync("first", "start").state == "failed"
    with tied.database.write() as session:
        session.execute(sa.text("DROP TRIGGER no_room"))
    tied.clock.forward(minutes=10)
    assert tied.sync("full").state == "done"
    same(tied)


def test_while_one_list_waits_nothing_else_of_ours_counts_as_on_its_way(big) -> None:
    """Others of us go by that count: two readings that wait for each other's answers would both give up."""
    tied = big("canvas", 16, 7)
    told: list[int] = []
    pace = Pace(lambda: time.monotonic() + sum(tied.waits))

    def wait(seconds: float) -> None:
        told.append(pace.in_flight)
        tied.waits.append(seconds)

    deps = replace(tied.deps(), wait=wait, paces=OnePace(pace))
    tied.world.faults.append(Fault("throttle", SUBMISSIONS, times=3, status=429, seconds=30))
    run_id = tied.ask("first", "start")
    run_sync(run_id, deps)
    assert tied.run(run_id).state == "done"
    assert told
    assert set(told) == {0}
    assert 30 <= sum(tied.waits) < 33  # three were told so at the same moment
    same(tied)


class OnePace(Paces):
    """The same pace for everything. clock: the time that was waited for passes."""

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self._pace = pace

    def of(self, bucket: str) -> Pace:
        return self._pace


ENDINGS = [
    Fault("throttle", times=None, status=429, seconds=500),
    Fault("truncate", times=None, right_length=False),
    Fault("error", times=None, status=500),
    Fault("error", times=None, status=302),
    Fault("throttle", times=None, status=403),
    Fault("html", times=None),
    Fault("truncate", times=None),
    Fault("expire_token", times=None),
]


@pytest.mark.parametrize("fault", [*ENDINGS[:2], *(pytest.param(each, marks=LONG) for each in ENDINGS[2:])])
def test_however_a_reading_ends_nothing_counts_as_on_its_way(big, fault: Fault) -> None:
    tied = big("canvas", 16, 7)
    pace = Pace(lambda: time.monotonic() + sum(tied.waits))
    tied.world.faults.append(replace(fault, path=SUBMISSIONS, page=3))
    run_id = tied.ask("first", "start")
    run_sync(run_id, replace(tied.deps(), paces=OnePace(pace)))
    assert tied.run(run_id).state == "failed"
    assert pace.in_flight == 0
