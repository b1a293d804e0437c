"""Which observations count and what they give (domain.md §3.1, §3.2, golden vectors of §3.4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from lti_tool.plans.baseline import captured
from lti_tool.plans.measure import Reason, eligible, left, value_of, why_not
from lti_tool.plans.progress import needed, needed_points, needed_weighted, progress
from lti_tool.plans.rounding import number_text, shown, shown_needed
from tests.plans.observed import MEAN, POINTS, SCORE, seen

GOLDEN = [seen(1, 14, 20), seen(2, 33, 50), seen(3, 18, 20), seen(4, None, 30), seen(5, 0, 10)]


def test_golden_averages():
    assert value_of(POINTS, GOLDEN) == Decimal("65")
    assert value_of(MEAN, GOLDEN) == Decimal("56.5")
    ungraded_as_zero = [*GOLDEN[:3], seen(4, 0, 30), GOLDEN[4]]
    assert value_of(POINTS, ungraded_as_zero) == Decimal("50")


def test_golden_progress():
    assert progress(POINTS, Decimal("76.4"), Decimal(68), Decimal(80)) == Decimal("70")


def test_golden_needed():
    needed_80 = needed_points(Decimal(312), Decimal(430), Decimal(170), Decimal(80))
    assert shown(Decimal(needed_80.numerator) / needed_80.denominator, 2) == Decimal("98.82")
    groups = [
        (Decimal(40), Decimal(80), Decimal(100), Decimal(100)),
        (Decimal(60), Decimal(60), Decimal(100), Decimal(100)),
    ]
    assert needed_weighted(groups, Decimal(75)) == Decimal("82.0")


def test_needed_of_the_chosen_items():
    wanted = needed(POINTS, [seen(1, 312, 430), seen(2, None, 170)], Decimal(80))
    assert wanted.average is not None
    assert shown_needed(wanted.average) == 99
    assert wanted.points == 170
    assert shown_needed(wanted.points_needed) == 168
    assert needed(POINTS, [seen(1, 312, 430)], Decimal(80)).average is None
    assert needed(POINTS, [seen(1, 100), seen(2, 100), seen(3, None)], Decimal(50)).average == 0
    assert needed(POINTS, [seen(1, 10), seen(2, None)], Decimal(80)).too_much
    assert needed(MEAN, [seen(1, 5, 10), seen(2, None, 90)], Decimal(60)).average == Decimal(70)
    assert needed(SCORE, [seen(1, None)], Decimal(90)).average == Decimal(90)


@pytest.mark.parametrize(
    ("observation", "reason"),
    [
        (seen(1, 0, 10), None),
        (seen(1, None, 10), Reason.NOT_GRADED),
        (seen(1, None, 10, missing=True), Reason.MISSING),
        (seen(1, 0, 10, missing=True), None),
        (seen(1, 8, 10, late=True), None),
        (seen(1, 8, 10, excused=True), Reason.EXCUSED),
        (seen(1, 8, 10, visible=False), Reason.NOT_POSTED),
        (seen(1, 8, 10, visible=False, excused=True), Reason.NOT_POSTED),
        (seen(1, 8, 10, state="pending_review"), Reason.NOT_GRADED),
        (seen(1, 8, 10, state="submitted", regrade_pending=True), None),
        (seen(1, 8, 0), Reason.NO_POINTS),
        (seen(1, 8, None), Reason.NO_POINTS),
        (seen(1, 2, 4, kind="scale"), Reason.NOT_A_NUMBER),
        (seen(1, 1, 1, kind="pass_fail"), Reason.NOT_A_NUMBER),
        (seen(1, 8, 10, kind="letter_grade"), None),
        (seen(1, 8, 10, gone=True), Reason.REMOVED),
        (seen(1, 12, 10), None),
    ],
)
def test_what_counts(observation, reason):
    assert why_not(observation) is reason


def test_extra_credit_moves_the_value_over_100_and_progress_stays_at_100():
    assert value_of(SCORE, [seen(1, 12, 10)]) == Decimal(120)
    assert progress(POINTS, Decimal(120), Decimal(60), Decimal(80)) == Decimal(100)


def test_one_score_is_nothing_before_it_is_graded_and_all_or_nothing_after():
    assert progress(SCORE, None, None, Decimal(90)) is None
    assert progress(SCORE, Decimal("89.96"), Decimal(70), Decimal(90)) == 0
    assert progress(SCORE, Decimal(90), None, Decimal(90)) == 100


def test_a_start_is_never_guessed():
    assert progress(POINTS, Decimal(79), None, Decimal(80)) is None
    assert progress(POINTS, Decimal(80), None, Decimal(80)) == 100
    assert progress(POINTS, Decimal(60), Decimal(68), Decimal(80)) == 0


def test_baseline_is_the_middle_of_the_last_three():
    scores = [seen(i, x, 100, date(2026, 1, i)) for i, x in ((1, 90), (2, 66), (4, 71), (3, 68))]
    start = captured(reversed(scores))
    assert start.value == Decimal(68)
    assert start.scores == (66, 68, 71)
    assert start.items == (2, 3, 4)
    assert not start.provisional
    assert captured(scores[:2]).value == Decimal(78)
    assert captured(scores[:2]).provisional
    assert captured([seen(1, None), seen(2, 9, 10, visible=False)]).value is None


def test_numbers_are_shown_rounded_down_and_needed_up():
    assert shown(Decimal("89.96")) == Decimal("89.9")
    assert number_text(Decimal(68)) == "68"
    assert number_text(Decimal("77.4285714")) == "77.4"
    assert number_text(Decimal("79.99999")) == "79.9"
    assert shown_needed(Decimal("82.0001")) == 83
    assert shown_needed(Decimal(82)) == 82


def test_excused_and_removed_work_is_in_neither_part():
    work = [seen(1, 8, 10), seen(2, None, 10, excused=True), seen(3, 1, 10, gone=True), seen(4, None, 10)]
    assert [x.item_id for x in eligible(work)] == [1]
    assert [x.item_id for x in left(work)] == [4]
