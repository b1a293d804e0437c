"""An LMS that fails again and again is left in peace, tried by one, and used again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from lms_sync.circuit import LOCKED_REST, LONGEST_REST, MOST_FAILURES, Way, rest_after, through
from lms_sync.platforms.errors import LmsError
from lms_sync.run import run_sync
from lms_sync.schedule import started_courses
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Connection
from lti_tool.records.rhythm import LmsDoor
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied
from tests.sync.picture import Killed, Mortal

Make = Callable[..., Tied]


@pytest.fixture
def here(tie_to: Make) -> Tied:
    tied = tie_to("canvas")
    assert tied.sync("first", "start").state == "done"
    return tied


def asked(tied: Tied) -> int:
    return sum("/api/v1/" in one["path"] for one in tied.world.requests)


def door(tied: Tied) -> LmsDoor | None:
    with tied.database.read() as session:
        return session.scalars(sa.select(LmsDoor).where(LmsDoor.connection_id.is_not(None))).one_or_none()


def fail_until_it_opens(tied: Tied) -> LmsDoor:
    tied.world.faults.append(Fault("html", "/api/v1/", times=None))
    for _ in range(MOST_FAILURES):
        tied.clock.forward(minutes=1)
        assert tied.sync("full").error_code == "html"
    found = door(tied)
    assert found is not None
    return found


def test_it_opens_after_repeated_failure_and_closes_when_one_try_goes_well(here: Tied) -> None:
    opened = fail_until_it_opens(here)
    assert opened.shut_until is not None
    assert timedelta() < opened.shut_until - here.clock() <= timedelta(minutes=1)
    before = asked(here)
    assert here.sync("full").error_code == "resting"
    assert asked(here) == before, "the LMS was not left in peace"
    here.world.faults.clear()
    here.clock.moment = opened.shut_until
    assert here.sync("full").state == "done"
    closed = door(here)
    assert closed is not None
    assert (closed.failures, closed.shut_until, closed.trying_until) == (0, None, None)


def test_the_roster_goes_on_while_the_api_rests(here: Tied) -> None:
    fail_until_it_opens(here)
    here.clock.forward(seconds=1)
    run = here.sync("full")
    assert run.error_code == "resting"
    assert here.context().roster_read_at is not None
    assert here.context().roster_read_at >= here.clock() - timedelta(seconds=1)


def test_a_person_who_asks_is_a_try(here: Tied) -> None:
    fail_until_it_opens(here)
    here.world.faults.clear()
    assert here.sync("full", "button").state == "done"
    assert here.sync("full").state == "done"


def test_one_tries_and_the_others_wait_for_how_it_goes(here: Tied) -> None:
    opened = fail_until_it_opens(here)
    way = Way(here.registration_id, opened.connection_id, "Canvas")
    now = opened.shut_until
    assert now is not None
    with through(here.database, way, now=now, in_person=False):
        for in_person in (False, True):
            with pytest.raises(LmsError, match="left in peace"):
                through(here.database, way, now=now, in_person=in_person).__enter__()
    with through(here.database, way, now=now, in_person=False):
        pass


def test_a_try_whose_worker_was_lost_is_gone_on_with_at_once(here: Tied) -> None:
    """Whoever takes the run over does not wait until the lost try's time is up."""
    fail_until_it_opens(here)
    here.world.faults.clear()
    run_id = here.ask("full", "button")
    for dies_at in range(1, 20):
        dying = Mortal(here.database.engine, dies_at)
        with suppress(Killed):
            run_sync(run_id, replace(here.deps(f"w:0#{dies_at}"), database=dying))
        left = door(here)
        if left is not None and left.trying_until is not None:
            break
        with here.database.write() as session:  # it died before it tried: that life is not counted
            session.execute(sa.update(SyncRun).values(attempts=0))
    assert left is not None
    assert left.trying_until is not None
    run_sync(run_id, here.deps("w:0#last"))
    assert here.run(run_id).state == "done"


def test_resting_is_no_failure_of_the_course_and_the_schedule_waits(here: Tied) -> None:
    opened = fail_until_it_opens(here)
    here.sync("full")
    with here.database.read() as session:
        (course,) = started_courses(session, here.clock())
    assert course.failures == MOST_FAILURES
    assert course.api_shut_until == opened.shut_until


def test_a_courses_own_trouble_opens_nothing(here: Tied) -> None:
    here.world.courses.pop(here.course.id)
    for _ in range(MOST_FAILURES + 1):
        here.clock.forward(hours=7)
        assert here.sync("changes").state == "failed"
    assert door(here) is None


def test_an_lms_that_asks_for_a_pause_gets_it(here: Tied) -> None:
    here.world.faults.append(Fault("throttle", "/api/v1/", times=None, status=429, seconds=600))
    assert here.sync("full").error_code == "throttled"
    found = door(here)
    assert found is not None
    assert found.shut_until == here.clock() + timedelta(seconds=600)
    here.world.faults.clear()
    here.clock.forward(seconds=599)
    assert here.sync("full").error_code == "resting"
    here.clock.forward(seconds=1)
    assert here.sync("full").state == "done"


def test_a_new_token_is_used_at_once(here: Tied) -> None:
    for token in here.world.tokens.values():
        token.revoked = True
    assert here.sync("full").error_code == "token_dead"
    assert here.sync("full").error_code == "resting"
    for token in here.world.tokens.values():
        token.revoked = False
    with here.database.write() as session:
        session.execute(sa.update(Connection).values(state="unchecked"))
    assert here.sync("full").state == "done"


def test_how_long_it_rests() -> None:
    away = LmsError("unreachable", "Canvas")
    assert [rest_after(n, away) for n in range(1, MOST_FAILURES)] == [timedelta()] * (MOST_FAILURES - 1)
    for failures in range(MOST_FAILURES, 60):
        assert timedelta(seconds=30) <= rest_after(failures, away) <= LONGEST_REST
    assert rest_after(1, LmsError("token_dead", "Canvas")) == LOCKED_REST
    away.retry_in = 3000
    assert rest_after(9, away) == timedelta(seconds=3000)
