"""A roster of 1,000 and of 50,000 people by NRPS, fifty a page: `python -m tests.benchmarks.roster`.

Seconds a thousand people (linear) and how far the process grew (flat), beside the floor measured in the
same run: the same pages by bare `requests`, parsed.
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
import sqlalchemy as sa
import structlog

from config.settings import Settings
from lms_sync.platforms.wire import next_link
from lti_tool.db import Database
from lti_tool.launch.keys import make_signing_key
from lti_tool.records.course import Context, ContextService, Membership
from lti_tool.records.platform import Deployment, Registration
from tests.benchmarks.big_course import KINDS, empty_database, make_big_course
from tests.benchmarks.canned import Running, canned
from tests.benchmarks.reading import peak_mib, sync


def floor(lms: Running) -> tuple[int, float]:
    """(pages, seconds) of the same pages, nothing else."""
    begun, pages, url = time.perf_counter(), 0, lms.url + "/nrps"
    with requests.Session() as session:
        while url:
            answer = session.get(url, timeout=30)
            answer.json()
            pages += 1
            url = next_link(answer.headers.get("Link"), lms.url) or ""
    return pages, time.perf_counter() - begun


def register(database: Database, lms: Running) -> None:
    """The canned LMS as a platform: its token door and its list of people."""
    now = datetime.now(UTC)
    with database.write() as session:
        make_signing_key(session, now)
        context = session.scalars(sa.select(Context)).one()
        session.execute(sa.update(Registration).values(token_url=lms.url + "/token"))
        deployment = Deployment(registration_id=context.registration_id, lms_id="1", created_at=now)
        session.add(deployment)
        session.flush()
        session.add(
            ContextService(
                context_id=context.id,
                deployment_id=deployment.id,
                nrps_url=lms.url + "/nrps",
                scopes=[],
                seen_at=now,
            )
        )


def measure(kind: str, people: int) -> None:
    """One line: a first import and one that changes nothing."""
    with (
        canned(students=people, columns=0, latency=0) as lms,
        empty_database(kind) as database,
        TemporaryDirectory() as folder,
    ):
        settings = Settings(var_dir=Path(folder), allow_private_network=True)
        course = make_big_course(database, learners=0, columns=0, goals=False)
        register(database, lms)
        pages, bare = floor(lms)
        took, grown = [], []
        for _again in range(2):
            begun = time.perf_counter()
            with peak_mib() as grew:
                sync(database, settings, course, "roster")
            took.append(time.perf_counter() - begun)
            grown.append(grew[0])
        with database.read() as session:
            here = session.scalar(sa.select(sa.func.count()).select_from(Membership))
        if here != people:
            raise SystemExit(f"{here} people are here instead of {people}")
    thousands = people / 1000
    print(
        f"{kind:<10} {people:>6} people, {pages:>4} pages: first {took[0]:.1f} s ({took[0] / thousands:.2f} a"
        f" thousand, + {grown[0]:.0f} MiB), again {took[1]:.1f} s ({took[1] / thousands:.2f}, +"
        f" {grown[1]:.0f} MiB); floor {bare:.1f} s ({bare / thousands:.2f})",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.roster", description=__doc__)
    parser.add_argument("--people", type=int, nargs="*", default=[1000, 50_000])
    parser.add_argument("--only", choices=KINDS)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    kinds = [kind for kind in KINDS if given.only in (None, kind)]
    if len(kinds) * len(given.people) == 1:
        measure(kinds[0], given.people[0])
        return
    for kind in kinds:
        for people in given.people:  # a process each, so that one's memory is not the other's
            command = [
                sys.executable,
                "-m",
                "tests.benchmarks.roster",
                "--only",
                kind,
                "--people",
                str(people),
            ]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
