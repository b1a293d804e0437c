"""Goals to stay at or over a mark (domain.md §3.2 "Maintain")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from lti_tool.plans.days import GRACE, school_days
from lti_tool.plans.observation import Observation, Reason, by_day, eligible
from lti_tool.plans.terms import Point, Terms


def after_grace(seen: Observation, terms: Terms, today: date) -> bool:
    """Whether the grace after its due day is over, days without school left out."""
    return seen.due_on is not None and school_days(seen.due_on, today, terms.breaks) > GRACE.days


def holds(seen: Observation, terms: Terms) -> bool:
    """Whether one check is at the mark or better."""
    floor = Fraction(terms.measure.params.floor or Decimal(0))
    if seen.percent is None:
        return False
    return seen.percent <= floor if terms.measure.params.lower else seen.percent >= floor


def never_came(terms: Terms, work: Sequence[Observation], today: date) -> int:
    """How many checks are missing after their grace: those do not hold (domain.md §3.5 "breaks a streak")."""
    missing = (seen for seen in work if seen.reason is Reason.MISSING)
    return sum(after_grace(seen, terms, today) for seen in missing)


def share_held(terms: Terms, work: Sequence[Observation], today: date) -> Fraction | None:
    """Per cent of the checks that hold; None before the first."""
    checks = eligible(work)
    count = len(checks) + never_came(terms, work, today)
    if not count:
        return None
    return Fraction(100 * sum(holds(seen, terms) for seen in checks), count)


def held_points(terms: Terms, work: Sequence[Observation]) -> list[Point]:
    """Each check as it stands to the mark, oldest first."""
    floor = Fraction(terms.measure.params.floor or Decimal(0))
    return [
        Point(seen.on, seen.percent, seen.item_id, floor)
        for seen in sorted(eligible(work), key=by_day)
        if seen.on is not None and seen.percent is not None
    ]
