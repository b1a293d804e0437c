"""The straight line from the start to the target (domain.md §3.3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from lti_tool.plans.rounding import kept_down


def exact_aim(baseline: Decimal, target: Decimal, starts_on: date, due_on: date, on: date) -> Fraction:
    """B + (T−B)·(t−t0)/(t1−t0) as an exact fraction; flat before the start and after the end."""
    days = (due_on - starts_on).days
    if days <= 0 or on >= due_on:
        return Fraction(target)
    gone = max(0, (on - starts_on).days)
    return Fraction(baseline) + (Fraction(target) - Fraction(baseline)) * Fraction(gone, days)


def aim(baseline: Decimal, target: Decimal, starts_on: date, due_on: date, on: date) -> Decimal:
    """Where the line is on a day, in per cent."""
    return kept_down(exact_aim(baseline, target, starts_on, due_on, on))
