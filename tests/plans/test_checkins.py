"""Whose turn it is to talk: cadences, agreed days, breaks (domain.md B12)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lti_tool.plans.checkins import Cadence, Due, Turn, next_check_in, order

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("cadence", "last", "today", "expected"),
    [
        (Cadence.WEEKLY, None, 0, Due(DAY, Turn.DUE)),
        (Cadence.WEEKLY, 0, 3, Due(DAY + timedelta(days=7), Turn.DONE)),
        (Cadence.WEEKLY, 0, 4, Due(DAY + timedelta(days=7), Turn.SOON)),
        (Cadence.WEEKLY, 0, 7, Due(DAY + timedelta(days=7), Turn.DUE)),
        (Cadence.WEEKLY, 0, 14, Due(DAY + timedelta(days=7), Turn.DUE)),
        (Cadence.WEEKLY, 0, 15, Due(DAY + timedelta(days=7), Turn.MISSED)),
        (Cadence.TWO_WEEKLY, 0, 13, Due(DAY + timedelta(days=14), Turn.SOON)),
        (Cadence.MONTHLY, 0, 28, Due(DAY + timedelta(days=28), Turn.DUE)),
        (Cadence.NONE, 0, 28, None),
    ],
)
def test_whose_turn_it_is(cadence: Cadence, last: int | None, today: int, expected: Due | None) -> None:
    talked = None if last is None else DAY + timedelta(days=last)
    assert next_check_in(cadence, last=talked, since=DAY, today=DAY + timedelta(days=today)) == expected


def test_an_agreed_day_wins_over_the_cadence_and_stands_alone_too() -> None:
    agreed = DAY + timedelta(days=2)
    for cadence in (Cadence.WEEKLY, Cadence.NONE):
        due = next_check_in(cadence, last=DAY, since=DAY, agreed=agreed, today=DAY)
        assert due == Due(agreed, Turn.SOON)


def test_what_falls_into_a_break_is_due_after_it() -> None:
    breaks = [
        (DAY + timedelta(days=5), DAY + timedelta(days=9)),
        (DAY + timedelta(days=10), DAY + timedelta(days=11)),
    ]
    due = next_check_in(Cadence.WEEKLY, last=DAY, since=DAY, today=DAY + timedelta(days=8), breaks=breaks)
    assert due == Due(DAY + timedelta(days=12), Turn.DONE)


def test_the_longest_waiting_comes_first() -> None:
    late, now = Due(DAY, Turn.MISSED), Due(DAY + timedelta(days=9), Turn.DUE)
    assert order([None, now, late, None]) == [2, 1, 0, 3]
