"""The highest target that the work to come can still carry (domain.md A15: what to choose instead)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from lti_tool.plans.measure import Evidence, MeasureKind
from lti_tool.plans.needed import needed_in
from lti_tool.plans.taken import value_in
from lti_tool.plans.terms import Terms

_LINES = frozenset({MeasureKind.AVERAGE, MeasureKind.COUNT})


def nearest_target(terms: Terms, evidence: Evidence, today: date) -> Decimal | None:
    """The highest whole target within reach that is above the start; None where there is none to offer."""
    if terms.measure.kind not in _LINES or terms.measure.less_is_better or terms.measure.params.every:
        return None
    value = value_in(terms, evidence, today)
    low, high = int(terms.baseline or 0), int(terms.target)
    while low < high:  # the highest target that does not ask for too much
        middle = (low + high + 1) // 2
        if needed_in(replace(terms, target=Decimal(middle)), evidence, today, value).too_much:
            high = middle - 1
        else:
            low = middle
    return Decimal(low) if low > (terms.baseline or 0) and low < terms.target else None
