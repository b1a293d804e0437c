"""Suggestion cards: which rule holds when, what each offers, and what it says (domain.md B3, B13)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from lti_tool.plans.status import Status
from lti_tool.plans.suggestions import (
    WAYS,
    Facts,
    Rule,
    Way,
    because_words,
    cards_for,
    line_words,
    reachable,
    way_words,
)
from lti_tool.plans.translate import plain

TODAY = date(2026, 2, 23)


def facts(*scores: int, **more) -> Facts:
    fields = {
        "status": Status.ON_TRACK,
        "target": Decimal(80),
        "due_on": date(2026, 3, 23),
        "today": TODAY,
        "value": Decimal(70),
        "baseline": Decimal(60),
        "scores": [(f"Quiz {n}", Decimal(score)) for n, score in enumerate(scores, 1)],
        "done": Decimal(100),
        "left": Decimal(100),
    }
    return Facts(**{**fields, **more})


@pytest.mark.parametrize(
    ("case", "rules"),
    [
        (facts(82, 84), []),
        (facts(69, 68), [Rule.LOW_SCORES]),
        (facts(69, 70), []),
        (facts(70, 69), []),
        (facts(69), []),
        (facts(59, 55, target=Decimal(58)), []),  # under the target of 58 only once
        (facts(57, 55, target=Decimal(58)), [Rule.LOW_SCORES]),
        (facts(82, 84, needed=Decimal("84.1")), [Rule.ABOVE_BEST]),
        (facts(82, 84, needed=Decimal(84)), []),
        (facts(82, 84, needed=Decimal(100)), [Rule.ABOVE_BEST]),
        (facts(82, 84, needed=Decimal("100.0001")), [Rule.TOO_MUCH]),
        (facts(82, 84, missing=["Quiz 3"]), [Rule.MISSING]),
        (facts(82, 84, status=Status.LOOK), []),
        (facts(82, 84, status=Status.LOOK, residuals=[Decimal(-9), Decimal(1)]), [Rule.UNDER_LINE]),
        (facts(82, 84, status=Status.LOOK, residuals=[Decimal(-1), Decimal(9)]), []),
        (facts(82, 84, status=Status.ON_TRACK, residuals=[Decimal(-1)] * 3), []),
        (facts(82, 84, status=Status.OFF_TRACK, residuals=[Decimal(-1)] * 3), [Rule.UNDER_LINE]),
        (facts(status=Status.NO_DATA), [Rule.QUIET]),
        (facts(50, 50, missing=["Quiz 3"], needed=Decimal(120)), [Rule.TOO_MUCH, Rule.MISSING]),
        (facts(50, 50, status=Status.REACHED), []),
        (facts(50, 50, status=Status.WAITING), []),
        (facts(50, 50, due_on=date(2026, 2, 22)), []),
        (facts(3, 4, in_per_cent=False), []),
    ],
)
def test_which_rule_holds(case, rules):
    assert [card.rule for card in cards_for(case)] == rules


def test_an_answered_card_rests():
    case = facts(50, 50, missing=["Quiz 3"])
    assert [card.rule for card in cards_for(case, frozenset({"missing"}))] == [Rule.LOW_SCORES]


def test_every_rule_has_several_ways_and_each_has_words():
    for rule, ways in WAYS.items():
        assert len(ways) >= 2, rule
    (card,) = cards_for(facts(50, 60, missing=[]))
    for way in Way:
        assert way_words(way, card, "20 April", plain)
        assert bool(line_words(way, card, plain)) == (way not in (Way.SMALLER, Way.LATER))


@pytest.mark.parametrize(
    ("case", "target"),
    [
        (facts(70, 74, 76), Decimal(72)),  # half at 70, half at 74
        (facts(70, 90, 95), None),  # the pace reaches 80 already
        (facts(70, 74, 76, left=Decimal(0)), None),
        (facts(40, 44, 46), None),  # under the start
        (facts(), None),
        (facts(70, 74, 76, in_per_cent=False), None),
    ],
)
def test_a_smaller_target_is_one_that_recent_scores_reach(case, target):
    assert reachable(case) == target


def test_no_change_is_offered_that_could_not_be():
    (card,) = cards_for(facts(90, needed=Decimal(101), due_on=date(2027, 2, 20)))
    assert card.ways == (Way.TALK,)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (
            facts(69, 61),
            "Suggested because the last two scores were under 70: Quiz 1 69, Quiz 2 61.",
        ),
        (
            facts(status=Status.LOOK, residuals=[Decimal(9), *[Decimal(-1)] * 4]),
            "Suggested because the last 4 scores are under the aim line.",
        ),
        (
            facts(status=Status.OFF_TRACK, residuals=[Decimal(-9), Decimal(1)]),
            "Suggested because the scores, on the whole, are under the aim line.",
        ),
        (facts(missing=["Quiz 3"]), "Suggested because this has not come in: Quiz 3."),
        (
            facts(82, 84, needed=Decimal("84.1")),
            "Suggested because 85 is needed on what is left, and the best so far is 84.",
        ),
        (
            facts(82, needed=Decimal(120)),
            "Suggested because about 120 out of 100 would be needed on what is left.",
        ),
    ],
)
def test_a_card_says_its_rule_with_the_students_own_numbers(case, words):
    assert because_words(cards_for(case)[0], plain) == words
