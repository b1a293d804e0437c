"""What a sync must survive: killed at every page, an LMS that fails on any, or tells it all wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Response, request

from config.settings import Settings
from lms_sync.due import choose
from lms_sync.run import run_sync
from lms_sync.schedule import started_courses
from lti_tool.db import Database, make_engine
from lti_tool.records.course import Membership
from lti_tool.records.gradebook import ResultVersion
from lti_tool.records.plan import Plan
from tests.sandbox_lms import seed
from tests.sandbox_lms.control import enrol
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import Fault
from tests.sync.course import KeyServer, Tied, tie
from tests.sync.picture import Killed, Mortal, nothing_twice, ours, theirs

ITEM = {"canvas": 201, "moodle": 31}
STUDENTS = {"canvas": seed.CANVAS_STUDENTS, "moodle": seed.MOODLE_STUDENTS}
SEEDS = {"canvas": seed.seed_canvas, "moodle": seed.seed_moodle}


@pytest.fixture
def database_url(tmp_path, request):  # type: ignore[no-untyped-def]
    """One kind is enough: two processes on both kinds are in test_worker.py."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


def same(tied: Tied) -> None:
    """Our picture is the LMS's."""
    assert ours(tied) == theirs(tied)
    nothing_twice(tied)


def fill(tied: Tied) -> None:
    """A Moodle lists a non-editing teacher as a learner, who gets no grades; leave them out."""
    for number, enrolment in list(tied.course.enrolments.items()):
        if enrolment.role == "ta":
            del tied.course.enrolments[number]


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


def touch(tied: Tied, number: int) -> None:
    """The LMS goes on living: the next reading has something to store on each of its pages."""
    tied.clock.forward(seconds=1)
    student = STUDENTS[tied.world.personality][number % 10]
    tied.world.set_score(tied.course, ITEM[tied.world.personality], student, Decimal(number % 19))
    tied.world.people[student].family_name = f"Family {number}"
    tied.world.people[student].display_name = ""


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


# ---- the LMS tells it wrongly


@pytest.fixture
def odd_lms(
    personality: str, keys: KeyServer, settings: Settings, database: Database
) -> Iterator[Callable[[Callable[[Tied, Response], None]], Tied]]:
    """odd_lms(change): a course whose LMS answers go through `change`."""
    lms, hold = PracticeLms(), {}

    def change(answer: Response) -> Response:
        if "tied" in hold:
            hold["change"](hold["tied"], answer)
        return answer

    lms.start([SEEDS[personality]("http://localhost:0")], after_request=change)

    def make(how: Callable[[Tied, Response], None]) -> Tied:
        tied = tie(settings, database, lms.worlds[personality], keys)
        fill(tied)
        hold.update(tied=tied, change=how)
        return tied

    yield make
    lms.stop()


def rows_of(body: Any) -> list[Any] | None:
    """The list of members, submissions or reports in an answer; None where there is none."""
    if isinstance(body, list):
        return body
    for name in ("members", "usergrades", "assignments"):
        if isinstance(body, dict) and isinstance(body.get(name), list):
            rows: list[Any] = body[name]
            return rows
    return None


def test_rows_repeated_and_out_of_order_change_nothing(odd_lms: Any) -> None:
    def repeat(_tied: Tied, answer: Response) -> None:
        if not answer.is_json or "assignment_groups" in request.path:
            return
        body = answer.get_json()
        rows = rows_of(body)
        if rows:
            rows.reverse()
            rows += rows[: len(rows) // 2 + 1]
            answer.set_data(json.dumps(body))

    tied = odd_lms(repeat)
    assert tied.sync("first", "start").state == "done"
    same(tied)
    assert tied.sync("full").changed == 0


def test_grades_given_while_pages_are_read_are_there_after_the_next_reading(odd_lms: Any) -> None:
    given: list[int] = []
    lively = [True]

    def meanwhile(tied: Tied, _answer: Response) -> None:
        if lively[0]:
            student = STUDENTS[tied.world.personality][len(given) % 10]
            given.append(student)
            tied.world.set_score(tied.course, ITEM[tied.world.personality], student, Decimal(len(given)))

    tied = odd_lms(meanwhile)
    assert tied.sync("first", "start").state == "done"
    assert len(given) > 4
    lively[0] = False
    tied.clock.forward(minutes=1)
    assert tied.sync("changes").state == "done"
    same(tied)


@pytest.mark.parametrize("minutes", [-45, 45])
def test_clocks_that_disagree_lose_no_grade(tied: Tied, minutes: int) -> None:
    """The LMS's clock is that far off; a grade given a minute after a reading is in the next one."""
    fill(tied)
    tied.sync("first", "start")
    real = tied.world.clock
    tied.world.clock = lambda: real() + timedelta(minutes=minutes)
    assert tied.sync("changes").state == "done"
    touch(tied, 4)
    tied.clock.forward(minutes=2)
    run = tied.sync("changes")
    assert (run.state, run.error) == ("done", "")
    assert run.changed >= 1
    tied.world.clock = real
    tied.clock.forward(hours=7)
    tied.sync("full")
    same(tied)


# ---- access and people


def test_a_token_revoked_in_the_middle_keeps_what_was_read_and_the_cursor(tied: Tied) -> None:
    fill(tied)
    tied.sync("first", "start")
    cursor = tied.context().grades_cursor
    touch(tied, 2)
    path = {"canvas": "/students/submissions", "moodle": "gradereport_user_get_grade_items"}
    tied.world.faults.append(Fault("expire_token", path[tied.world.personality], times=1))
    run = tied.sync("full", "button")
    assert run.state == "failed"
    assert tied.context().grades_cursor == cursor
    for token in tied.world.tokens.values():
        token.expires_at = None
    assert tied.sync("full", "button").state == "done"
    same(tied)


def test_a_student_dropped_and_back_is_the_same_row_with_the_same_plan(tied: Tied) -> None:
    fill(tied)
    tied.sync("first", "start")
    student = STUDENTS[tied.world.personality][0]
    person_id = tied.person_id(student)

    def row() -> Membership:
        with tied.database.read() as session:
            return session.scalars(sa.select(Membership).where(Membership.person_id == person_id)).one()

    before, plans = row(), tied.count(Plan)
    enrol(tied.world, tied.course.id, student, role=None, active=False)
    tied.clock.forward(hours=7)
    tied.sync("full")
    assert row().left_at is not None
    same(tied)
    versions = tied.count(ResultVersion)
    enrol(tied.world, tied.course.id, student, role=None, active=True)
    tied.clock.forward(hours=7)
    tied.sync("full")
    assert (row().id, row().left_at) == (before.id, None)
    assert (tied.count(Plan), tied.count(ResultVersion)) == (plans, versions)
    same(tied)


def test_a_renamed_student_is_the_same_person(tied: Tied) -> None:
    fill(tied)
    tied.sync("first", "start")
    student = STUDENTS[tied.world.personality][1]
    person = tied.world.people[student]
    number = tied.person_id(student)
    person.given_name, person.family_name, person.display_name = "Ana", "Ruiz & Gil", ""
    tied.clock.forward(hours=7)
    tied.sync("full")
    assert tied.person(student).id == number
    assert tied.person(student).name == "Ana Ruiz & Gil"
    same(tied)


def test_two_accounts_merged_into_one_lose_nothing_of_the_one_that_stays(tied: Tied) -> None:
    """The LMS takes one account's enrolment and grades over to the other, and forgets the first."""
    fill(tied)
    tied.sync("first", "start")
    gone, stays = STUDENTS[tied.world.personality][:2]
    for (item, person), grade in list(tied.course.grades.items()):
        if person == gone:
            del tied.course.grades[item, person]
            if (item, stays) not in tied.course.grades:
                tied.course.grades[item, stays] = replace(grade, person_id=stays)
    del tied.course.enrolments[gone]
    members = tied.members()
    tied.clock.forward(hours=7)
    assert tied.sync("full").state == "done"
    same(tied)
    sub = tied.world.people[gone].sub
    assert tied.members()[sub] == ("learner", False)
    assert set(tied.members()) == set(members)  # nobody's row, plan or history went


# ---- the gradebook changes its shape


def test_a_column_renamed_moved_worth_more_or_gone_is_so_here(tied: Tied) -> None:
    fill(tied)
    tied.sync("first", "start")
    item = tied.course.items[ITEM[tied.world.personality]]
    item.name, item.group = "Homework one", "Other work"
    item.possible *= 2
    tied.clock.forward(minutes=11)
    assert tied.sync("changes").state == "done"
    same(tied)
    if tied.world.personality == "canvas":
        item.published = False
        tied.clock.forward(minutes=11)
        assert tied.sync("changes").state == "done"
        same(tied)
        item.published = True
        tied.clock.forward(minutes=11)
        assert tied.sync("changes").state == "done"
        same(tied)
    versions = tied.count(ResultVersion)
    del tied.course.items[item.id]
    for cell in [cell for cell in tied.course.grades if cell[0] == item.id]:
        del tied.course.grades[cell]
    tied.clock.forward(minutes=11)
    assert tied.sync("changes").state == "done"
    same(tied)
    assert tied.count(ResultVersion) == versions  # history stays
    assert tied.items()[str(item.id)].gone_at is not None


# ---- the disk is full


def test_a_full_disk_is_said_and_nothing_is_broken(tie_to: Callable[..., Tied]) -> None:
    tied = tie_to("canvas")
    fill(tied)
    tied.sync("first", "start")
    before = ours(tied)
    for student in STUDENTS[tied.world.personality]:
        tied.world.people[student].family_name = "Long" * 120
        for item in tied.course.items:
            tied.world.set_score(tied.course, item, student, Decimal(1))
    full = make_engine(tied.settings.resolved_database_url, tied.database.engine.dialect.plans_cipher)  # type: ignore[attr-defined]

    @sa.event.listens_for(full, "connect")
    def no_more_pages(connection: Any, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        free = connection.execute("PRAGMA freelist_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages - free + 1}")

    run_id = tied.ask("full", "button")
    run_sync(run_id, replace(tied.deps(), database=Database(full)))
    full.dispose()
    run = tied.run(run_id)
    assert (run.state, run.error_code) == ("failed", "disk_full")
    assert "disk" in run.error
    assert set(ours(tied).people) == set(before.people)
    with tied.database.read() as session:
        assert session.execute(sa.text("PRAGMA integrity_check")).scalar() == "ok"
        assert session.execute(sa.text("PRAGMA foreign_key_check")).all() == []
    nothing_twice(tied)
    assert tied.sync("full", "button").state == "done"
    same(tied)
