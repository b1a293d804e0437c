"""The sentences people read (domain.md A14, §3.4 "Words by reader")."""

from __future__ import annotations

from decimal import Decimal

from lti_tool.plans.forecast import Forecast
from lti_tool.plans.measure import Reason
from lti_tool.plans.progress import needed
from lti_tool.plans.translate import plain
from lti_tool.plans.why import Behind, why_words
from lti_tool.plans.words import (
    forecast_words,
    journey_words,
    needed_words,
    reach_words,
    reason_words,
)
from tests.plans.observed import MEAN, POINTS, SCORE, seen


def test_when_a_goal_is_reached():
    assert reach_words(SCORE, ["Unit 4 test"], Decimal(90), "27 February", plain) == (
        "You reach this goal when your score on “Unit 4 test” is 90 or more, by 27 February."
    )
    assert reach_words(POINTS, ["a", "b", "c"], Decimal(80), "23 March", plain) == (
        "You reach this goal when the average of the 3 chosen pieces of work is 80 or more by 23 March. "
        "Bigger work counts more."
    )
    assert reach_words(MEAN, ["a"], Decimal(80), "23 March", plain, reader="staff") == (
        "The goal is reached when the average of “a” is 80 or more by 23 March. "
        "Each piece of work counts the same."
    )
    per_cent = reach_words(SCORE, ["50 % test"], Decimal(90), "27 February", plain)
    assert "“50 % test”" in per_cent


def test_from_where_to_where():
    assert journey_words(Decimal(68), Decimal("77.428"), plain) == ("You started at 68 and you are at 77.4.")
    assert journey_words(Decimal(68), None, plain) == "You start at 68."
    assert journey_words(None, Decimal("89.96"), plain) == "You are at 89.9."
    assert journey_words(None, None, plain) == "Not yet. No grade counts so far."
    assert journey_words(Decimal(68), Decimal(0), plain, reader="staff") == "Started at 68, now at 0."


def test_why_this_number():
    value = Decimal(271) / Decimal(350) * 100
    assert why_words(POINTS, Behind(9, Decimal(271), Decimal(350)), value, Decimal(80), plain) == (
        "Your points on the work that counts: 271 of 350. That is 77.4. "
        "It is our own average of the work chosen here."
    )
    assert why_words(SCORE, Behind(1, Decimal(18), Decimal(20)), Decimal(90), Decimal(90), plain) == (
        "Your points: 18 of 20. That is 90."
    )
    assert why_words(MEAN, Behind(4), Decimal("56.5"), Decimal(80), plain, reader="staff") == (
        "The average of 4 scores, each out of 100: 56.5. It is our own average of the work chosen here."
    )
    assert why_words(POINTS, Behind(), None, Decimal(80), plain) == "No grade counts so far."


def test_what_is_needed():
    wanted = needed(POINTS, [seen(1, 271, 350), seen(2, None, 320)], Decimal(80))
    assert needed_words(wanted, Decimal(80), plain) == (
        "Left to be graded: 1, worth 320 points. To end at 80, 265 of them are needed. Aim for 83 out of 100."
    )
    over = needed(POINTS, [seen(1, 10), seen(2, None)], Decimal(80))
    assert needed_words(over, Decimal(80), plain).startswith("To end at 80, about 150")
    assert needed_words(needed(POINTS, [seen(1, 1)], Decimal(80)), Decimal(80), plain) == (
        "Nothing is left to be graded."
    )
    each = forecast_words(Forecast(Decimal("78.9"), Decimal("84.1")), plain, each=True)
    assert each == "If things go on like this, about 78 to 84 on new work by then."
    assert forecast_words(Forecast(Decimal("78.9"), Decimal("84.1")), plain) == (
        "If things go on like this, about 78 to 84."
    )


def test_a_hidden_grade_reads_to_students_exactly_like_none():
    assert reason_words(Reason.NOT_POSTED, "student", plain) == "Not yet. No grade to show."
    assert reason_words(Reason.NOT_GRADED, "student", plain) == "Not yet. No grade to show."
    assert reason_words(Reason.NOT_POSTED, "staff", plain) != reason_words(Reason.NOT_GRADED, "staff", plain)
    for reason in Reason:
        assert reason_words(reason.value, "student", plain).endswith(".")
