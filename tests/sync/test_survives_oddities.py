"""An LMS that tells it wrongly: rows twice and out of order, pages that change, clocks that disagree."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Response, request

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.records.gradebook import Item
from tests.sandbox_lms.server import PracticeLms
from tests.sync.course import KeyServer, Tied, tie
from tests.sync.surviving import ITEM, SEEDS, STUDENTS, fill, same, touch


@pytest.fixture
def database_url(tmp_path, request):
    """One kind is enough: two processes on both kinds are in test_worker.py."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


# ---- the LMS tells it wrongly


@pytest.fixture
def odd_lms(
    personality: str, keys: KeyServer, settings: Settings, database: Database
) -> Iterator[Callable[[Callable[[Tied, Response], None]], Tied]]:
    """odd_lms(change): a course whose LMS answers go through `change`."""
    lms, hold = PracticeLms(), {}

    def change(answer: Response) -> Response:
        if "tied" in hold:
            hold["change"](hold["tied"], answer)
        return answer

    lms.start([SEEDS[personality]("http://localhost:0")], after_request=change)

    def make(how: Callable[[Tied, Response], None]) -> Tied:
        tied = tie(settings, database, lms.worlds[personality], keys)
        fill(tied)
        hold.update(tied=tied, change=how)
        return tied

    yield make
    lms.stop()


def rows_of(body: Any) -> list[Any] | None:
    """The list of members, submissions or reports in an answer; None where there is none."""
    if isinstance(body, list):
        return body
    for name in ("members", "usergrades", "assignments"):
        if isinstance(body, dict) and isinstance(body.get(name), list):
            rows: list[Any] = body[name]
            return rows
    return None


def test_rows_repeated_and_out_of_order_change_nothing(odd_lms: Any) -> None:
    def repeat(_tied: Tied, answer: Response) -> None:
        if not answer.is_json or "assignment_groups" in request.path:
            return
        body = answer.get_json()
        rows = rows_of(body)
        if rows:
            rows.reverse()
            rows += rows[: len(rows) // 2 + 1]
            answer.set_data(json.dumps(body))

    tied = odd_lms(repeat)
    assert tied.sync("first", "start").state == "done"
    same(tied)
    assert tied.sync("full").changed == 0


def test_grades_given_while_pages_are_read_are_there_after_the_next_reading(odd_lms: Any) -> None:
    given: list[int] = []
    lively = [True]

    def meanwhile(tied: Tied, _answer: Response) -> None:
        if lively[0]:
            student = STUDENTS[tied.world.personality][len(given) % 10]
            given.append(student)
            tied.world.set_score(tied.course, ITEM[tied.world.personality], student, Decimal(len(given)))

    tied = odd_lms(meanwhile)
    assert tied.sync("first", "start").state == "done"
    assert len(given) > 4
    lively[0] = False
    tied.clock.forward(minutes=1)
    assert tied.sync("changes").state == "done"
    same(tied)


@pytest.mark.parametrize("minutes", [-45, 45])
def test_clocks_that_disagree_lose_no_grade(tied: Tied, minutes: int) -> None:
    """The LMS's clock is that far off; a grade given a minute after a reading is in the next one."""
    fill(tied)
    tied.sync("first", "start")
    real = tied.world.clock
    tied.world.clock = lambda: real() + timedelta(minutes=minutes)
    assert tied.sync("changes").state == "done"
    touch(tied, 4)
    tied.clock.forward(minutes=2)
    run = tied.sync("changes")
    assert (run.state, run.error) == ("done", "")
    assert run.changed >= 1
    tied.world.clock = real
    tied.clock.forward(hours=7)
    tied.sync("full")
    same(tied)


def test_what_no_database_keeps_is_left_out_of_words(
    odd_lms: Callable[[Callable[[Tied, Response], None]], Tied],
) -> None:
    """A NUL and half of a character are good JSON."""

    def spoil(tied: Tied, answer: Response) -> None:
        if answer.is_json:
            said = answer.get_data(as_text=True)
            answer.set_data(
                said.replace(tied.course.items[ITEM[tied.world.personality]].name, r"A\u0000 \ud83d name")
            )

    tied = odd_lms(spoil)
    run = tied.sync("first", "start")
    assert (run.state, run.error) == ("done", "")
    with tied.database.read() as session:
        assert "A ? name" in session.scalars(sa.select(Item.name)).all()
