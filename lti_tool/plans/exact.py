"""Exact sums that cost little: the same fractions as adding one by one, without a gcd at every step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction

# Numbers are kept with 40 digits at most, so nothing is ever rounded here; were it, this would say so.
_EXACT = Context(prec=200, traps=[Inexact, InvalidOperation])
_NOUGHT = Decimal(0)


def total(numbers: Iterable[Decimal | None]) -> Fraction:
    """Their exact sum; None counts as nought."""
    add, found = _EXACT.add, _NOUGHT
    for number in numbers:
        if number is not None:
            found = add(found, number)
    return Fraction(found)


def total_of_parts(parts: Iterable[Fraction]) -> Fraction:
    """The exact sum of fractions: first those of one denominator, of which there are few."""
    sums: dict[int, int] = defaultdict(int)
    for part in parts:
        sums[part.denominator] += part.numerator
    return sum((Fraction(top, bottom) for bottom, top in sums.items()), Fraction(0))
