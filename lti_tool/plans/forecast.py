"""Where things go if they go on like this: Theil–Sen, the median of pair slopes (domain.md §3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from statistics import median

from lti_tool.plans.rounding import kept_down

ENOUGH = 6
Point = tuple[int, Fraction]


@dataclass(frozen=True)
class Forecast:
    """A range in per cent for the end day; shown in words, never as one number."""

    low: Decimal
    high: Decimal


def slope(points: Sequence[Point]) -> Fraction | None:
    """Per cent a day: the median over all pairs of different days, so one bad quiz does not swing it."""
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(points, 2) if a[0] != b[0]]
    return Fraction(median(slopes)) if slopes else None


def line(points: Sequence[Point]) -> tuple[Fraction, Fraction] | None:
    """(height on day 0, per cent a day); the height is the median of what the slope leaves over."""
    per_day = slope(points)
    if per_day is None:
        return None
    return Fraction(median([y - per_day * x for x, y in points])), per_day


def at_day(points: Sequence[Point], day: int) -> Fraction | None:
    """The line's height on a day."""
    found = line(points)
    return None if found is None else found[0] + found[1] * day


def forecast(points: Sequence[Point], day: int) -> Forecast | None:
    """The range on a day: the line, give or take the median distance from it (at least 1 point).

    None for fewer than six scores. points: (day number, per cent).
    """
    found = line(points)
    if len(points) < ENOUGH or found is None:
        return None
    start, per_day = found
    end = start + per_day * day
    off = [abs(y - (start + per_day * x)) for x, y in points]
    spread = max(Fraction(1), Fraction(median(off)))
    low, high = max(Fraction(0), end - spread), max(Fraction(0), end + spread)
    return Forecast(kept_down(low), kept_down(high))
