"""What an average would be if nothing changes: work that is missing never comes in (domain.md §3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from lti_tool.plans.measure import Measure, MeasureKind, Method
from lti_tool.plans.rounding import kept_down, number_text
from lti_tool.plans.translate import Translate


def if_left(
    measure: Measure, scores: Sequence[tuple[Decimal, Decimal]], missing: Sequence[Decimal]
) -> Fraction | None:
    """The average with each missing piece as 0, exact; None for other measures, or where nothing is missing.

    Where less is better nought is no floor, so nothing is said there either.

    scores: (points, possible points) of work that counts; missing: the possible points of what is missing.
    """
    worth = [possible for possible in missing if possible > 0]
    if measure.kind is not MeasureKind.AVERAGE or measure.less_is_better or not worth or not scores:
        return None
    if measure.method is Method.MEAN:
        shares = [100 * Fraction(points) / Fraction(possible) for points, possible in scores if possible > 0]
        return sum(shares, Fraction(0)) / (len(shares) + len(worth))
    earned = sum((Fraction(points) for points, _possible in scores), Fraction(0))
    possible = sum((Fraction(possible) for _points, possible in scores), Fraction(0))
    return 100 * earned / (possible + sum(map(Fraction, worth)))


def if_left_words(found: Fraction | None, _: Translate) -> str:
    """That as a sentence, cut down; empty where there is nothing to say."""
    if found is None:
        return ""
    shown = number_text(kept_down(found))
    return _("What is missing does not count yet. If it never came in, this would be %(value)s.", value=shown)
