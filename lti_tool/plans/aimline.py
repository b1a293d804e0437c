"""The line from the start to the target, over milestones where there are some (domain.md §3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from lti_tool.plans.rounding import kept_down

Stop = tuple[date, Decimal]


def exact_aim(
    baseline: Decimal,
    target: Decimal,
    starts_on: date,
    due_on: date,
    on: date,
    milestones: Sequence[Stop] = (),
) -> Fraction:
    """B + (T−B)·(t−t0)/(t1−t0) as an exact fraction; flat before the start and after the end.

    With milestones the same between each two neighbours. Those outside the goal's days are passed over.
    """
    if due_on <= starts_on:
        return Fraction(target)
    between = sorted(stop for stop in milestones if starts_on < stop[0] < due_on)
    before: Stop = (starts_on, baseline)
    for after in [*between, (due_on, target)]:
        if on < after[0]:
            return _straight(before, after, on)
        before = after
    return Fraction(target)


def _straight(before: Stop, after: Stop, on: date) -> Fraction:
    days, gone = (after[0] - before[0]).days, max(0, (on - before[0]).days)
    start = Fraction(before[1])
    return start + (Fraction(after[1]) - start) * Fraction(gone, days)


def aim(
    baseline: Decimal,
    target: Decimal,
    starts_on: date,
    due_on: date,
    on: date,
    milestones: Sequence[Stop] = (),
) -> Decimal:
    """Where the line is on a day, in the measure's unit."""
    return kept_down(exact_aim(baseline, target, starts_on, due_on, on, milestones))
