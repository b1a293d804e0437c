"""How far a goal is, and what is needed on the work that is left (domain.md §3.2, §3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from lti_tool.plans.exact import total, total_of_parts
from lti_tool.plans.gradebook import LeftInGroups
from lti_tool.plans.measure import (
    PER_CENT_MOST,
    Measure,
    MeasureKind,
    Method,
    Observation,
    eligible,
    left,
)
from lti_tool.plans.rounding import kept_down, kept_up

Number = Decimal | Fraction
# Kinds whose progress is value of target, whatever the start.
FROM_NOUGHT = frozenset({MeasureKind.COUNT, MeasureKind.LIST, MeasureKind.HABIT, MeasureKind.MAINTAIN})


def progress(
    measure: Measure, value: Decimal | None, baseline: Decimal | None, target: Decimal
) -> Decimal | None:
    """Progress in per cent, 0 to 100, unrounded; 100 exactly when the value is at the target.

    One score: 0 or 100. Numbers, habits and marks to hold: value of target. Else clamp((A−B)/(T−B)),
    which holds for less-is-better as it stands. None while nothing counts, and below the target where
    the start is not known (a start is never guessed).
    """
    if value is None:
        return None
    if measure.is_met(value, target):
        return Decimal(100)
    if measure.kind is MeasureKind.SCORE or (measure.kind is MeasureKind.RANK and baseline is None):
        return Decimal(0)
    start = Decimal(0) if measure.kind in FROM_NOUGHT else baseline
    if start is None or measure.is_met(start, target):
        return None
    share = 100 * (Fraction(value) - Fraction(start)) / (Fraction(target) - Fraction(start))
    return min(max(Decimal(0), kept_down(share)), Decimal(100))


@dataclass(frozen=True)
class Needed:
    """What the work that is left asks for.

    average: per cent needed on it, at least 0, cut upwards; None when nothing is left. Less is better:
    the most it may be, cut downwards. points: possible points left. points_needed: how many of them.
    items: how many pieces. more: how many of them still have to count (count, list, habit).
    estimate: drop rules or extra credit may change it. open_ended: more work may come than is known.
    """

    average: Decimal | None
    points: Decimal = Decimal(0)
    points_needed: Decimal = Decimal(0)
    items: int = 0
    more: int | None = None
    estimate: bool = False
    open_ended: bool = False
    at_most: bool = False

    @property
    def too_much(self) -> bool:
        """More than all of it."""
        if self.more is not None:
            return self.more > self.items and not self.open_ended
        if self.average is None:
            return False
        return self.average < 0 if self.at_most else self.average > 100

    @property
    def nothing_left(self) -> bool:
        """All that can come has come."""
        if self.open_ended:
            return False
        return self.items == 0 if self.more is not None else self.average is None


def needed_points(earned: Number, done: Number, rest: Number, target: Number) -> Fraction:
    """R = 100·(T/100·(P_done+P_left) − S_done)/P_left."""
    goal_points = Fraction(target) / 100 * (Fraction(done) + Fraction(rest))
    return 100 * (goal_points - Fraction(earned)) / Fraction(rest)


def needed_weighted(groups: Iterable[tuple[Number, Number, Number, Number]], target: Number) -> Fraction:
    """R = 100·(T − Σ w·S/(P+Q)) / Σ w·Q/(P+Q) over groups (weight %, earned S, done P, left Q)."""
    have, open_share = Fraction(0), Fraction(0)
    for weight, earned, done, rest in groups:
        total = Fraction(done) + Fraction(rest)
        have += Fraction(weight) * Fraction(earned) / total
        open_share += Fraction(weight) * Fraction(rest) / total
    return 100 * (Fraction(target) - have) / open_share


def needed(measure: Measure, observations: Iterable[Observation], target: Decimal) -> Needed:
    """The average needed on what is left of the chosen items so that the value ends at the target."""
    seen = list(observations)
    return needed_on(measure, eligible(seen), left(seen), target)


def needed_on(
    measure: Measure, done: Sequence[Observation], rest: Sequence[Observation], target: Decimal
) -> Needed:
    """The same where what counts and what is left are known."""
    if not rest:
        return Needed(None)
    rest_points = total(item.possible for item in rest)
    if measure.kind is MeasureKind.SCORE:
        exact = Fraction(target)
    elif measure.method is Method.MEAN:
        sum_done = total_of_parts(item.percent for item in done if item.percent is not None)
        exact = (Fraction(target) * (len(done) + len(rest)) - sum_done) / len(rest)
    else:
        earned, done_points = total(item.score for item in done), total(item.possible for item in done)
        exact = 100 * (Fraction(target) / 100 * (done_points + rest_points) - earned) / rest_points
    return _needed(exact, rest_points, len(rest), at_most=measure.less_is_better)


def _needed(exact: Fraction, rest_points: Fraction, items: int, *, at_most: bool = False) -> Needed:
    exact = min(exact, Fraction(PER_CENT_MOST))
    exact = exact if at_most else max(Fraction(0), exact)
    cut = kept_down if at_most else kept_up
    return Needed(
        average=cut(exact),
        points=kept_down(rest_points),
        points_needed=cut(max(Fraction(0), exact) * rest_points / 100),
        items=items,
        at_most=at_most,
    )


def needed_of(found: LeftInGroups, target: Decimal) -> Needed:
    """The average needed on the known work of a course, over its groups."""
    rest = sum((row[3] for row in found.rows), Fraction(0))
    if any(row[0] is not None for row in found.rows):
        weights = sum((Fraction(row[0] or 0) for row in found.rows), Fraction(0)) or Fraction(1)
        if found.how == "percent":  # Canvas scales weights under 100 up and leaves those over it alone
            weights = min(weights, Fraction(100))
        scaled = [(100 * Fraction(row[0] or 0) / weights, *row[1:]) for row in found.rows]
        exact = needed_weighted(scaled, target) if any(row[0] and row[3] for row in scaled) else None
    else:
        earned = sum((row[1] for row in found.rows), Fraction(0))
        exact = needed_points(earned, sum((row[2] for row in found.rows), Fraction(0)), rest, target)
    if exact is None:
        return Needed(None, open_ended=True)
    made = _needed(exact, found.points_left, found.items)
    return replace(made, estimate=found.estimate, open_ended=True)
