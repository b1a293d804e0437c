"""Where a goal starts: the middle of the last three scores that count (domain.md §3.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median

from lti_tool.plans.measure import Observation, eligible
from lti_tool.plans.rounding import kept_down

LAST = 3


@dataclass(frozen=True)
class Baseline:
    """value: per cent, None when nothing counts yet. scores: what it was made of, oldest first.

    how: `median` (of the last three), `given` (typed by a person) or `none`.
    """

    value: Decimal | None
    how: str
    scores: tuple[Decimal, ...] = ()
    items: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        """Made of fewer than three scores."""
        return self.how != "given" and len(self.scores) < LAST


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


def given(value: Decimal) -> Baseline:
    """A start a person typed."""
    return Baseline(value, "given")
