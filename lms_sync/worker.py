"""`lms-sync run`: the background worker. Takes sync jobs, and every few seconds asks for what is due."""

from __future__ import annotations

import argparse
import fcntl
import gc
import os
import signal
import socket
import sys
import threading
import traceback
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pydantic
import sqlalchemy as sa
import structlog

from config.keys import KeysMissing, load_cipher
from config.logs import configure_logs
from config.settings import Settings, load_settings
from lms_sync import workflows
from lms_sync.digests import send_digests
from lms_sync.notices import ask_for_notices
from lms_sync.run import SyncDeps
from lms_sync.schedule import tick
from lms_sync.scores import send_due
from lti_tool.db import Database, make_engine
from lti_tool.jobs import Jobs, job_tables_ready

MOST_SLOTS = 64
STOP_SECONDS = 10
log = structlog.get_logger()


class NoSlot(Exception):
    """Every worker slot of this host is taken."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The command `lms-sync`."""
    parser = argparse.ArgumentParser(
        prog="lms-sync", description="Reads rosters and grades from the LMS in the background."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="work until stopped",
        description="Takes sync jobs from the queue until SIGTERM or Ctrl-C. "
        "Settings come from the environment; several workers may run at once.",
    )
    run.add_argument("--slot", type=int, help="Place on this host; default: the first free one.")
    given = parser.parse_args(arguments)
    sys.exit(work(given.slot))


def work(slot: int | None) -> int:
    """Run until a signal; the exit status."""
    try:
        settings = load_settings()
        cipher = load_cipher(settings, make=False)
    except (pydantic.ValidationError, KeysMissing, OSError) as error:
        sys.stderr.write(f"lms-sync: {error}\n")
        return 2
    configure_logs(settings)
    stopping = _stop_on_signal()
    database = Database(make_engine(settings.resolved_database_url, cipher))
    jobs = Jobs(settings)
    try:
        if not job_tables_ready(settings):
            sys.stderr.write("lms-sync: the database is not set up yet. Run `lti-tool migrate`.\n")
            return 1
        with own_slot(settings.var_dir, slot) as number:
            executor = f"{socket.gethostname()}:{number}"
            owner = f"{executor}#{uuid.uuid4().hex[:12]}"
            deps = SyncDeps.make(settings, database, owner=owner, stopping=stopping.is_set)
            # What is there by now stays; a search for cycles in all of it takes a quarter of a second.
            gc.freeze()
            workflows.launch(deps, executor_id=executor)
            log.info("worker.started", executor=executor, pid=os.getpid())
            sending = threading.Thread(target=_send_until, args=(stopping, deps), daemon=True)
            sending.start()
            _tick_until(stopping, database, jobs, settings)
            workflows.stop(wait_seconds=STOP_SECONDS)
            sending.join(STOP_SECONDS)
    except (NoSlot, OSError) as error:
        sys.stderr.write(f"lms-sync: {error}\n")
        return 2
    except sa.exc.SQLAlchemyError as error:
        sys.stderr.write(
            f"lms-sync: the database does not answer as it should ({type(error).__name__}). "
            "Run `lti-tool migrate` and look at DATABASE_URL.\n"
        )
        return 1
    finally:
        jobs.close()
        database.dispose()
    log.info("worker.stopped")
    return 0


def _tick_until(stopping: threading.Event, database: Database, jobs: Jobs, settings: Settings) -> None:
    while not stopping.is_set():
        try:
            tick(database, jobs, settings, datetime.now(UTC))
        except Exception as error:
            # A database or a folder that is away comes back; the next tick asks for the same things.
            log.error("worker.tick_failed", **_what(error))
        stopping.wait(settings.tick_seconds)


def _send_until(stopping: threading.Event, deps: SyncDeps) -> None:
    """Send scores and e-mails and ask for notices, beside the rest: a slow LMS holds no reading up."""
    while not stopping.is_set():
        try:
            send_due(deps)
            ask_for_notices(deps)
            send_digests(deps)
        except Exception as error:  # whatever it is, the next round tries again; no values are logged
            log.error("worker.sending_failed", **_what(error))
        stopping.wait(deps.settings.tick_seconds)


def _what(error: Exception) -> dict[str, Any]:
    """What may be logged of it: its message may hold values."""
    where = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return {"error": type(error).__name__, "where": where[-6:]}


def _stop_on_signal() -> threading.Event:
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping


@contextmanager
def own_slot(var_dir: Path, wanted: int | None) -> Iterator[int]:
    """A place on this host that no other worker has, held by a file lock (so a crash frees it).

    A worker that starts again in the same place takes up what it left half-done at once.
    """
    folder = var_dir / "workers"
    folder.mkdir(parents=True, exist_ok=True)
    for number in [wanted] if wanted is not None else range(MOST_SLOTS):
        file = (folder / f"slot-{number}.lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        with file:
            yield number
        return
    raise NoSlot("this worker slot is taken on this host; leave --slot out to take a free one")


if __name__ == "__main__":
    main()
