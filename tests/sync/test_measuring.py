"""Changed results and the goals on them: measured once however many columns moved, and never forgotten."""

from __future__ import annotations

import gc
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lms_sync.grades import Course, blank_items, store_page
from lms_sync.platforms.base import ResultRow
from lti_tool.db import Database
from lti_tool.planning.changed_results import measure_changed
from lti_tool.records.bulk import add_rows
from lti_tool.records.goal import Goal, GoalValue, Reading
from lti_tool.records.gradebook import Result, ResultVersion
from lti_tool.records.in_bulk import in_bulk
from lti_tool.records.plan import Plan
from tests.benchmarks.big_course import NOW, BigCourse, make_big_course
from tests.statements import counted


def cells(course: BigCourse, score: int, *, people: int, hidden: bool = False) -> list[ResultRow]:
    return [
        ResultRow(key, number, Decimal(score), Decimal(20), state="graded", hidden=hidden)
        for key in course.items
        for number in course.canvas_ids[:people]
    ]


def store(database: Database, course: BigCourse, rows: list[ResultRow], hour: int = 0) -> int:
    ours = Course(course.context_id, course.registration_id, course.items, ("canvas_user_id",))
    with database.write() as session:
        return store_page(session, ours, rows, run_id="r", now=NOW + timedelta(hours=hour))[0]


def measure(database: Database, course: BigCourse, **more: int) -> bool:
    with database.write() as session:
        return measure_changed(session, course.context_id, now=NOW, run_id="r", **more)


def test_the_statements_do_not_grow_with_the_results(database: Database) -> None:
    course = make_big_course(database, learners=60, columns=5)
    counts = []
    for people, score in ((2, 5), (60, 6), (2, 7), (60, 8)):
        with counted(database) as sent:
            store(database, course, cells(course, score, people=people))
            assert not measure(database, course)
        counts.append(len(sent))
    assert counts[0] == counts[1]  # new results
    assert counts[2] == counts[3]  # changed ones
    assert max(counts) < 25


def test_a_goal_on_many_columns_is_measured_once(database: Database) -> None:
    course = make_big_course(database, learners=4, columns=5)
    for row in cells(course, 10, people=4):
        store(database, course, [row])
    assert not measure(database, course)
    with database.read() as session:
        values = session.execute(
            sa.select(GoalValue.goal_id, sa.func.count()).group_by(GoalValue.goal_id)
        ).all()
        assert [count for _goal, count in values] == [1] * course.goals
        assert set(session.scalars(sa.select(Goal.value))) == {Decimal(50)}


def test_what_a_lost_worker_left_is_measured_by_the_next(database: Database) -> None:
    course = make_big_course(database, learners=5, columns=2)
    store(database, course, cells(course, 10, people=5))  # and the worker is gone
    store(database, course, cells(course, 10, people=5), hour=1)  # the next one reads the same again
    rounds = 1
    while measure(database, course, people=2):
        rounds += 1
    assert rounds == 3
    with database.read() as session:
        assert set(session.scalars(sa.select(Goal.value))) == {Decimal(50)}
        assert set(session.scalars(sa.select(Result.measured))) == {True}
    with counted(database) as sent:
        assert not measure(database, course)
    assert len([one for one in sent if "SELECT" in one]) == 1


def test_a_regrade_is_a_new_row_and_no_old_one_changes(database: Database) -> None:
    course = make_big_course(database, learners=3, columns=2)

    def history() -> list[sa.Row[tuple[object, ...]]]:
        with database.read() as session:
            table = ResultVersion.__table__
            return list(session.execute(sa.select(*table.c).order_by(table.c.id)))

    kept = []
    for hour, (score, hidden) in enumerate(((10, False), (12, False), (12, True), (0, True), (15, False))):
        made = store(database, course, cells(course, score, people=3, hidden=hidden), hour)
        assert made == 6
        now = history()
        assert now[: len(kept)] == kept
        assert len(now) == len(kept) + 6
        assert {row.read_at for row in now[len(kept) :]} == {NOW + timedelta(hours=hour)}
        kept = now
        with database.read() as session:
            assert set(session.scalars(sa.select(Result.measured))) == {hidden}, "else time would show by it"
        measure(database, course)
        with database.read() as session:
            shown = set(session.scalars(sa.select(Goal.value)))
        assert shown == {Decimal(5 * {0: 10, 4: 15}.get(hour, 12))}  # what is hidden moved nothing
    assert store(database, course, cells(course, 15, people=3), 9) == 0
    with database.read() as session:
        read = sa.select(sa.func.count()).select_from(Reading)
        assert session.scalar(read) == 3 * 3 * course.goals // 2


def test_in_a_first_reading_only_those_with_goals_wait_to_be_measured(database: Database) -> None:
    course = make_big_course(database, learners=4, columns=2)
    with database.write() as session:
        session.execute(sa.update(Plan).where(Plan.person_id.in_(course.people[2:])).values(closed_at=NOW))
        blank = blank_items(session, course.items.values())
    assert blank == set(course.items.values())
    kinds, rows = ("canvas_user_id",), cells(course, 12, people=4)
    ours = Course(course.context_id, course.registration_id, course.items, kinds, whole=True, blank=blank)
    for made in (8, 0):  # the second time they are found, though the first reading goes on
        with database.write() as session:
            assert store_page(session, ours, rows, run_id="r", now=NOW)[0] == made
            waiting = session.scalars(sa.select(Result.person_id).where(~Result.measured)).all()
            assert sorted(set(waiting)) == course.people[:2]
            assert blank_items(session, course.items.values()) == set()
    measure(database, course)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(~Result.measured)) == 0
        assert session.scalar(sa.select(sa.func.count()).where(Goal.value == Decimal(60))) == 4


def test_rows_in_bulk_are_what_single_ones_would_be(database: Database) -> None:
    make_big_course(database, learners=1, columns=1)
    with database.read() as session:
        goal = session.scalars(sa.select(Goal.id)).first()
    base = {"goal_id": goal, "status": "look", "progress": None, "sync_run_id": 'it\'s \\ "r"', "at": NOW}
    rows = [
        {**base, "value": Decimal("33.30"), "why": {"ü": [1, "x", None]}},
        {**base, "value": None, "why": {}},
    ]
    with database.write() as session:
        add_rows(session, GoalValue, rows)
        add_rows(session, GoalValue, [])
    with database.read() as session:
        found = session.scalars(sa.select(GoalValue).order_by(GoalValue.id)).all()
    assert [(row.value, row.why, row.at, row.sync_run_id) for row in found] == [
        (Decimal("33.3"), {"ü": [1, "x", None]}, NOW, base["sync_run_id"]),
        (None, {}, NOW, base["sync_run_id"]),
    ]
    with database.write() as session, pytest.raises((TypeError, sa.exc.StatementError)):
        add_rows(session, GoalValue, [{**base, "value": None, "why": {"x": object()}}])


def test_after_work_in_bulk_cycles_are_looked_for_again_whatever_happened() -> None:
    with suppress(ZeroDivisionError), in_bulk():
        with in_bulk():
            assert not gc.isenabled()
        assert not gc.isenabled()
        assert 1 / 0
    assert gc.isenabled()
