"""What an average would be if what is missing never came in."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from lti_tool.plans.if_left import if_left, if_left_words
from lti_tool.plans.measure import Measure, MeasureKind, Method
from lti_tool.plans.translate import plain

SCORES = [(Decimal(14), Decimal(20)), (Decimal(33), Decimal(50)), (Decimal(18), Decimal(20))]


@pytest.mark.parametrize(
    ("method", "missing", "found", "said"),
    [
        (Method.POINTS, [30], Fraction(6500, 120), "54.1"),
        (Method.MEAN, [30], Fraction(226, 4), "56.5"),
        (Method.POINTS, [0], None, ""),
        (Method.POINTS, [], None, ""),
    ],
)
def test_missing_work_counts_as_nought(
    method: Method, missing: list[int], found: Fraction | None, said: str
) -> None:
    measure = Measure(MeasureKind.AVERAGE, method)
    left = if_left(measure, SCORES, [Decimal(one) for one in missing])
    assert left == found
    assert said in if_left_words(left, plain)
    assert bool(if_left_words(left, plain)) is (found is not None)


def test_the_floor_is_cut_down_also_under_nought() -> None:
    """Points taken away may be more than there were: −5 of 90 is −5.55…, never −5.5."""
    left = if_left(Measure(MeasureKind.AVERAGE), [(Decimal(-5), Decimal(80))], [Decimal(10)])
    assert "-5.6" in if_left_words(left, plain)


def test_only_an_average_says_it() -> None:
    assert if_left(Measure(MeasureKind.SCORE), SCORES[:1], [Decimal(10)]) is None
    assert if_left(Measure(MeasureKind.AVERAGE), [], [Decimal(10)]) is None
