"""`lms-sync run` as a process of its own, for tests that kill and start it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from config.settings import Settings
from lti_tool.records.gradebook import SyncRun
from tests.forked import Child
from tests.sync.course import Tied

FERNET = Fernet.generate_key()
# One who waits for a worker gives up after this long, however busy the machine is.
PATIENCE = 120


class Worker:
    """A running worker; log: where it writes. place: its slot, else the first free one. more: settings."""

    def __init__(self, settings: Settings, log: Path, *, place: int | None = None, **more: str) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
            "VAR_DIR": str(settings.var_dir),
            "DATABASE_URL": settings.database_url,
            "ALLOW_PRIVATE_NETWORK": "1",
            "ENCRYPTION_KEYS": FERNET.decode(),
            "SECRET_KEY": settings.secret_key,
            "TICK_SECONDS": "0.5",
            "QUEUE_POLL_SECONDS": "0.1",
            **more,
        }
        self.log = log
        words = ("run",) if place is None else ("run", "--slot", str(place))
        self.process = Child("lms_sync.worker", words, environment, log, log)

    def end(self, how: signal.Signals) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        assert self.end(signal.SIGKILL) == -signal.SIGKILL


def at_work(tied: Tied) -> Tied:
    """The LMS goes by the machine's clock again, as the workers do."""
    tied.world.clock = lambda: datetime.now(UTC)
    return tied


@contextmanager
def workers(settings: Settings, log: Path) -> Iterator[Callable[..., Worker]]:
    """make() starts one more; all are gone at the end."""
    started: list[Worker] = []

    def make(place: int | None = None, **more: str) -> Worker:
        started.append(Worker(settings, log, place=place, **more))
        return started[-1]

    try:
        yield make
    finally:
        for worker in started:
            worker.end(signal.SIGKILL)


def wait_until(reached: Callable[[], bool], told: Callable[[], str], log: Path) -> None:
    """Look again and again; fails with what is and the end of the log."""
    limit = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > limit:
            pytest.fail(f"not reached: {told()}\n{log.read_text()[-3000:]}")
        time.sleep(0.05)


def until(tied: Tied, run_id: str, reached: Callable[[SyncRun], bool], log: Path) -> SyncRun:
    """The run once it has come to that."""
    wait_until(lambda: reached(tied.run(run_id)), lambda: tied.run(run_id).state, log)
    return tied.run(run_id)
