"""What holds for every kind of measure and all rows: domain.md §3.1 and §3.5 as properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.plans.figures import figures_of
from lti_tool.plans.gradebook import course_scores
from lti_tool.plans.measure import Entry, Evidence, Measure, MeasureKind, Method, Observation, Params
from lti_tool.plans.rounding import number_text, shown
from lti_tool.plans.status import Status
from lti_tool.plans.terms import Terms
from lti_tool.plans.translate import plain
from lti_tool.plans.words import value_words

START, DUE = date(2026, 1, 1), date(2026, 6, 1)
WORDS = ("Starting", "Growing", "Secure", "Deep")

days = st.dates(START, DUE)
per_cents = st.decimals(min_value=1, max_value=100, places=2)
scores = st.decimals(min_value=0, max_value=120, places=3)

of_work = st.one_of(
    st.just(Measure(MeasureKind.SCORE)),
    st.sampled_from(Method).map(lambda method: Measure(MeasureKind.AVERAGE, method)),
    st.builds(
        lambda **params: Measure(MeasureKind.COUNT, params=Params(**params)),
        on_time=st.booleans(),
        least=st.none() | per_cents,
        every=st.booleans(),
    ),
    per_cents.map(lambda floor: Measure(MeasureKind.MAINTAIN, params=Params(floor=floor))),
    st.just(Measure(MeasureKind.RANK, params=Params(scale=WORDS))),
    st.just(Measure(MeasureKind.COURSE)),
)
rising = of_work.filter(lambda m: m.kind in {MeasureKind.SCORE, MeasureKind.AVERAGE, MeasureKind.COUNT})
by_hand = st.sampled_from(
    [
        Measure(MeasureKind.LIST, params=Params(scale=WORDS)),
        Measure(MeasureKind.TALLY),
        Measure(MeasureKind.TALLY, params=Params(lower=True)),
        Measure(MeasureKind.HABIT, params=Params(amount=Decimal(30), days_a_week=5)),
        Measure(MeasureKind.LEVEL, params=Params(scale=WORDS)),
    ]
)


@st.composite
def works(draw: st.DrawFn, least: int = 1) -> list[Observation]:
    found = []
    for number in range(draw(st.integers(least, 7))):
        score = draw(st.none() | scores)
        kind = draw(st.sampled_from(["points", "points", "scale", "pass_fail"]))
        found.append(
            Observation(
                item_id=number,
                score=score,
                possible=draw(st.none() | st.decimals(min_value=0, max_value=100, places=1)),
                kind=kind,
                state=draw(st.sampled_from(["graded", "submitted", "pending_review"])),
                missing=draw(st.booleans()),
                late=draw(st.booleans()),
                regrade_pending=draw(st.booleans()),
                due_on=draw(st.none() | days),
                submitted_on=draw(st.none() | days),
                text=draw(st.sampled_from(["", *WORDS])),
            )
        )
    return found


@st.composite
def lines(draw: st.DrawFn) -> list[Entry]:
    return [
        Entry(
            number,
            draw(days),
            Decimal(draw(st.integers(0, 40))),
            name=draw(st.sampled_from(WORDS)),
            verified=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 9)))
    ]


@st.composite
def goals(draw: st.DrawFn, measures: st.SearchStrategy[Measure] = of_work) -> Terms:
    measure = draw(measures)
    whole = measure.kind.unit != "percent"
    target = Decimal(draw(st.integers(2, 4))) if whole else draw(per_cents)
    start = draw(st.none() | (st.integers(0, 5).map(Decimal) if whole else per_cents))
    return Terms(measure, target, start, START, DUE)


def seen_on(terms, today, work=(), entries=()):
    course = ()
    if terms.measure.kind is MeasureKind.COURSE:
        course = tuple(course_scores((), (), work))
    return figures_of(terms, Evidence(tuple(work), tuple(entries), course), today)


@given(goals(), works(), days)
def test_progress_of_work_stays_between_0_and_100(terms, work, today):
    found = seen_on(terms, today, work)
    assert found.progress is None or 0 <= found.progress <= 100
    if found.value is not None and found.progress is not None:
        assert (found.progress == 100) == terms.measure.is_met(found.value, found.target)


@given(goals(by_hand), lines(), days)
def test_progress_by_hand_stays_between_0_and_100(terms, entries, today):
    found = seen_on(terms, today, entries=entries)
    assert found.progress is None or 0 <= found.progress <= 100


@given(goals(rising), works(), days, st.integers(0, 6), scores)
def test_progress_never_falls_when_a_score_rises(terms, work, today, which, more):
    which %= len(work)
    before = work[which]
    if before.score is None:
        return
    after = [*work]
    after[which] = replace(before, score=before.score + more)
    was, now = seen_on(terms, today, work), seen_on(terms, today, after)
    assert (now.progress if now.progress is not None else -1) >= (was.progress or -1)


@given(goals(), works(), days, st.integers(0, 6), scores, st.booleans(), st.sampled_from(WORDS))
def test_what_a_hidden_row_holds_moves_nothing(terms, work, today, which, score, flag, word):
    which %= len(work)
    hidden = [*work]
    hidden[which] = replace(work[which], visible=False)
    other = [*hidden]
    other[which] = replace(hidden[which], score=score, missing=flag, excused=flag, late=flag, text=word)
    assert seen_on(terms, today, hidden) == seen_on(terms, today, other)


@given(goals(), works(), days, st.randoms())
def test_the_order_rows_come_in_is_nothing(terms, work, today, chance):
    mixed = [*work]
    chance.shuffle(mixed)
    assert seen_on(terms, today, work) == seen_on(terms, today, mixed)


@given(goals(by_hand), lines(), days, st.randoms())
def test_the_order_lines_come_in_is_nothing(terms, entries, today, chance):
    mixed = [*entries]
    chance.shuffle(mixed)
    assert seen_on(terms, today, entries=entries) == seen_on(terms, today, entries=mixed)


@given(goals(), works(least=2), days, st.sampled_from(["excused", "gone", "left_out"]))
def test_work_that_is_taken_out_removes_itself_exactly(terms, work, today, how):
    out = seen_on(terms, today, [replace(work[0], **{how: True}), *work[1:]])
    without = seen_on(terms, today, work[1:])
    assert replace(out, because="") == replace(without, because="")


@given(goals(), works(), days)
def test_reached_is_said_only_of_what_is_reached(terms, work, today):
    found = seen_on(terms, today, work)
    if found.status is Status.REACHED:
        assert found.value is not None
        assert terms.measure.is_met(found.value, found.target)


@given(goals(by_hand), lines(), days)
def test_a_line_of_a_later_day_says_nothing_yet(terms, entries, today):
    later = Entry(99, today + timedelta(1), Decimal(40), name=WORDS[0], verified=True)
    assert seen_on(terms, today, entries=[*entries, later]) == seen_on(terms, today, entries=entries)


@given(st.decimals(min_value=0, max_value=150, places=6), per_cents, st.booleans())
def test_no_number_is_shown_as_reaching_what_it_does_not(value, target, lower):
    measure = Measure(MeasureKind.AVERAGE, params=Params(lower=lower))
    if measure.is_met(value, target):
        return
    read = Decimal(value_words(measure, value, target, plain))
    assert not measure.is_met(read, target)
    if not lower:
        assert shown(value) < target
        assert Decimal(number_text(value)) < target


def test_89_96_is_not_90():
    measure = Measure(MeasureKind.SCORE)
    terms = Terms(measure, Decimal(90), Decimal(70), START, DUE)
    found = seen_on(terms, START, [Observation(1, Decimal("89.96"), Decimal(100))])
    assert (found.touched, found.progress) == (False, 0)
    assert value_words(measure, found.value, Decimal(90), plain) == "89.9"
