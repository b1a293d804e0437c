"""The outbox in the worker's own process: killed in the middle, started again, through an outage."""

from __future__ import annotations

import signal
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
from tests.sync.workers import FERNET, PATIENCE, Worker, at_work, wait_until, workers

FULL = pytest.mark.long


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, FULL])])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """One kind is enough each time."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'plans.sqlite'}"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture(params=["moodle", pytest.param("canvas", marks=FULL)])
def personality(request: pytest.FixtureRequest) -> str:
    """The outbox is one; what the two do differently is in test_scores.py."""
    return str(request.param)


@pytest.fixture
def cipher() -> MultiFernet:
    """The workers', too."""
    return MultiFernet([Fernet(FERNET)])


@pytest.fixture
def start(settings: Settings, tied: Tied, tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    migrate_job_tables(settings)
    with workers(settings, tmp_path / "worker.log") as make:
        yield make


@pytest.fixture
def box(tied: Tied) -> Outbox:
    """Everybody had a check-in, and the column is wanted."""
    box = Outbox.of(tied)
    for student in box.students:
        box.check_in(student)
    at_work(tied).clock.moment = datetime.now(UTC)
    box.on()
    return box


def states(box: Outbox) -> list[str]:
    with box.tied.database.read() as session:
        return list(session.scalars(sa.select(ScoreOut.state)))


def until(box: Outbox, reached: Callable[[], bool], log: Path) -> None:
    wait_until(reached, lambda: str(states(box)), log)


def test_killed_in_the_middle_every_score_arrives_and_none_twice(
    box: Outbox, start: Callable[[], Worker]
) -> None:
    """The fourth score is on its way when the worker is killed; it arrives late, and once more, as itself."""
    slow = Fault("slow", "/scores", page=4, seconds=PATIENCE)
    box.tied.world.faults.append(slow)
    first = start()
    until(box, lambda: box.tied.world.faults == [] and states(box).count("sent") == 3, first.log)
    first.kill()
    second = start()
    until(box, lambda: set(states(box)) == {"sent"}, second.log)
    assert len(box.theirs()) == 1
    for student in box.students:
        grade = box.grade(student)
        assert grade is not None
        assert (grade.score, grade.comment) == (Decimal(1), "Check-ins done: 1 of 10 planned.")
    slow.over.set()
    late = len(box.students) + 1
    until(box, lambda: len(box.posts(path="/scores")) >= late, second.log)  # the late one comes, too
    assert len(box.posts(path="/scores")) == late
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
