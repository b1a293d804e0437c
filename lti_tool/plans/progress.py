"""How far a goal is, and what is needed on the work that is left (domain.md §3.2, §3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

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


def progress(
    measure: Measure, value: Decimal | None, baseline: Decimal | None, target: Decimal
) -> Decimal | None:
    """Progress in per cent, 0 to 100, unrounded; 100 exactly when the value is at the target.

    One score: 0 or 100. An average: clamp((A−B)/(T−B)). None while nothing counts, and for an average
    below its target whose start is not known (a start is never guessed).
    """
    if value is None:
        return None
    if value >= target:
        return Decimal(100)
    if measure.kind is MeasureKind.SCORE:
        return Decimal(0)
    if baseline is None or baseline >= target:
        return None
    share = 100 * (Fraction(value) - Fraction(baseline)) / (Fraction(target) - Fraction(baseline))
    return max(Decimal(0), kept_down(share))


@dataclass(frozen=True)
class Needed:
    """What the work that is left asks for.

    average: per cent needed on it, at least 0, cut upwards; None when nothing is left.
    points: possible points left. points_needed: how many of them. items: how many pieces.
    """

    average: Decimal | None
    points: Decimal = Decimal(0)
    points_needed: Decimal = Decimal(0)
    items: int = 0

    @property
    def too_much(self) -> bool:
        """More than all of it."""
        return self.average is not None and self.average > 100


def needed_points(earned: Decimal, done: Decimal, rest: Decimal, target: Decimal) -> Fraction:
    """R = 100·(T/100·(P_done+P_left) − S_done)/P_left."""
    goal_points = Fraction(target) / 100 * (Fraction(done) + Fraction(rest))
    return 100 * (goal_points - Fraction(earned)) / Fraction(rest)


def needed_weighted(groups: Iterable[tuple[Decimal, Decimal, Decimal, Decimal]], target: Decimal) -> Fraction:
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
    done, rest = eligible(seen), left(seen)
    if not rest:
        return Needed(None)
    rest_points = sum((Fraction(item.possible or 0) for item in rest), Fraction(0))
    if measure.kind is MeasureKind.SCORE:
        exact = Fraction(target)
    elif measure.method is Method.MEAN:
        sum_done = sum((item.percent or Fraction(0) for item in done), Fraction(0))
        exact = (Fraction(target) * (len(done) + len(rest)) - sum_done) / len(rest)
    else:
        earned = sum((Fraction(item.score or 0) for item in done), Fraction(0))
        done_points = sum((Fraction(item.possible or 0) for item in done), Fraction(0))
        exact = 100 * (Fraction(target) / 100 * (done_points + rest_points) - earned) / rest_points
    exact = min(max(Fraction(0), exact), Fraction(PER_CENT_MOST))
    return Needed(
        average=kept_up(exact),
        points=kept_down(rest_points),
        points_needed=kept_up(exact * rest_points / 100),
        items=len(rest),
    )
