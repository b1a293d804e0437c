"""Goals to stay at or over a mark (domain.md §3.2 "Maintain")."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from lti_tool.plans.observation import Observation, by_day, eligible
from lti_tool.plans.terms import Point, Terms


def holds(seen: Observation, terms: Terms) -> bool:
    """Whether one check is at the mark or better."""
    floor = Fraction(terms.measure.params.floor or Decimal(0))
    if seen.percent is None:
        return False
    return seen.percent <= floor if terms.measure.params.lower else seen.percent >= floor


def share_held(terms: Terms, work: Sequence[Observation]) -> Fraction | None:
    """Per cent of the checks that hold; None before the first."""
    checks = eligible(work)
    if not checks:
        return None
    return Fraction(100 * sum(holds(seen, terms) for seen in checks), len(checks))


def held_points(terms: Terms, work: Sequence[Observation]) -> list[Point]:
    """Each check as it stands to the mark, oldest first."""
    floor = Fraction(terms.measure.params.floor or Decimal(0))
    return [
        Point(seen.on, seen.percent, seen.item_id, floor)
        for seen in sorted(eligible(work), key=by_day)
        if seen.on is not None and seen.percent is not None
    ]
