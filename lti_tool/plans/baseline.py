"""Where a goal starts: the middle of the last three scores that count (domain.md §3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from statistics import median

from lti_tool.plans.measure import Evidence, Measure, MeasureKind
from lti_tool.plans.observation import Observation, eligible
from lti_tool.plans.ranks import rank_of
from lti_tool.plans.rounding import kept_down

LAST = 3


@dataclass(frozen=True)
class Baseline:
    """value: per cent, None when nothing counts yet. scores: what it was made of, oldest first.

    how: `median` (of the last three), `given` (typed by a person), `lms` or `ours` (the course grade),
    `rank`, `nought` (counted up from 0) or `none`.
    """

    value: Decimal | None
    how: str
    scores: tuple[Decimal, ...] = ()
    items: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        """Made of fewer than three scores."""
        return self.how in {"median", "none"} and len(self.scores) < LAST


def captured(observations: Iterable[Observation]) -> Baseline:
    """The median of the last three that count; of fewer it is provisional."""
    last = eligible(observations)[-LAST:]
    per_cents = [seen.percent for seen in last if seen.percent is not None]
    if not per_cents:
        return Baseline(None, "none")
    return Baseline(
        value=kept_down(Fraction(median(per_cents))),
        how="median",
        scores=tuple(kept_down(x) for x in per_cents),
        items=tuple(seen.item_id for seen in last),
    )


def start_of(measure: Measure, evidence: Evidence, today: date) -> Baseline:
    """The start a goal of any kind has on the day it is made.

    Scores and averages: the median of the last three. Course grade, level, rank: as it stands. What is
    counted up begins at nought; a habit and a mark to hold need no start.
    """
    kind = measure.kind
    if kind in {MeasureKind.SCORE, MeasureKind.AVERAGE}:
        return captured(evidence.work)
    if kind is MeasureKind.COURSE:
        last = max(evidence.course, key=lambda one: one.on, default=None)
        return Baseline(None, "none") if last is None or last.score is None else _now(last.score, last.source)
    if kind in {MeasureKind.COUNT, MeasureKind.LIST} or (
        kind is MeasureKind.TALLY and not measure.params.lower
    ):
        return Baseline(Decimal(0), "nought")
    if kind is MeasureKind.RANK:
        ranks = [rank_of(seen, measure.params.scale) for seen in evidence.work]
        known = [rank for rank in ranks if rank is not None]
        return _now(Decimal(known[0]), "rank") if known else Baseline(None, "none")
    return Baseline(None, "none")


def _now(value: Decimal, how: str) -> Baseline:
    return Baseline(value, how, (value,))


def would_be(items: Sequence[int], observations: Iterable[Observation]) -> Decimal | None:
    """What the start would be now of the same items, after regrades ("was 68, would now be 71")."""
    chosen = set(items)
    return captured(seen for seen in observations if seen.item_id in chosen).value


def given(value: Decimal) -> Baseline:
    """A start a person typed."""
    return Baseline(value, "given")
