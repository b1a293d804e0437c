"""The status rule is as quiet and as quick as the specification says (domain.md §3.4)."""

from __future__ import annotations

import pytest

from tests.benchmarks.flags import (
    OTHER_RULES,
    PUBLISHED,
    PUBLISHED_OTHERS,
    SPREADS,
    STUDENTS,
    allowed,
    other_rate,
    rates,
)

SAMPLE = 600
WHOLE = 10_000


def compare(students, kind, spread):
    found = rates(kind, spread, students)
    for (name, figure), spans in PUBLISHED.items():
        if name == kind:
            low, high = allowed(spans[SPREADS.index(spread)], students)
            assert low <= getattr(found, figure) <= high, (kind, figure, spread)


@pytest.mark.parametrize("kind", STUDENTS)
@pytest.mark.parametrize("spread", SPREADS)
def test_flags_are_as_often_wrong_as_was_said(kind, spread):
    compare(SAMPLE, kind, spread)


@pytest.mark.long
@pytest.mark.parametrize("kind", STUDENTS)
@pytest.mark.parametrize("spread", SPREADS)
def test_flags_are_as_often_wrong_as_was_said_in_a_large_sample(kind, spread):
    compare(WHOLE, kind, spread)


@pytest.mark.long
@pytest.mark.parametrize(("rule", "kind"), PUBLISHED_OTHERS)
def test_the_rules_it_was_chosen_over(rule, kind):
    assert rule in OTHER_RULES
    for spread, span in zip(SPREADS, PUBLISHED_OTHERS[rule, kind], strict=True):
        low, high = allowed(span, WHOLE)
        assert low <= other_rate(rule, kind, spread, WHOLE) <= high


def test_a_student_on_the_line_is_flagged_less_often_than_by_the_four_point_rule():
    assert rates("on the line", 10, SAMPLE).ever_off < other_rate("four below", "on the line", 10, SAMPLE)
