"""Letters and the per cents they begin at, through the course's own scheme (domain.md §3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

Scheme = Sequence[tuple[str, Decimal]]


def _scheme(**bounds: str) -> Scheme:
    signs = {"plus": "+", "minus": "-"}
    named = []
    for name, bound in bounds.items():
        letter, _under, sign = name.partition("_")
        named.append((letter + signs.get(sign, ""), Decimal(bound)))
    return tuple(named)


# What each LMS uses where nobody made a scheme.
CANVAS_DEFAULT = _scheme(
    A="94",
    A_minus="90",
    B_plus="87",
    B="84",
    B_minus="80",
    C_plus="77",
    C="74",
    C_minus="70",
    D_plus="67",
    D="64",
    D_minus="61",
    F="0",
)
MOODLE_LETTERS = _scheme(
    A="93",
    A_minus="90",
    B_plus="87",
    B="83",
    B_minus="80",
    C_plus="77",
    C="73",
    C_minus="70",
    D_plus="67",
    D="60",
    F="0",
)


def bound(scheme: Scheme, letter: str) -> Decimal | None:
    """The per cent a letter begins at; None when the scheme has no such letter."""
    wanted = letter.strip().casefold()
    return next((at for name, at in scheme if name.strip().casefold() == wanted), None)


def letter_of(scheme: Scheme, per_cent: Decimal) -> str:
    """The highest letter whose bound is not over the per cent, else the lowest; empty without a scheme."""
    if not scheme:
        return ""
    reached = [pair for pair in scheme if pair[1] <= per_cent]
    found = max(reached, key=lambda pair: pair[1]) if reached else min(scheme, key=lambda pair: pair[1])
    return found[0]
