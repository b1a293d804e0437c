"""2,000 courses due in one hour on one worker, from an LMS that answers in 50 ms.

`python -m tests.benchmarks.courses [--courses 2000] [--latency 0.05] [--boards 10]`

Every course is due at once and never read, so each needs its roster and all its grades. The LMS has
Canvas's leaky buckets. Printed: until when all were read, what the LMS still had left at worst, how often
it had to refuse, and how old an open board became meanwhile. Exit status 1 when a course was left out, the
LMS was above its limit, or it took more than the courses' share of the hour.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from cryptography.fernet import Fernet, MultiFernet

from config.settings import Settings
from lti_tool.db import Database, make_engine
from lti_tool.jobs import migrate_job_tables
from lti_tool.launch.keys import make_signing_key
from lti_tool.records import Base
from lti_tool.records.course import Context, ContextService
from lti_tool.records.gradebook import ResultVersion, SyncRun
from lti_tool.records.platform import Connection, Deployment, Registration
from lti_tool.records.rhythm import CourseRhythm
from tests.benchmarks.many_courses import ManyCourses
from tests.sandbox_lms.canvas_api_throttle import HIGH_WATER
from tests.sync.workers import FERNET, workers

HOUR, COURSES = 3600.0, 2000


def start_courses(database: Database, lms: ManyCourses) -> None:
    """One registration with its connection, and that many courses where plans were started long ago."""
    now = datetime.now(UTC)
    with database.write() as session:
        make_signing_key(session, now)
        registration = Registration(
            issuer=lms.url,
            client_id="benchmark",
            name="Canvas",
            auth_login_url=f"{lms.url}/auth",
            token_url=f"{lms.url}/token",
            jwks_url=f"{lms.url}/jwks",
            product_family="canvas",
            created_at=now,
        )
        session.add(registration)
        session.flush()
        deployment = Deployment(registration_id=registration.id, lms_id="1", created_at=now)
        session.add(deployment)
        session.add(
            Connection(
                registration_id=registration.id,
                kind="canvas",
                api_url=lms.url,
                token="token",
                state="ok",
                created_at=now,
            )
        )
        session.flush()
        contexts = [
            {
                "registration_id": registration.id,
                "lms_id": str(n),
                "lms_course_id": str(n),
                "created_at": now,
                "started_at": now - timedelta(days=30),
            }
            for n in range(1, lms.courses + 1)
        ]
        session.execute(sa.insert(Context), contexts)
        services = [
            {
                "context_id": number,
                "deployment_id": deployment.id,
                "nrps_url": f"{lms.url}/nrps/{number}",
                "scopes": [],
                "seen_at": now,
            }
            for number in session.scalars(sa.select(Context.id)).all()
        ]
        session.execute(sa.insert(ContextService), services)


class Boards:
    """So many teachers keep their boards open; oldest: how old what they saw became, in seconds."""

    def __init__(self, database: Database, count: int) -> None:
        self.database, self.count, self.oldest = database, count, 0.0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        opened = datetime.now(UTC)
        with self.database.write() as session:
            session.execute(
                sa.insert(CourseRhythm),
                [{"context_id": n, "failures": 0, "board_seen_at": opened} for n in range(1, self.count + 1)],
            )
        while not self.stopped.wait(5):
            now = datetime.now(UTC)
            with self.database.write() as session:
                mine = CourseRhythm.context_id <= self.count
                session.execute(sa.update(CourseRhythm).where(mine).values(board_seen_at=now))
                read = session.scalars(
                    sa.select(Context.grades_read_at).where(Context.id <= self.count)
                ).all()
            ages = [(now - (at or opened)).total_seconds() for at in read]
            self.oldest = max([self.oldest, *ages])

    def stop(self) -> None:
        self.stopped.set()
        self.thread.join(10)


def courses_read(database: Database) -> int:
    """How many have been read whole."""
    with database.read() as session:
        done = sa.select(sa.func.count()).select_from(Context).where(Context.grades_full_at.is_not(None))
        return session.scalar(done) or 0


def used(pid: int) -> tuple[float, float]:
    """(CPU seconds, peak MiB in memory) of a process so far, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0])
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), peak / 1024


def measure(folder: Path, given: argparse.Namespace) -> bool:
    """Run it; prints, and says whether the bar was met."""
    lms = ManyCourses(given.courses, given.students, given.items, given.latency)
    lms.start()
    settings = Settings(
        var_dir=folder,
        database_url=given.database or f"sqlite:///{folder / 'plans.sqlite'}",
        allow_private_network=True,
        secret_key="a secret of this benchmark alone",
    )
    database = Database(make_engine(settings.resolved_database_url, MultiFernet([Fernet(FERNET)])))
    Base.metadata.create_all(database.engine)
    migrate_job_tables(settings)
    start_courses(database, lms)
    share = HOUR * given.courses / COURSES
    with workers(settings, folder / "worker.log") as start:
        worker = start(TICK_SECONDS="15", QUEUE_POLL_SECONDS="1")
        boards = Boards(database, given.boards)
        begun = time.monotonic()
        while (seconds := time.monotonic() - begun) < share and courses_read(database) < given.courses:
            time.sleep(2)
            print(f"\r{courses_read(database)} courses, {seconds:.0f} s ", end="", file=sys.stderr)
        boards.stop()
        cpu, memory = used(worker.process.pid)
    lms.stop()
    print(file=sys.stderr)
    return tell(database, lms, boards, given, seconds=seconds, cpu=cpu, memory=memory)


def tell(
    database: Database,
    lms: ManyCourses,
    boards: Boards,
    given: argparse.Namespace,
    *,
    seconds: float,
    cpu: float,
    memory: float,
) -> bool:
    """Print the figures beside the bar; whether it was met."""
    read, share = courses_read(database), HOUR * given.courses / COURSES
    with database.read() as session:
        failed = session.scalar(
            sa.select(sa.func.count()).select_from(SyncRun).where(SyncRun.state == "failed")
        )
        versions = session.scalar(sa.select(sa.func.count()).select_from(ResultVersion))
        runs = session.scalar(sa.select(sa.func.count()).select_from(SyncRun).where(SyncRun.state == "done"))
    well = read == given.courses and not lms.refused and lms.lowest > 0 and not failed
    scaled = "the whole of it"
    if given.courses != COURSES or given.latency != 0.05:
        scaled = f"SCALED: {given.courses} of {COURSES} courses, in their share of the hour, {share:.0f} s"
    print(f"{given.courses} courses of {given.students} × {given.items} due at once; {scaled}")
    kind = "PostgreSQL" if given.database else "SQLite"
    print(f"one worker on {kind}; {given.latency * 1000:.0f} ms an answer")
    print(f"read        {read} courses in {seconds:.0f} s (bar: all in {share:.0f} s); {failed} runs failed")
    twice = "none twice" if versions == read * given.students * given.items else "NOT ONE EACH"
    print(f"            {runs} runs, {versions} results stored, {twice}")
    print(f"LMS         {lms.served} requests, at most {lms.most_at_once} at once")
    print(f"            refused {lms.refused} (bar: 0), {lms.lowest:.0f} of {HIGH_WATER:.0f} left at worst")
    print(f"open boards {given.boards}, at worst {boards.oldest:.0f} s old")
    print(f"worker      {cpu:.0f} s CPU, {memory:.0f} MiB")
    return well


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--courses", type=int, default=COURSES, help="fewer: the bar is their share")
    parser.add_argument("--students", type=int, default=12)
    parser.add_argument("--items", type=int, default=4)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds an answer takes")
    parser.add_argument("--boards", type=int, default=10, help="courses whose board stays open")
    parser.add_argument("--database", default="", help="an empty PostgreSQL database's URL; else SQLite")
    with TemporaryDirectory(prefix="plans-benchmark-") as folder:
        sys.exit(0 if measure(Path(folder), parser.parse_args()) else 1)


if __name__ == "__main__":
    main()
