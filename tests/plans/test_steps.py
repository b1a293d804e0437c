"""When steps are due and how often they were done: breaks, changes of clocks, moved dates (A17, A18, A20)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.plans.steps import (
    Adherence,
    Done,
    Rhythm,
    Rule,
    adherence,
    adherence_words,
    due_day,
    due_days,
    next_due,
)
from lti_tool.plans.translate import plain
from lti_tool.plans.zones import day_in

MONDAY = date(2026, 3, 2)
EVERY_DAY = frozenset(range(7))
SCHOOL_DAYS = frozenset(range(5))


def rule(rhythm: Rhythm, **more: Any) -> Rule:
    given_ = {"starts_on": MONDAY, "ends_on": MONDAY + timedelta(days=60), **more}
    return Rule(rhythm, **given_)


def on(*days: int, amount: int | None = None) -> list[Done]:
    return [Done(MONDAY + timedelta(days=day), None if amount is None else Decimal(amount)) for day in days]


@pytest.mark.parametrize(
    ("more", "done", "today", "expected"),
    [
        ({"weekdays": EVERY_DAY}, [], 0, Adherence(0, 0)),
        ({"weekdays": EVERY_DAY}, on(0), 0, Adherence(1, 1)),
        ({"weekdays": EVERY_DAY}, on(0, 1, 3), 5, Adherence(3, 5)),
        ({"weekdays": SCHOOL_DAYS}, on(0, 1, 5, 6), 7, Adherence(2, 5)),
        (
            {"weekdays": EVERY_DAY, "amount": Decimal(30)},
            on(0, 1, amount=20) + on(1, amount=10),
            2,
            Adherence(1, 2),
        ),
    ],
)
def test_days_of_the_week(more: dict[str, Any], done: list[Done], today: int, expected: Adherence) -> None:
    assert adherence(rule(Rhythm.DAYS, **more), done, MONDAY + timedelta(days=today)) == expected


def test_days_in_a_break_are_not_expected_and_may_be_done() -> None:
    holiday = (MONDAY + timedelta(days=2), MONDAY + timedelta(days=4))
    step = rule(Rhythm.DAYS, weekdays=EVERY_DAY)
    assert adherence(step, on(0, 1, 3), MONDAY + timedelta(days=7), [holiday]) == Adherence(2, 4)


@pytest.mark.parametrize(
    ("done", "today", "breaks", "expected"),
    [
        ([], 3, [], Adherence(0, 0)),
        (on(1), 3, [], Adherence(1, 1)),
        (on(1, 2, 3, 4), 7, [], Adherence(2, 2)),
        (on(1), 14, [], Adherence(1, 4)),
        ([], 7, [(0, 6)], Adherence(0, 0)),
        ([], 7, [(0, 5)], Adherence(0, 1)),
    ],
)
def test_times_a_week(
    done: list[Done], today: int, breaks: list[tuple[int, int]], expected: Adherence
) -> None:
    out = [(MONDAY + timedelta(days=a), MONDAY + timedelta(days=b)) for a, b in breaks]
    step = rule(Rhythm.WEEKLY, times=2)
    assert adherence(step, done, MONDAY + timedelta(days=today), out) == expected


def test_a_step_before_a_test_moves_with_the_test() -> None:
    step = rule(Rhythm.RELATIVE, offset=-3, item_due_on=date(2026, 3, 20))
    assert due_day(step) == date(2026, 3, 17)
    assert due_day(Rule(**{**step.__dict__, "item_due_on": date(2026, 3, 27)})) == date(2026, 3, 24)
    assert due_day(Rule(**{**step.__dict__, "item_due_on": None})) is None


def test_the_next_day_to_do_something() -> None:
    daily = rule(Rhythm.DAYS, weekdays=SCHOOL_DAYS)
    assert next_due(daily, [], MONDAY) == MONDAY
    assert next_due(daily, on(0), MONDAY) == MONDAY + timedelta(days=1)
    assert next_due(daily, [], MONDAY + timedelta(days=5)) == MONDAY + timedelta(days=7)
    weekly = rule(Rhythm.WEEKLY, times=1)
    assert next_due(weekly, on(1), MONDAY + timedelta(days=2)) == MONDAY + timedelta(days=7)
    once = rule(Rhythm.ONCE, due_on=MONDAY)
    assert next_due(once, [], MONDAY + timedelta(days=3)) == MONDAY
    assert next_due(once, on(3), MONDAY + timedelta(days=3)) is None
    assert next_due(daily, [], MONDAY + timedelta(days=61)) is None


def test_a_change_of_clocks_makes_no_day_longer_or_lost() -> None:
    zone = ZoneInfo("America/Chicago")  # clocks went forward on 8 March 2026
    first = datetime(2026, 3, 7, 23, 30, tzinfo=zone).astimezone(UTC)
    evenings = [
        day_in(first + timedelta(hours=24 * n) - timedelta(hours=1 if n else 0), zone) for n in range(4)
    ]
    assert evenings == [date(2026, 3, 7) + timedelta(days=n) for n in range(4)]
    step = rule(Rhythm.DAYS, weekdays=EVERY_DAY, starts_on=date(2026, 3, 7))
    done = [Done(day) for day in evenings if day]
    assert adherence(step, done, date(2026, 3, 11)) == Adherence(4, 4)


def test_the_words_never_count_what_is_missing() -> None:
    step = rule(Rhythm.DAYS, weekdays=EVERY_DAY)
    assert adherence_words(Adherence(3, 5), step, plain) == "Done on 3 of 5 days so far."
    assert adherence_words(Adherence(0, 0), step, plain) == ""
    assert (
        adherence_words(Adherence(1, 4), rule(Rhythm.WEEKLY, times=2), plain) == "Done 1 of 4 times so far."
    )


@given(
    st.sets(st.integers(0, 80)),
    st.integers(0, 100),
    st.sets(st.integers(0, 6), min_size=1),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 10)), max_size=3),
    st.sampled_from([Rhythm.DAYS, Rhythm.WEEKLY]),
)
def test_never_more_done_than_due(
    days: set[int], today: int, weekdays: set[int], breaks: list[tuple[int, int]], rhythm: Rhythm
) -> None:
    out = [(MONDAY + timedelta(days=a), MONDAY + timedelta(days=a + n)) for a, n in breaks]
    step = rule(rhythm, weekdays=frozenset(weekdays), times=len(weekdays))
    seen = adherence(step, on(*days), MONDAY + timedelta(days=today), out)
    assert 0 <= seen.met <= seen.expected
    assert seen.per_cent is None or 0 <= seen.per_cent <= 100
    due = list(due_days(step, out, MONDAY + timedelta(days=today)))
    assert due == sorted(set(due))
