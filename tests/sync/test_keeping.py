"""Cells written one part behind their reading: each once, in order, and only while the lease is ours."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lms_sync.behind import OneBehind
from lms_sync.grades import Course
from lms_sync.keeping import Keeping
from lms_sync.lease import LeaseLost, Running, Stopping, take
from lms_sync.platforms.base import ItemRow, ResultRow
from lms_sync.platforms.canvas_cells import columns_of, result_row, submission
from lti_tool.db import Database
from lti_tool.records.gradebook import ResultVersion, SyncRun
from tests.benchmarks.big_course import NOW, BigCourse, make_big_course


def running(database: Database, course: BigCourse, stopping: list[bool]) -> Running:
    run_id = str(uuid.uuid4())
    with database.write() as session:
        session.add(
            SyncRun(
                id=run_id,
                registration_id=course.registration_id,
                context_id=course.context_id,
                kind="full",
                trigger="schedule",
                queued_at=NOW,
            )
        )
    taken = take(database, run_id, owner="me#1", until=NOW + timedelta(minutes=2), now=NOW)
    assert taken is not None
    return Running(database, taken, "me#1", timedelta(minutes=2), lambda: NOW, lambda: bool(stopping))


def cells(course: BigCourse, score: int) -> list[ResultRow]:
    return [
        ResultRow(key, user, Decimal(score), Decimal(20), state="graded")
        for key in course.items
        for user in course.canvas_ids
    ]


@pytest.fixture
def course(database: Database) -> BigCourse:
    return make_big_course(database, learners=8, columns=2, goals=False)


@pytest.fixture
def ours(course: BigCourse) -> Course:
    return Course(course.context_id, course.registration_id, course.items, ("canvas_user_id",))


def scores(database: Database) -> list[Decimal | None]:
    with database.read() as session:
        return list(session.scalars(sa.select(ResultVersion.score).order_by(ResultVersion.id)))


def test_a_cell_named_again_while_the_first_is_written_is_compared_with_it(
    database: Database, course: BigCourse, ours: Course
) -> None:
    run = running(database, course, [])
    with Keeping(run, ours, None) as keeping:
        for score in (7, 7, 7, 9, 7):
            keeping.keep(cells(course, score))
        keeping.settle()
    assert scores(database) == [Decimal(7)] * 16 + [Decimal(9)] * 16 + [Decimal(7)] * 16
    assert run.changed == 48


def test_without_the_lease_nothing_more_is_written(
    database: Database, course: BigCourse, ours: Course
) -> None:
    run = running(database, course, [])
    with Keeping(run, ours, None) as keeping:
        keeping.keep(cells(course, 7)[:4])
        keeping.settle()
        with database.write() as session:
            session.execute(sa.update(SyncRun).values(lease_owner="you#1"))
        keeping.keep(cells(course, 7))
        with pytest.raises(LeaseLost):
            keeping.keep(cells(course, 9))
        with pytest.raises(LeaseLost):
            keeping.keep(cells(course, 9))
            keeping.settle()
    assert (len(scores(database)), run.changed) == (4, 4)


def test_a_worker_asked_to_end_stops_before_the_next_part(
    database: Database, course: BigCourse, ours: Course
) -> None:
    stopping: list[bool] = []
    with Keeping(running(database, course, stopping), ours, None) as keeping:
        keeping.keep(cells(course, 7))
        keeping.settle()
        stopping.append(True)
        keeping.keep(cells(course, 9))
        with pytest.raises(Stopping):
            keeping.settle()
    assert scores(database) == [Decimal(7)] * 16


def test_a_cell_named_again_beside_somebody_new_is_compared_with_what_was_written(
    database: Database, course: BigCourse, ours: Course
) -> None:
    """Looking the new person up must not fix the view from before the first cell was written."""
    run, rows = running(database, course, []), cells(course, 7)
    busy, over = threading.Event(), threading.Event()

    def somebody_writes() -> None:
        with database.write() as session:
            session.execute(sa.update(SyncRun).values(lease_until=NOW + timedelta(minutes=2)))
            busy.set()
            over.wait(10)

    writer = threading.Thread(target=somebody_writes)
    writer.start()
    busy.wait(10)
    with Keeping(run, ours, None) as keeping:
        keeping.keep([row for row in rows if row.user_id == "1"])  # has to wait until they are done
        threading.Timer(0.1, over.set).start()
        keeping.keep(rows)
        keeping.settle()
    writer.join()
    assert len(scores(database)) == 16


ODD_SCORES = (
    "-0",
    "0.0000000001",
    "1e11",
    "999999999999.9999999999",
    "-7.50",
    "1E+2",
    "0.1e-8",
    "12345678901.12345",
)
ODD_TIMES = (
    "0001-01-01T00:00:00+14:00",
    "0002-01-01T00:00:00+14:00",
    "0099-02-03",
    "1900-01-01T00:00:00.000001Z",
    "2026-01-03T03:05:34.1234567+05:30:15.5",
    "2026-10-25T02:30:00+23:59",
    "9998-12-31T23:59:59.999999-12:00",
    "9999-12-31T23:59:59-14:00",
)
ODD_WORDS = ("g\0", "é" * 300, "\ud83d", "\uffff\ufeff", "\x01\x1f\x7f\u2028", " a \n", "{}", "1e2", "null")


def test_what_was_read_is_what_is_kept_so_the_next_reading_finds_nothing_new(
    database: Database, course: BigCourse, ours: Course
) -> None:
    items = [ItemRow(key, key.split(":")[1], "x", "points", Decimal("20.50")) for key in course.items]
    columns = columns_of(items, frozenset())
    said = [{"score": score} for score in ODD_SCORES] + [
        {"grade": word, "workflow_state": word} for word in ODD_WORDS
    ]
    said += [
        dict.fromkeys(("submitted_at", "graded_at", "posted_at", "cached_due_date"), at) for at in ODD_TIMES
    ]
    run = running(database, course, [])
    for odd in said:
        told = [
            {"user_id": user, "assignment_id": items[0].lms_id, "score": 1, **odd}
            for user in course.canvas_ids
        ]
        body = json.dumps(told).encode()
        kept = list[int]()
        for _again in range(2):
            rows = [submission(row) for row in json.loads(body, parse_float=Decimal)]
            good = [cell for row in rows if row and (cell := result_row(row, columns))]
            with Keeping(run, ours, None) as keeping:
                keeping.keep(good)
                keeping.settle()
            kept.append(len(scores(database)))
        assert kept[0] == kept[1], odd


def test_what_comes_after_something_that_went_wrong_is_not_done() -> None:
    done = list[int]()
    with OneBehind() as behind:
        behind.do(lambda: done.append(1))
        behind.do(lambda: done.append(1 // 0))
        for _again in range(2):
            with pytest.raises(ZeroDivisionError):
                behind.do(lambda: done.append(3))
            with pytest.raises(ZeroDivisionError):
                behind.wait()
    assert done == [1]
