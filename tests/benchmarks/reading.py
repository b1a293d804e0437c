"""1,000 students × 20 assignments read from a Canvas-like LMS: `python -m tests.benchmarks.reading`.

Requests, seconds and MiB of the first sync, of one that finds nothing new and of one that finds one
grade, each beside the floor measured in the same run: the same pages by bare `requests`, parsed.
"""

from __future__ import annotations

import argparse
import gc
import logging
import resource
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import requests
import sqlalchemy as sa
import structlog
from canvasapi import Canvas

from config.settings import Settings
from lms_sync.platforms.canvas_submissions import cells_query
from lms_sync.platforms.wire import next_link
from lms_sync.run import SyncDeps, run_sync
from lti_tool.db import Database
from lti_tool.http import make_session
from lti_tool.records.course import Context
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Connection
from tests.benchmarks.big_course import KINDS, BigCourse, empty_database, make_big_course
from tests.benchmarks.canned import Running, canned

# The very addresses the reader asks for: without them Canvas would answer with far longer rows.
ALL = "/api/v1/courses/1/students/submissions?" + urlencode(cells_query())


def floor(lms: Running) -> tuple[int, float, float]:
    """(pages, seconds, seconds of CPU) of the same pages one after the other, fetched and parsed, no more."""
    begun, cpu, pages, url = time.perf_counter(), time.process_time(), 0, lms.url + ALL
    with requests.Session() as session:
        while url:
            answer = session.get(url, headers={"Authorization": "Bearer x"}, timeout=30)
            answer.json()
            pages += 1
            url = next_link(answer.headers.get("Link"), lms.url) or ""
    return pages, time.perf_counter() - begun, time.process_time() - cpu


def objects(lms: Running, most: int) -> float:
    """Seconds for so many submissions as canvasapi's objects."""
    course = Canvas(lms.url, "x").get_course(1)
    begun = time.perf_counter()
    for number, _row in enumerate(course.get_multiple_submissions(student_ids=["all"], per_page=100), 1):
        if number == most:
            break
    return time.perf_counter() - begun


@contextmanager
def peak_mib() -> Iterator[list[float]]:
    """By how many MiB the process's largest size grew inside."""
    grew = [0.0]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield grew
    grew[0] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def connect(database: Database, course: BigCourse, lms: Running) -> None:
    """A connection to the canned LMS; the roster counts as read just now."""
    now = datetime.now(UTC)
    with database.write() as session:
        session.add(
            Connection(
                registration_id=course.registration_id,
                kind="canvas",
                api_url=lms.url,
                token="x",
                created_at=now,
            )
        )
        mine = sa.update(Context).where(Context.id == course.context_id)
        session.execute(mine.values(roster_read_at=now, lms_course_id=None))


def sync(database: Database, settings: Settings, course: BigCourse, kind: str = "changes") -> SyncRun:
    """One run, done here."""
    run_id, now = str(uuid.uuid4()), datetime.now(UTC)
    with database.write() as session:
        session.add(
            SyncRun(
                id=run_id,
                registration_id=course.registration_id,
                context_id=course.context_id,
                kind=kind,
                trigger="schedule",
                queued_at=now,
            )
        )
    run_sync(run_id, SyncDeps.make(settings, database, owner="benchmark#1"))
    with database.read() as session:
        run = session.get_one(SyncRun, run_id)
    if run.state != "done":
        raise SystemExit(f"The run failed: {run.error_code} {run.error}")
    return run


def warm(database: Database, settings: Settings) -> None:
    """A small course read first: a worker has long compiled its statements when a big one comes."""
    with canned(students=30, columns=3, latency=0) as lms:
        course = make_big_course(database, learners=30, columns=0, goals=False)
        connect(database, course, lms)
        sync(database, settings, course)


def measure(kind: str, given: argparse.Namespace, latency: float) -> None:
    """The lines of one database and one latency."""
    with (
        canned(students=given.students, columns=given.columns, latency=latency) as lms,
        empty_database(kind) as database,
        TemporaryDirectory() as folder,
    ):
        settings = Settings(var_dir=Path(folder), allow_private_network=True)
        make_session(settings).close()
        warm(database, settings)
        course = make_big_course(database, learners=given.students, columns=0, goals=False)
        connect(database, course, lms)
        pages, bare, bare_cpu = floor(lms)
        print(
            f"{kind}, {latency * 1000:.0f} ms: floor {pages} pages, {bare:.2f} s, CPU {bare_cpu:.2f} s",
            flush=True,
        )
        for name in ("first", "nothing changed", "one changed"):
            if name == "one changed":
                lms.change(7, 3)
            before, begun, cpu = lms.count(), time.perf_counter(), time.process_time()
            with peak_mib() as grew:
                run = sync(database, settings, course)
            took, cpu = time.perf_counter() - begun, time.process_time() - cpu
            asked = [now - then for now, then in zip(lms.count(), before, strict=True)]
            print(
                f"  {name:<16} {asked[0]:>4} requests (and {asked[1]} for people) {took:>6.2f} s"
                f" ({took / bare:.2f} × floor) CPU {cpu:.2f} s, {run.changed} rows changed,"
                f" + {grew[0]:.0f} MiB",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.reading", description=__doc__)
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--objects", type=int, default=1000, help="submissions read as canvasapi's objects")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    gc.freeze()  # as the worker does
    for kind in KINDS:
        for latency in (0.0, 0.05):
            if given.only in (None, kind):
                measure(kind, given, latency)
    with canned(students=given.students, columns=given.columns, latency=0) as lms:
        took = objects(lms, given.objects)
        print(f"canvasapi's objects: {given.objects} submissions in {took:.2f} s", flush=True)


if __name__ == "__main__":
    main()
