"""Sums and lines worked out in whole numbers are the fractions they stand for (domain.md §3.3)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.plans.aimline import Line
from lti_tool.plans.exact import total, total_of_parts

START = date(2026, 1, 12)
NUMBERS = st.decimals(-(10**12), 10**12, places=10)
PARTS = st.fractions(max_denominator=10**6)
DAYS = st.integers(-10, 120)


@given(st.lists(st.none() | NUMBERS), st.lists(PARTS))
def test_sums_are_exact(numbers, parts):
    assert total(numbers) == sum((Fraction(number or 0) for number in numbers), Fraction(0))
    assert total_of_parts(parts) == sum(parts, Fraction(0))


@given(NUMBERS, NUMBERS, st.integers(1, 100), st.lists(st.tuples(DAYS, NUMBERS), max_size=3), DAYS)
def test_a_line_is_straight_between_its_stops(baseline, target, days, milestones, day):
    stops = [(START + timedelta(on), number) for on, number in milestones]
    line = Line.through(baseline, target, START, START + timedelta(days), stops)
    found = Fraction(*line.at(START + timedelta(day)))
    inside = sorted((on, number) for on, number in milestones if 0 < on < days)
    marks = [(0, baseline), *inside, (days, target)]
    before = [mark for mark in marks if mark[0] <= max(day, 0)][-1]
    after = next((mark for mark in marks if mark[0] > max(day, 0)), None)
    if after is None:
        assert found == Fraction(target)
    else:
        share = Fraction(max(day, 0) - before[0], after[0] - before[0])
        assert found == Fraction(before[1]) + (Fraction(after[1]) - Fraction(before[1])) * share


def test_a_line_without_days_is_its_target():
    assert Fraction(*Line.through(Decimal(1), Decimal(9), START, START).at(START)) == 9
