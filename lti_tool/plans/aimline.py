"""The line from the start to the target, over milestones where there are some (domain.md §3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

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
    return Fraction(*Line.through(baseline, target, starts_on, due_on, milestones).at(on))


class Leg(NamedTuple):
    """One straight part: (start + step · days gone) / below, in whole numbers."""

    first: date
    last: date
    start: int
    step: int
    below: int

    @classmethod
    def between(cls, before: Stop, after: Stop) -> Leg:
        low, below_low = before[1].as_integer_ratio()
        high, below_high = after[1].as_integer_ratio()
        days = (after[0] - before[0]).days
        step = high * below_low - low * below_high
        return cls(before[0], after[0], low * below_high * days, step, below_low * below_high * days)


class Line(NamedTuple):
    """An aim line worked out once, to be asked for many days. target: as (number, of how many)."""

    legs: Sequence[Leg]
    target: tuple[int, int]

    @classmethod
    def through(
        cls,
        baseline: Decimal,
        target: Decimal,
        starts_on: date,
        due_on: date,
        milestones: Sequence[Stop] = (),
    ) -> Line:
        """From the start over the milestones inside the goal's days to the target."""
        stops = [stop for stop in milestones if starts_on < stop[0] < due_on]
        stops = [(starts_on, baseline), *sorted(stops), (due_on, target)] if due_on > starts_on else []
        legs = [Leg.between(*two) for two in pairwise(stops) if two[0][0] < two[1][0]]
        return cls(legs, target.as_integer_ratio())

    def at(self, on: date) -> tuple[int, int]:
        """Its exact height on a day as (number, of how many), not shortened."""
        for leg in self.legs:
            if on < leg.last:
                return leg.start + leg.step * max(0, (on - leg.first).days), leg.below
        return self.target


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
