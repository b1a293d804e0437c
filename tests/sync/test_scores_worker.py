"""The outbox in the worker's own process: killed in the middle, started again, through an outage."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet, MultiFernet

from config.settings import Settings
from lti_tool.jobs import migrate_job_tables
from lti_tool.records.score import ScoreOut
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied
from tests.sync.outbox import Outbox
from tests.sync.test_worker import FERNET, Worker


@pytest.fixture
def cipher() -> MultiFernet:
    """The workers', too."""
    return MultiFernet([Fernet(FERNET)])


@pytest.fixture
def start(settings: Settings, tied: Tied, tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    migrate_job_tables(settings)
    started: list[Worker] = []

    def make() -> Worker:
        started.append(Worker(settings, tmp_path / "worker.log"))
        return started[-1]

    yield make
    for worker in started:
        worker.end(signal.SIGKILL)


@pytest.fixture
def box(tied: Tied) -> Outbox:
    """Everybody had a check-in, and the column is wanted."""
    box = Outbox.of(tied)
    for student in box.students:
        box.check_in(student)
    tied.clock.moment = datetime.now(UTC)
    box.on()
    return box


def states(box: Outbox) -> list[str]:
    with box.tied.database.read() as session:
        return list(session.scalars(sa.select(ScoreOut.state)))


def until(box: Outbox, reached: Callable[[], bool], log: Path) -> None:
    limit = time.monotonic() + 90
    while not reached():
        if time.monotonic() > limit:
            pytest.fail(f"not reached: {states(box)}\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


def test_killed_in_the_middle_every_score_arrives_and_none_twice(
    box: Outbox, start: Callable[[], Worker]
) -> None:
    """The fourth score is on its way when the worker is killed; it arrives late, and once more, as itself."""
    box.tied.world.faults.append(Fault("slow", "/scores", page=4, seconds=8))
    first = start()
    until(box, lambda: box.tied.world.faults == [] and states(box).count("sent") == 3, first.log)
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    second = start()
    until(box, lambda: set(states(box)) == {"sent"}, second.log)
    assert len(box.theirs()) == 1
    for student in box.students:
        grade = box.grade(student)
        assert grade is not None
        assert (grade.score, grade.comment) == (Decimal(1), "Check-ins done: 1 of 10 planned.")
    time.sleep(8)  # the late one has come by now
    assert len(box.posts(path="/scores")) == len(box.students) + 1
    taken = box.posts(path="/scores", answered=lambda status: status == "200")
    assert len(taken) == len(box.students)
    assert second.end(signal.SIGTERM) == 0
    log = second.log.read_text()
    assert not any(
        person.email in log or person.full_name in log for person in box.tied.world.people.values()
    )


def test_an_outage_ends_and_the_scores_go_out(box: Outbox, start: Callable[[], Worker]) -> None:
    box.tied.world.faults.append(Fault("error", "line", times=None, status=503))
    worker = start()
    until(box, lambda: box.column().error != "", worker.log)
    assert set(states(box)) == {"waiting"}
    box.tied.world.faults.clear()
    box.retry()  # staff press the button rather than wait for the next try
    until(box, lambda: set(states(box)) == {"sent"}, worker.log)
