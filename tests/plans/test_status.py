"""The status rule, hard facts, aimline and forecast (domain.md §3.3, §3.4)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from lti_tool.plans.aimline import aim
from lti_tool.plans.figures import figures_of
from lti_tool.plans.forecast import at_day, forecast, slope
from lti_tool.plans.measure import Evidence
from lti_tool.plans.status import Status, by_residuals, words_for
from lti_tool.plans.terms import Terms
from lti_tool.plans.translate import plain
from tests.plans.observed import POINTS, SCORE, seen

START, DUE = date(2026, 1, 12), date(2026, 3, 23)


def standing(work, today, *, measure=POINTS, baseline=Decimal(68), target=Decimal(80)):
    return Terms(measure, target, baseline, START, DUE), Evidence(work), today


def status_of(asked):
    figures = figures_of(*asked)
    return figures.status, figures.because


def weekly(scores, *, first=START, rest=3):
    """Graded work a week apart, and some still to come."""
    work = [seen(n, x, 100, first + timedelta(7 * n)) for n, x in enumerate(scores)]
    return [*work, *(seen(100 + n, None, 100, DUE) for n in range(rest))]


@pytest.mark.parametrize(
    ("residuals", "status"),
    [
        ([], Status.JUST_STARTED),
        ([-30, -30], Status.JUST_STARTED),
        ([-30, -30, -30], Status.EARLY_DAYS),
        ([9, 9, 9, 9, 9], Status.EARLY_DAYS),
        ([-4, -2, 1, -5, -6, -3], Status.OFF_TRACK),
        ([2, -1, 3, -2, 1, 0], Status.ON_TRACK),
        ([-1, -2, 1, -2, -3, -1, -2], Status.LOOK),
        ([5, 6, 7, 5, 6, 8], Status.AHEAD),
        ([-9, -9, -9, 0, 0, 0], Status.ON_TRACK),
        ([3, 3, 2, 3, 3, -1], Status.ON_TRACK),
    ],
)
def test_the_rule(residuals, status):
    assert by_residuals(residuals) is status


def test_golden_aimline():
    assert aim(Decimal(68), Decimal(80), START, DUE, date(2026, 2, 16)) == Decimal(74)
    assert aim(Decimal(68), Decimal(80), START, DUE, START - timedelta(3)) == Decimal(68)
    assert aim(Decimal(68), Decimal(80), START, DUE, DUE + timedelta(3)) == Decimal(80)


def test_golden_forecast():
    points = [(7 * n, Fraction(x)) for n, x in enumerate([66, 71, 69, 74, 72, 77])]
    per_day = slope(points)
    assert per_day is not None
    assert round(float(per_day), 4) == 0.2143
    assert at_day(points, 70) == Fraction("82.75")
    ahead = forecast(points, 70)
    assert ahead is not None
    assert ahead.low < Decimal("82.75") < ahead.high
    assert forecast(points[:5], 70) is None
    assert slope([(1, Fraction(3)), (1, Fraction(4))]) is None


def test_scores_before_the_start_are_no_part_of_the_rule():
    early = weekly([20] * 6, first=START - timedelta(60), rest=30)
    assert status_of(standing(early, START + timedelta(1)))[0] is Status.JUST_STARTED


@pytest.mark.parametrize(
    ("scores", "status"),
    [
        ([70, 71], Status.JUST_STARTED),
        ([80, 85, 84], Status.EARLY_DAYS),
        ([68, 70, 86, 72, 73, 75], Status.ON_TRACK),
        ([80, 82, 85, 84, 86, 88], Status.AHEAD),
        ([60, 60, 60, 58, 57, 60], Status.OFF_TRACK),
    ],
)
def test_an_average_by_its_line(scores, status):
    assert status_of(standing(weekly(scores, rest=9), START + timedelta(7 * len(scores))))[0] is status


def test_needed_above_every_score_is_at_best_a_look():
    work = weekly([69, 70, 71, 72, 73, 74], rest=3)
    found = status_of(standing(work, START + timedelta(42)))
    assert found == (Status.LOOK, "needed above every score")


def test_hard_facts_outrank_the_line():
    today = START + timedelta(42)
    assert status_of(standing(weekly([60] * 6, rest=1), today))[0] is Status.CANNOT_REACH
    missing = [*weekly([80] * 6, rest=9), seen(50, None, 100, START, missing=True)]
    assert status_of(standing(missing, START + timedelta(14)))[0] is not Status.MISSING_WORK
    assert status_of(standing(missing, START + timedelta(15)))[0] is Status.MISSING_WORK
    quiet = weekly([80, 80, 80], rest=9)
    assert status_of(standing(quiet, START + timedelta(14 + 14)))[0] is Status.EARLY_DAYS
    assert status_of(standing(quiet, START + timedelta(14 + 15)))[0] is Status.NO_DATA
    slow = [seen(1, 80, 100, START), seen(2, 80, 100, START + timedelta(20)), seen(3, None)]
    assert status_of(standing(slow, START + timedelta(60)))[0] is Status.JUST_STARTED
    assert status_of(standing(slow, START + timedelta(61)))[0] is Status.NO_DATA


def test_a_grade_given_long_after_the_day_it_was_due_is_new():
    """Work of January that is graded today is news of today, whatever day it stands for."""
    today = START + timedelta(40)
    old = [seen(1, 75, 100, START), seen(9, None, 100, DUE)]
    assert status_of(standing(old, today)) == (Status.NO_DATA, "no new data")
    new = [seen(1, 75, 100, START, graded_on=today - timedelta(1)), old[1]]
    assert status_of(standing(new, today))[0] is Status.JUST_STARTED


def test_one_score():
    soon = START + timedelta(3)
    assert status_of(standing([seen(1, None)], soon, measure=SCORE))[0] is Status.JUST_STARTED
    assert status_of(standing([seen(1, 80)], soon, measure=SCORE))[0] is Status.REACHED
    assert status_of(standing([seen(1, "79.96")], soon, measure=SCORE)) == (
        Status.CANNOT_REACH,
        "nothing left",
    )
    again = [seen(1, 70, 100, regrade_pending=True)]
    assert status_of(standing(again, soon, measure=SCORE))[0] is Status.LOOK
    waiting = [seen(1, None, 100, START + timedelta(30))]
    assert status_of(standing(waiting, START + timedelta(44), measure=SCORE))[0] is Status.JUST_STARTED
    assert status_of(standing(waiting, START + timedelta(45), measure=SCORE))[0] is Status.NO_DATA


def test_what_cannot_be_measured_says_so():
    gone = [seen(1, 90, 100, gone=True)]
    assert status_of(standing(gone, START, measure=SCORE)) == (Status.NO_DATA, "item removed")
    assert status_of(standing([seen(1, None, excused=True)], START))[1] == "excused"


def test_the_end():
    work = weekly([85] * 6, rest=1)
    assert status_of(standing(work, DUE + timedelta(1)))[0] is not Status.REACHED
    assert status_of(standing(work, DUE + timedelta(15)))[0] is Status.REACHED
    assert status_of(standing(weekly([85] * 6, rest=0), START + timedelta(43)))[0] is Status.REACHED
    assert status_of(standing(weekly([70] * 6), DUE + timedelta(15))) == (Status.LOOK, "time is over")


def test_without_a_start_there_is_no_line():
    work = weekly([80] * 6, rest=9)
    assert status_of(standing(work, START + timedelta(36), baseline=None))[0] is Status.JUST_STARTED


def test_students_never_read_the_hard_words():
    hard = {"Off track", "Missing work", "Can't be reached as written"}
    for status in Status:
        assert words_for(status, "student", plain) not in hard
        assert words_for(status.value, "staff", plain)
    assert words_for(Status.OFF_TRACK, "student", plain) == "Let's look"
    assert words_for(Status.OFF_TRACK, "staff", plain) == "Off track"
