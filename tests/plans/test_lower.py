"""Goals where less is better: every sentence and rule is turned round (domain.md §3.2)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from lti_tool.plans.chart import goal_chart
from lti_tool.plans.chart_parts import ChartFacts, Score
from lti_tool.plans.figures import figures_of
from lti_tool.plans.if_left import if_left
from lti_tool.plans.measure import Evidence, Measure, MeasureKind, Method, Params
from lti_tool.plans.reasons import Need, reason_for
from lti_tool.plans.rounding import shown_needed
from lti_tool.plans.status import Status
from lti_tool.plans.suggestions import Facts, Rule, because_words, cards_for, reachable
from lti_tool.plans.terms import Terms
from lti_tool.plans.translate import plain
from lti_tool.plans.words import needed_words
from tests.plans.observed import seen

D = Decimal
FEWER = Measure(MeasureKind.AVERAGE, Method.MEAN, Params(lower=True))
START, DUE = date(2026, 1, 12), date(2026, 3, 23)


def facts(*scores: int, **more) -> Facts:
    """Errors per hundred words, from 40 down to 20."""
    fields = {
        "status": Status.ON_TRACK,
        "target": D(20),
        "due_on": DUE,
        "today": date(2026, 2, 23),
        "value": D(30),
        "baseline": D(40),
        "scores": [(f"Text {n}", D(score)) for n, score in enumerate(scores, 1)],
        "done": D(2),
        "left": D(2),
        "lower": True,
    }
    return Facts(**{**fields, **more})


@pytest.mark.parametrize(
    ("case", "rules"),
    [
        (facts(15, 12), []),  # low scores are what is wanted
        (facts(30, 28, needed=D("11.5")), [Rule.ABOVE_BEST]),
        (facts(30, 28, needed=D(28)), []),
        (facts(30, 28, needed=D(120)), []),  # anything at all will do
        (facts(30, 28, needed=D("-0.1")), [Rule.TOO_MUCH]),
        (facts(30, 28, needed=D(0)), [Rule.ABOVE_BEST]),
    ],
)
def test_which_card_holds(case: Facts, rules: list[Rule]) -> None:
    assert [card.rule for card in cards_for(case)] == rules


def test_what_the_cards_say() -> None:
    (card,) = cards_for(facts(30, 28, needed=D("11.9")))
    assert because_words(card, plain) == (
        "Suggested because what is left may be 11 at most, and the lowest so far is 28."
    )
    (card,) = cards_for(facts(30, 28, needed=D(-3)))
    assert because_words(card, plain) == "Suggested because even 0 on what is left would be too much."
    (card,) = cards_for(facts(30, 28, status=Status.LOOK, residuals=[D(-2)] * 3))
    assert "over the aim line" in because_words(card, plain)


def test_a_nearer_target_lies_above_the_one_of_now() -> None:
    assert reachable(facts(30, 28)) == 30  # half at 30, half at 29: 29.5
    assert reachable(facts(10, 10)) is None


@pytest.mark.parametrize(("needed", "shown"), [("15.2", 15), ("15", 15), ("-0.1", -1)])
def test_what_may_be_at_most_is_cut_down(needed: str, shown: int) -> None:
    """15.2 at most: to stay at 16 would not be enough."""
    assert shown_needed(D(needed), at_most=True) == shown


def test_what_is_said_of_the_work_that_is_left() -> None:
    work = [seen(1, 30, 100, START), seen(2, None, 100, DUE)]
    found = figures_of(Terms(FEWER, D(25), D(40), START, DUE), Evidence(work), START + timedelta(8))
    assert found.needed.average == 20
    assert needed_words(found.needed, D(25), plain) == "To end at 25, stay at 20 or less on what is left."
    far = figures_of(Terms(FEWER, D(10), D(40), START, DUE), Evidence(work), START + timedelta(8))
    assert far.status is Status.CANNOT_REACH
    need = Need(far.status, far.needed.average, at_most=True)
    assert reason_for(need, plain).startswith("Even 0 on what is left would be too much.")


def test_missing_work_is_no_floor_where_less_is_better() -> None:
    assert if_left(FEWER, [(D(30), D(100))], [D(100)]) is None


def test_a_needed_number_under_nought_is_not_drawn() -> None:
    picture = ChartFacts(D(40), D(10), START, DUE, START + timedelta(8), D(30), D(-10), lower=True)
    assert goal_chart(picture).needed is None


@pytest.mark.parametrize(("most", "high"), [(None, 180), (D(100), 100), (D(20), 20)])
def test_a_forecast_ends_where_the_measure_ends(most: Decimal | None, high: int) -> None:
    """Pages read may be 180; of a list of 20 no more than 20 are ticked; a per cent ends at 100."""
    rate = {None: D(20), D(100): D(11), D(20): D("2.2")}[most]
    scores = [Score(START + timedelta(7 * n), rate * n) for n in range(6)]
    due = START + timedelta(7 * 9)
    picture = ChartFacts(D(0), D(15), START, due, START + timedelta(36), D(5), None, scores, most=most)
    ahead = goal_chart(picture).ahead
    assert ahead is not None
    assert int(ahead.high) in (high, high + 1)
