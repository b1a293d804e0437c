"""What a page costs beside an empty one: `python -m tests.benchmarks.pages`.

Courses of 30 and of 1,000 students, every one of them with two goals, steps, words and a profile; the pages
people land on and those they go to next. In this process, from the request's environment to the last byte:
CPU milliseconds (the least and the middle of the rounds), statements as the driver is given them, and bytes,
as they are and as a proxy that compresses sends them. The floor is the first page before a course has
started: the same stack, one statement, an almost empty page.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import gzip
import io
import os
import pstats
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from cryptography.fernet import Fernet, MultiFernet
from werkzeug.test import EnvironBuilder

from config.settings import Settings
from lti_tool.app import create_app
from lti_tool.db import Database, make_engine
from lti_tool.jobs import Jobs, migrate_job_tables
from lti_tool.migrations.runner import migrate
from lti_tool.plans.access import Role
from tests.benchmarks.school import School, make_school
from tests.conftest import fresh_postgres
from tests.heard import hearing
from tests.web.course import NOW
from tests.web.rig import Clock, Rig

KINDS = ("SQLite", "PostgreSQL")
WARM = 5


@dataclass
class Page:
    """One page of one launch, as a request that can be sent again and again."""

    name: str
    environ: dict[str, Any]
    milliseconds: list[float] = field(default_factory=list)

    def get(self, rig: Rig) -> bytes:
        """Its body. Raises SystemExit where it is not there."""
        told: list[str] = []
        environ = {**self.environ, "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO()}
        answer = rig.app.wsgi_app(environ, lambda status, _headers, *_: told.append(status))
        try:
            body = b"".join(answer)
        finally:
            answer.close()
        if not told[0].startswith("200"):
            raise SystemExit(f"{self.name}: {told[0]} {body[:500]!r}")
        return body

    def measure(self, rig: Rig, times: int) -> None:
        begun = time.process_time()
        for _ in range(times):
            self.get(rig)
        self.milliseconds.append((time.process_time() - begun) / times * 1000)


@contextmanager
def installed(kind: str) -> Iterator[Rig]:
    """The tool on a fresh database, without a server."""
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(io.StringIO()))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plans-pages-")))
        url = stack.enter_context(fresh_postgres()) if kind == "PostgreSQL" else ""
        settings = Settings(
            var_dir=folder,
            database_url=url,
            public_url="http://127.0.0.1:8900",
            secret_key="of this benchmark" * 3,
        )
        database = Database(
            make_engine(settings.resolved_database_url, MultiFernet([Fernet(Fernet.generate_key())]))
        )
        migrate(database.engine)
        migrate_job_tables(settings)
        clock, jobs = Clock(NOW + timedelta(minutes=1)), Jobs(settings)
        app = create_app(settings, database, jobs=jobs, now=clock)
        yield Rig(settings.public_url, app, settings, database, clock, jobs)
        jobs.close()
        database.dispose()


def pages_of(rig: Rig, school: School, size: int) -> list[Page]:
    """The pages that are measured. The floor is the first."""
    student, teacher = (school.student, Role.LEARNER), (school.teacher, Role.STAFF)
    guardian, here = (school.guardian, Role.MENTOR), school.course
    wanted = [
        ("floor: before the start", student, school.not_started, "/"),
        ("student's home", student, here, "/"),
        ("student's goal", student, here, f"/goals/{school.goal_id}"),
        ("student's lessons", student, here, "/lessons"),
        ("student's talks", student, here, "/talks"),
        ("guardian's home", guardian, here, "/"),
        ("teacher's board", teacher, here, "/"),
        ("board, second page", teacher, here, "/board?page=2"),
        ("board, one group", teacher, here, "/board?group=talk"),
        ("board, found by name", teacher, here, "/board?find=family+0007"),
        ("a student, for staff", teacher, here, f"/students/{school.student.id}"),
        ("a goal, for staff", teacher, here, f"/goals/{school.goal_id}"),
        ("check-ins", teacher, here, "/check-ins"),
        ("my steps (staff)", teacher, here, "/todo"),
        ("set up", teacher, here, "/setup"),
    ]
    made = []
    for name, (person, role), course, path in wanted:
        opened = rig.open(person, course, role)
        address, _, query = path.partition("?")
        headers = {"Cookie": f"{opened.cookie_name}={opened.secret}", "Accept-Language": "en-US,en;q=0.8"}
        builder = EnvironBuilder(
            path=f"/s/{opened.launch_id}{address}", query_string=query, base_url=rig.url, headers=headers
        )
        made.append(Page(f"{name}, {size}", builder.get_environ()))
    return made


def profile(rig: Rig, page: Page, times: int, order: str) -> None:
    """Where the time of a page goes."""
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(times):
        page.get(rig)
    profiler.disable()
    pstats.Stats(profiler).sort_stats(order).print_stats(70)


def report(rig: Rig, pages: list[Page]) -> None:
    print(f"{'':<28} {'CPU ms':>8} {'middle':>8} {'statements':>11} {'KB':>7} {'sent':>6}")
    for page in pages:
        with hearing(rig.database) as heard:
            body = page.get(rig)
        sizes = f"{len(body) / 1024:>7.1f} {len(gzip.compress(body, 6)) / 1024:>6.1f}"
        least, middle = min(page.milliseconds), statistics.median(page.milliseconds)
        print(f"{page.name:<28} {least:>8.2f} {middle:>8.2f} {heard.take():>11} {sizes}", flush=True)


def main() -> None:
    """Measure every page in turns, so that what else the machine does falls on all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.pages", description=__doc__)
    parser.add_argument("--students", type=int, action="append", help="30 and 1000 where none is given")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=int, default=20, help="a page in each round")
    parser.add_argument("--only", choices=KINDS, action="append")
    parser.add_argument("--page", default="", help="only pages whose name begins so")
    parser.add_argument("--profile", default="", help="tottime or cumtime: where the time of --page goes")
    given = parser.parse_args()
    for kind in given.only or (KINDS if os.environ.get("TEST_POSTGRES_URL") else KINDS[:1]):
        for size in given.students or (30, 1000):
            with installed(kind) as rig:
                school = make_school(rig.database, size)
                pages = [one for one in pages_of(rig, school, size) if one.name.startswith(given.page)]
                for page in pages:
                    for _ in range(WARM):
                        page.get(rig)
                gc.collect()
                gc.freeze()
                if given.profile:
                    profile(rig, pages[0], given.times, given.profile)
                    continue
                for _ in range(given.rounds):
                    for page in pages:
                        page.measure(rig, given.times)
                print(f"\n{kind}, {size} students")
                report(rig, pages)


if __name__ == "__main__":
    main()
