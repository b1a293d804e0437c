"""How numbers are kept and shown: down to one decimal, needed up to a whole (domain.md §3.1, §3.4).

Sums are done in exact fractions. What is kept has 20 decimals, cut downwards (needed: upwards), so a
kept number is at or over a target exactly when the true one is.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction

PLACES = 20
_SCALE = 10**PLACES


def kept_down(number: Fraction) -> Decimal:
    """The number as a decimal, never above the true one."""
    return Decimal((number.numerator * _SCALE) // number.denominator).scaleb(-PLACES)


def kept_up(number: Fraction) -> Decimal:
    """The number as a decimal, never below the true one."""
    return Decimal(-((-number.numerator * _SCALE) // number.denominator)).scaleb(-PLACES)


def shown(value: Decimal, places: int = 1) -> Decimal:
    """A number as people read it: cut downwards, so 89.96 reads 89.9 and never 90."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_FLOOR)


def shown_up(value: Decimal, places: int = 1) -> Decimal:
    """A number of a goal where less is better: cut upwards, so 10.04 reads 10.1 and never 10."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_CEILING)


def shown_needed(value: Decimal, *, at_most: bool = False) -> int:
    """A needed average as people read it: up to the next whole, so that reaching it is enough.

    at_most: where less is better, down to the whole, so that staying there is enough.
    """
    return int(value.to_integral_value(rounding=ROUND_FLOOR if at_most else ROUND_CEILING))


def number_text(value: Decimal) -> str:
    """`shown` as text without a useless zero: 68, 77.4."""
    text = format(shown(value), "f")
    return text.removesuffix(".0")
