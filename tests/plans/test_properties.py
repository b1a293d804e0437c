"""What holds for all grades: progress stays in its bounds, hidden rows move nothing, order is nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.plans.figures import figures_of
from lti_tool.plans.measure import Evidence, Observation, eligible, exact_value, value_of
from lti_tool.plans.progress import needed, progress
from lti_tool.plans.rounding import number_text, shown, shown_needed
from lti_tool.plans.status import Status
from lti_tool.plans.terms import Terms
from tests.plans.observed import MEAN, POINTS, SCORE

scores = st.decimals(min_value=0, max_value=120, places=3)
possibles = st.decimals(min_value="0.5", max_value=100, places=2)
days = st.dates(date(2026, 1, 1), date(2026, 6, 1))
measures = st.sampled_from([POINTS, MEAN, SCORE])
per_cents = st.decimals(min_value=1, max_value=100, places=2)


@st.composite
def works(draw: st.DrawFn, least: int = 1) -> list[Observation]:
    count = draw(st.integers(least, 8))
    return [
        Observation(
            item_id=number,
            score=draw(st.none() | scores),
            possible=draw(possibles),
            due_on=draw(st.none() | days),
            missing=draw(st.booleans()),
        )
        for number in range(count)
    ]


def standing(measure, work, baseline, target):
    terms = Terms(measure, target, baseline, date(2026, 1, 1), date(2026, 6, 1))
    return figures_of(terms, Evidence(work), date(2026, 4, 1))


@given(measures, works(), st.none() | per_cents, per_cents)
def test_progress_is_within_0_and_100_and_100_only_at_the_target(measure, work, baseline, target):
    exact = exact_value(measure, eligible(work))
    found = progress(measure, value_of(measure, work), baseline, target)
    if found is not None:
        assert 0 <= found <= 100
    assert (found == 100) == (exact is not None and exact >= Fraction(target))


@given(measures, works(), per_cents, per_cents, st.integers(0, 7), scores)
def test_progress_never_falls_when_a_score_rises(measure, work, baseline, target, which, more):
    which %= len(work)
    if work[which].score is None:
        return
    better = [*work]
    better[which] = replace(work[which], score=work[which].score + more)
    before = progress(measure, value_of(measure, work), baseline, target)
    after = progress(measure, value_of(measure, better), baseline, target)
    assert (after if after is not None else -1) >= (before if before is not None else -1)


@given(measures, works(), per_cents, per_cents, st.integers(0, 7), scores, st.booleans())
def test_what_a_hidden_row_says_moves_nothing(measure, work, baseline, target, which, score, flag):
    which %= len(work)
    hidden = [*work]
    hidden[which] = replace(work[which], visible=False)
    other = [*hidden]
    other[which] = replace(hidden[which], score=score, missing=flag, excused=flag, state="graded")
    assert value_of(measure, hidden) == value_of(measure, other)
    assert needed(measure, hidden, target) == needed(measure, other, target)
    one, two = standing(measure, hidden, baseline, target), standing(measure, other, baseline, target)
    assert one == two


@given(measures, works(), per_cents, per_cents, st.randoms())
def test_the_order_of_arrival_does_not_matter(measure, work, baseline, target, random):
    mixed = [*work]
    random.shuffle(mixed)
    assert value_of(measure, work) == value_of(measure, mixed)
    assert standing(measure, work, baseline, target) == standing(measure, mixed, baseline, target)


@given(measures, works(least=2), per_cents)
def test_excused_work_removes_itself_exactly(measure, work, target):
    without = work[1:]
    excused = [replace(work[0], excused=True), *without]
    assert value_of(measure, excused) == value_of(measure, without)
    assert needed(measure, excused, target) == needed(measure, without, target)


@given(works(), per_cents)
@settings(max_examples=200)
def test_reaching_what_is_needed_is_enough(work, target):
    wanted = needed(POINTS, work, target)
    if wanted.average is None:
        return
    all_in = [
        replace(w, score=w.possible * shown_needed(wanted.average) / 100) if w.score is None else w
        for w in work
    ]
    value = value_of(POINTS, all_in)
    assert value is not None
    assert value >= target


@given(st.decimals(min_value=0, max_value=150, places=6), per_cents)
def test_what_is_shown_never_claims_a_target_that_is_not_reached(value, target):
    if value < target:
        assert shown(value) <= value < target
        assert Decimal(number_text(value)) < target


@given(works(), per_cents, per_cents)
def test_reached_is_said_only_of_what_is_reached(work, baseline, target):
    now = standing(POINTS, work, baseline, target)
    exact = exact_value(POINTS, eligible(work))
    if now.status is Status.REACHED:
        assert exact is not None
        assert exact >= Fraction(target)


def test_a_hair_under_is_under():
    work = [Observation(1, Decimal("79.99999999999999999999999999999999"), Decimal(100))]
    value = value_of(SCORE, work)
    assert value is not None
    assert value < 80
    assert progress(SCORE, value, None, Decimal(80)) == 0
    third = [Observation(1, Decimal(1), Decimal(3)), Observation(2, Decimal(2), Decimal(3))]
    assert value_of(MEAN, third) == 50
