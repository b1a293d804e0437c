"""20,000 changed results: stored, and every goal on them measured again.

`python -m tests.benchmarks.results`; the floor is a bare upsert of as many rows through the driver.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from sqlalchemy import event

from lms_sync.cell_reading import HELD_ROWS
from lms_sync.grades import Course, store_page
from lms_sync.platforms.base import ResultRow
from lti_tool.db import Database
from lti_tool.planning.changed_results import measure_changed
from tests.benchmarks.big_course import KINDS, NOW, BigCourse, empty_database, make_big_course


def cells(course: BigCourse, score: int, at: datetime) -> Iterator[list[ResultRow]]:
    """As many cells as a sync stores at a time, column by column, as Canvas gives them."""
    rows = [
        ResultRow(
            key,
            number,
            Decimal(score + (place + int(number)) % 5),
            Decimal(20),
            state="graded",
            graded_at=at,
            submitted_at=at,
            due_at=at,
        )
        for place, key in enumerate(course.items)
        for number in course.canvas_ids
    ]
    for start in range(0, len(rows), HELD_ROWS):
        yield rows[start : start + HELD_ROWS]


def bare_upsert(database: Database, rows: int) -> float:
    """Seconds of `INSERT ... ON CONFLICT DO UPDATE` of as many small rows, in one transaction."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS bare")
        connection.exec_driver_sql(
            "CREATE TABLE bare (item_id INTEGER, person_id INTEGER, score TEXT, digest TEXT,"
            " PRIMARY KEY (item_id, person_id))"
        )
    mark = "?" if database.engine.dialect.name == "sqlite" else "%s"
    statement = (
        f"INSERT INTO bare VALUES ({mark}, {mark}, {mark}, {mark}) ON CONFLICT (item_id, person_id)"
        " DO UPDATE SET score = excluded.score, digest = excluded.digest"
    )
    values = [(n % 20, n // 20, str(n), f"{n:064d}") for n in range(rows)]
    begun = time.perf_counter()
    with database.engine.begin() as connection:
        connection.exec_driver_sql(statement, values)
    return time.perf_counter() - begun


def measure(kind: str, learners: int, columns: int) -> None:
    """One line: seconds, statements a page, beside the floor."""
    with empty_database(kind) as database:
        course = make_big_course(database, learners=learners, columns=columns)
        ours = Course(course.context_id, course.registration_id, course.items, ("canvas_user_id",))
        sent = [0]

        def count(*_args: object) -> None:
            sent[0] += 1

        event.listen(database.engine, "before_cursor_execute", count)
        took = []
        for score, later in ((8, 0), (12, 1)):
            at = NOW + timedelta(hours=later)
            sent[0], pages = 0, list(cells(course, score, at))
            begun, cpu, made = time.perf_counter(), time.process_time(), 0
            for page in pages:
                with database.write() as session:
                    made += store_page(session, ours, page, run_id=f"run-{later}", now=at)[0]
            stored = time.perf_counter() - begun
            while True:
                with database.write() as session:
                    if not measure_changed(session, course.context_id, now=at, run_id=f"run-{later}"):
                        break
            took.append((stored, time.perf_counter() - begun, time.process_time() - cpu))
            if made != learners * columns:
                raise SystemExit(f"{made} results were stored instead of {learners * columns}")
        event.remove(database.engine, "before_cursor_execute", count)
        floor = bare_upsert(database, learners * columns)
    print(
        f"{kind:<10} {learners * columns} changed results, {course.goals} goals: first {took[0][1]:.2f} s, "
        f"changed {took[1][1]:.2f} s (stored after {took[1][0]:.2f} s; own CPU {took[1][2]:.2f} s), "
        f"{sent[0] / len(pages):.1f} statements a page; floor {floor:.2f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.results", description=__doc__)
    parser.add_argument("--learners", type=int, default=1000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--only", choices=KINDS)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for kind in KINDS:
        if given.only in (None, kind):
            measure(kind, given.learners, given.columns)


if __name__ == "__main__":
    main()
