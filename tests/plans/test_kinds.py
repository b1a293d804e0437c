"""Every kind of measure: value, progress, what is needed, status and sentence (domain.md §3.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from lti_tool.plans.baseline import start_of, would_be
from lti_tool.plans.figures import figures_of
from lti_tool.plans.measure import CourseScore, Entry, Evidence, Measure, MeasureKind, Method, Params
from lti_tool.plans.status import Status
from lti_tool.plans.terms import Terms
from lti_tool.plans.translate import plain
from lti_tool.plans.why import Behind, Sum, why_words
from lti_tool.plans.words import needed_words, reach_words, value_words
from tests.plans.observed import seen

START, DUE = date(2026, 1, 12), date(2026, 3, 23)
LEVELS = ("Starting", "Growing", "Secure", "Deep")
D = Decimal


def measure(kind, **params):
    return Measure(MeasureKind(kind), params=Params(**params))


def terms(what, target, baseline=None, **more):
    return Terms(what, D(target), None if baseline is None else D(baseline), START, DUE, **more)


def on(days):
    return START + timedelta(days)


def figures(goal, day=40, **evidence):
    return figures_of(goal, Evidence(**evidence), on(day))


def entry(number, day, value, **more):
    return Entry(number, on(day), D(value), **more)


def handed_in(item_id, due, *, late=0, score=None, **more):
    return seen(item_id, score, 100, on(due), submitted_on=on(due + late), late=late > 0, **more)


COUNTED = [
    handed_in(1, 7),
    handed_in(2, 14, late=2),
    handed_in(3, 21, score=60),
    handed_in(4, 28, score=90),
    seen(5, None, 100, on(35), missing=True),
    seen(6, None, 100, on(60)),
]


@pytest.mark.parametrize(
    ("params", "value"),
    [
        ({}, 4),
        ({"on_time": True}, 3),
        ({"least": D(70)}, 1),
        ({"on_time": True, "least": D(50)}, 2),
    ],
)
def test_what_a_count_counts(params, value):
    assert figures(terms(measure("count", **params), 5), work=COUNTED).value == value


def test_a_count_goes_by_what_is_due():
    found = figures(terms(measure("count"), 6), work=COUNTED)
    assert (found.value, found.aim, found.needed.more, found.needed.items) == (4, 5, 2, 2)
    assert found.progress is not None
    assert round(found.progress, 1) == D("66.7")
    assert [point.height for point in found.points] == [1, 2, 3, 4, 4]
    assert found.status is Status.EARLY_DAYS
    lost = figures(terms(measure("count", on_time=True), 5), work=COUNTED)
    assert (lost.needed.more, lost.needed.items, lost.status) == (2, 1, Status.CANNOT_REACH)
    enough = figures(terms(measure("count"), 4), work=COUNTED)
    assert (enough.status, enough.progress) == (Status.REACHED, 100)


def test_all_of_them_shrinks_with_excused_work_and_some_of_them_does_not():
    excused = [*COUNTED[:4], replace(COUNTED[4], excused=True), replace(COUNTED[5], gone=True)]
    every = figures(terms(measure("count", every=True), 6), work=excused)
    assert (every.target, every.status) == (4, Status.REACHED)
    some = figures(terms(measure("count"), 6), work=excused)
    assert (some.target, some.status) == (6, Status.CANNOT_REACH)
    none = figures(terms(measure("count", every=True), 1), work=[replace(COUNTED[0], excused=True)])
    assert (none.value, none.touched, none.status) == (None, False, Status.NO_DATA)


def test_a_list_is_ticked_in_any_order_and_unticked():
    tables = measure("list", scale=tuple(str(n) for n in range(1, 11)))
    ticks = [entry(n, n, 1, name=str(n)) for n in range(1, 8)]
    found = figures(terms(tables, 10), day=20, entries=[*ticks, entry(8, 9, 0, name="3")])
    assert (found.value, found.progress, found.needed.more) == (6, 60, 4)
    assert found.points[-1].height == 6
    assert figures(terms(tables, 10), entries=[entry(1, 1, 1, name="11")]).value == 0
    everything = [entry(n, n, 1, name=str(n)) for n in range(1, 11)]
    assert figures(terms(tables, 10), entries=everything).status is Status.REACHED


def test_a_tally_is_its_last_line():
    roots = measure("tally", unit="Latin roots")
    lines = [entry(1, 3, 4), entry(3, 17, 12), entry(2, 10, 9)]
    found = figures(terms(roots, 20, 0), day=20, entries=lines)
    assert (found.value, found.progress, found.status) == (12, 60, Status.EARLY_DAYS)
    assert figures(terms(roots, 20, 0), day=20).value is None
    fewer = measure("tally", lower=True)
    down = figures(terms(fewer, 2, 10), day=20, entries=[entry(1, 3, 8), entry(2, 9, 6), entry(3, 17, 4)])
    assert (down.value, down.progress) == (4, 75)
    there = figures(terms(fewer, 2, 10), day=12, entries=[entry(1, 3, 2)])
    assert (there.progress, there.touched, there.status) == (100, True, Status.JUST_STARTED)


def test_a_students_own_line_waits_for_its_tick_where_that_is_asked():
    roots = measure("tally", needs_tick=True)
    lines = [entry(1, 3, 4, verified=True), entry(2, 10, 20)]
    waits = figures(terms(roots, 20, 0), day=12, entries=lines)
    assert (waits.value, waits.reported, waits.touched) == (4, 20, False)
    ticked = figures(terms(roots, 20, 0), day=12, entries=[lines[0], replace(lines[1], verified=True)])
    assert (ticked.value, ticked.reported, ticked.status) == (20, None, Status.REACHED)
    by_staff = figures(terms(roots, 20, 0), day=12, entries=[replace(lines[1], by="staff")])
    assert by_staff.value == 20
    free = figures(terms(measure("tally"), 20, 0), day=12, entries=lines)
    assert (free.value, free.reported) == (20, None)


def test_a_habit_is_days_met_of_days_expected():
    reading = measure("habit", amount=D(30), unit="minutes", days_a_week=5)
    days = [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]
    lines = [entry(n, day, 30) for n, day in enumerate(days)] + [entry(50, 3, 20), entry(51, 3, 5)]
    found = figures(terms(reading, 80), day=14, entries=lines)
    assert (found.value, found.progress) == (100, 100)  # five of six days met count in the first week
    assert [point.height for point in found.points] == [100, 100]
    together = [entry(1, 0, 20), entry(2, 0, 10)]
    assert figures(terms(reading, 80), day=7, entries=together).value == 20
    holiday = terms(reading, 80, breaks=[(on(7), on(13))])
    assert figures(holiday, day=14, entries=lines[:6]).value == 100
    nothing = figures(terms(reading, 80), day=30)
    assert (nothing.value, nothing.progress) == (0, 0)
    assert figures(terms(reading, 80), day=60).status is Status.CANNOT_REACH


def test_a_level_is_a_place_and_never_a_per_cent():
    skill = measure("level", scale=LEVELS)
    found = figures(terms(skill, 4, 1), day=12, entries=[entry(1, 5, 2, by="staff")])
    assert found.value == 2
    assert found.progress is not None
    assert round(found.progress, 1) == D("33.3")
    assert value_words(skill, found.value, D(4), plain) == "“Growing” (2 of 4)"
    assert figures(terms(skill, 3), day=12, entries=[entry(1, 5, 2)]).progress is None


@pytest.mark.parametrize(
    ("kind", "grade", "rank"),
    [
        ("scale", {"score": 3, "text": "Secure"}, 3),
        ("scale", {"score": 3, "text": ""}, 3),
        ("scale", {"score": 9, "text": ""}, None),
        ("scale", {"score": None, "text": "growing "}, 2),
        ("letter_grade", {"score": 84, "text": "Secure"}, 3),
        ("points", {"score": 84, "text": "84"}, None),
    ],
)
def test_a_word_has_its_place(kind, grade, rank):
    goal = terms(measure("rank", scale=LEVELS), 3, 1)
    work = [seen(1, grade["score"], 100, on(5), kind=kind, text=grade["text"])]
    assert figures(goal, work=work).value == rank


@pytest.mark.parametrize(
    ("text", "score", "status"),
    [("complete", 1, Status.REACHED), ("incomplete", 0, Status.CANNOT_REACH), ("", 5, Status.REACHED)],
)
def test_pass_or_not(text, score, status):
    goal = terms(measure("rank", scale=("incomplete", "complete")), 2)
    found = figures(goal, work=[seen(1, score, 5, on(5), kind="pass_fail", text=text)])
    assert found.status is status
    assert found.progress == (100 if status is Status.REACHED else 0)


def test_a_place_on_the_way():
    goal = terms(measure("rank", scale=LEVELS), 4, 2)
    word = seen(1, 3, 4, on(5), kind="scale", text="Secure")
    assert figures(goal, work=[word]).progress == 50
    waits = figures(goal, day=5, work=[seen(1, None, None, on(30), kind="scale")])
    assert (waits.value, waits.needed.items, waits.status) == (None, 1, Status.JUST_STARTED)


def checks(*scores, rest=2):
    done = [seen(n, score, 100, on(5 * n)) for n, score in enumerate(scores, start=1)]
    return [*done, *(seen(50 + n, None, 100, DUE) for n in range(rest))]


def test_to_stay_at_a_mark():
    stay = measure("maintain", floor=D(85))
    held = figures(terms(stay, 100), day=20, work=checks(90, 85, 88))
    assert (held.value, held.progress, held.status, held.needed.more) == (100, 100, Status.EARLY_DAYS, 2)
    once = figures(terms(stay, 100), day=20, work=checks(90, 84, 88))
    assert once.status is Status.CANNOT_REACH
    assert once.value is not None
    assert round(once.value) == 67
    most = figures(terms(stay, 60), day=20, work=checks(90, 84, 88))
    assert most.status is Status.EARLY_DAYS
    assert figures(terms(stay, 100), day=20, work=checks(90, 85, 88, rest=0)).status is Status.REACHED


def test_a_course_grade_is_the_lmss_own():
    goal = terms(measure("course", letter="B"), 84, 64)
    scores = [CourseScore(on(3), D(64)), CourseScore(on(20), D(74)), CourseScore(on(10), D(70))]
    found = figures(goal, day=21, course=scores)
    assert (found.value, found.progress, found.needed.nothing_left) == (74, 50, False)
    assert figures(goal, day=21).value is None
    work = [seen(1, 30, 50, on(3)), seen(2, None, 50, DUE)]
    needs = figures(goal, day=21, course=scores, work=work)
    assert needs.needed.average == 108
    assert needs.status is Status.CANNOT_REACH


def test_less_is_better_turns_the_signs():
    golf = Measure(MeasureKind.AVERAGE, Method.MEAN, Params(lower=True))
    goal = terms(golf, 70, 80)
    work = [*(seen(n, 75, 100, on(7 * n)) for n in range(5)), seen(9, None, 100, DUE)]
    found = figures(goal, day=35, work=work)
    assert (found.value, found.progress) == (75, 50)
    assert (found.needed.average, found.needed.at_most) == (45, True)
    assert figures(goal, work=[seen(1, 70, 100, on(3))]).status is Status.REACHED
    assert figures(goal, work=[seen(1, "70.01", 100, on(3))]).progress == D("99.9")
    assert value_words(golf, D("70.01"), D(70), plain) == "70.1"


def test_milestones_bend_the_line():
    average = measure("average")
    bent = terms(average, 80, 68, milestones=[(on(35), D(70))])
    assert figures(bent, day=35).aim == 70
    assert figures(terms(average, 80, 68), day=35).aim == 74
    assert figures(bent, day=70).aim == 80


def test_a_change_of_plan_starts_the_counting_anew():
    work = [*(seen(n, 50, 100, on(5 * n)) for n in range(6)), seen(99, None, 900, DUE)]
    goal = terms(measure("average"), 80, 68)
    assert figures(goal, day=26, work=work).status is Status.OFF_TRACK
    assert figures(replace(goal, phase_on=on(20)), day=26, work=work).status is Status.JUST_STARTED


def test_starts():
    work = [seen(n, x, 100, on(-10 + n)) for n, x in enumerate((40, 60, 70, 68))]
    average = start_of(measure("average"), Evidence(work), START)
    assert (average.value, average.how, average.provisional) == (68, "median", False)
    assert would_be(average.items, [replace(work[3], score=D(71)), *work[:3]]) == 70
    assert start_of(measure("average"), Evidence(work[:2]), START).provisional
    assert start_of(measure("count"), Evidence(), START).value == 0
    assert start_of(measure("tally"), Evidence(), START).value == 0
    assert start_of(measure("tally", lower=True), Evidence(), START).value is None
    course = start_of(measure("course"), Evidence(course=[CourseScore(START, D(64), "ours")]), START)
    assert (course.value, course.how, course.provisional) == (64, "ours", False)
    word = seen(1, 2, 4, on(-3), kind="scale", text="Growing")
    assert start_of(measure("rank", scale=LEVELS), Evidence([word]), START).value == 2
    assert start_of(measure("maintain", floor=D(80)), Evidence(work), START).value is None


SENTENCES = [
    ("score", {}, 90, "your score on “Essay” is 90 or more, by 23 March."),
    ("score", {"lower": True}, 40, "your score on “Essay” is 40 or less, by 23 March."),
    (
        "average",
        {},
        80,
        "the average of the 2 chosen pieces of work is 80 or more by 23 March. Bigger work counts more.",
    ),
    ("course", {"letter": "B"}, 84, "the course grade is B or better (84 or more) by 23 March."),
    ("course", {}, 84, "the course grade is 84 or more by 23 March."),
    ("count", {}, 1, "you have handed in 1 of the 2 chosen pieces of work by 23 March."),
    (
        "count",
        {"every": True, "on_time": True, "least": D(70)},
        2,
        "you have handed in all 2 chosen pieces of work by 23 March. Each has to be on time. "
        "Each needs a score of 70 or more.",
    ),
    ("list", {"scale": ("1", "2", "3")}, 3, "all 3 lines of the list are ticked by 23 March."),
    ("list", {"scale": ("1", "2", "3")}, 2, "2 of the 3 lines of the list are ticked by 23 March."),
    (
        "tally",
        {"unit": "Latin roots", "needs_tick": True},
        20,
        "the number written down is 20 Latin roots or more by 23 March. "
        "It counts once a teacher has ticked it.",
    ),
    ("tally", {"lower": True}, 2, "the number written down is 2 or less by 23 March."),
    (
        "habit",
        {"amount": D(30), "unit": "minutes", "days_a_week": 5},
        80,
        "it is done on 80 of every 100 days asked for, until 23 March. "
        "Asked for: 30 minutes on 5 days a week.",
    ),
    (
        "habit",
        {},
        100,
        "it is done on every day asked for, until 23 March. Asked for: 7 days a week.",
    ),
    ("level", {"scale": LEVELS}, 3, "the level is “Secure” or higher by 23 March."),
    ("rank", {"scale": LEVELS}, 3, "the grade of “Essay” is “Secure” or better by 23 March."),
    ("maintain", {"floor": D(85)}, 100, "every score on the chosen work is 85 or more, until 23 March."),
    (
        "maintain",
        {"floor": D(85)},
        90,
        "90 of every 100 scores on the chosen work are 85 or more, until 23 March.",
    ),
]


@pytest.mark.parametrize(("kind", "params", "target", "sentence"), SENTENCES)
def test_when_each_kind_is_reached(kind, params, target, sentence):
    what = measure(kind, **params)
    said = reach_words(what, ["Essay", "Report"], D(target), "23 March", plain)
    assert said == f"You reach this goal when {sentence}"
    staff = reach_words(what, ["Essay", "Report"], D(target), "23 March", plain, reader="staff")
    assert staff.startswith("The goal is reached when ")
    assert "you" not in staff.split()


def test_every_kind_has_its_sentence_in_the_table():
    assert {kind for kind, *_rest in SENTENCES} == set(MeasureKind)


@pytest.mark.parametrize(("kind", "params", "target", "sentence"), SENTENCES)
def test_params_are_kept_as_they_are(kind, params, target, sentence):
    assert Params.of(Params(**params).as_json()) == Params(**params)


def test_what_is_needed_in_words():
    count = figures(terms(measure("count"), 6), work=COUNTED).needed
    assert needed_words(count, D(6), plain) == "Still needed: 2. Still to come: 2."
    lost = figures(terms(measure("count", on_time=True), 5), work=COUNTED).needed
    assert needed_words(lost, D(5), plain).startswith("Still needed: 2. Only 1 can still come.")
    open_ended = figures(terms(measure("tally"), 20, 0)).needed
    assert needed_words(open_ended, D(20), plain) == ""


@pytest.mark.parametrize(
    ("kind", "params", "value", "words"),
    [
        ("course", {}, "84.26", "It is the course grade as the school shows it: 84.2."),
        ("count", {}, 3, "3 of your 3 pieces of work count. The goal is 2."),
        ("tally", {"unit": "roots"}, 12, "As written down: 12 of 2 roots."),
        ("level", {"scale": LEVELS}, 2, "It stands at “Growing”, number 2 of 4 from the lowest."),
        ("rank", {"scale": LEVELS}, 2, "The goal is “Growing”, number 2."),
        (
            "maintain",
            {"floor": D(85)},
            "66.6",
            "2 of 3 scores are at 85 or more. That is 66.6 out of every 100.",
        ),
        ("maintain", {"floor": D(5), "lower": True}, 100, "3 of 3 scores are at 5 or less."),
        ("habit", {}, 75, "Out of every 100 days asked for, it was done on 75. The goal is 2."),
    ],
)
def test_why_for_each_kind(kind, params, value, words):
    assert words in why_words(measure(kind, **params), Behind(counted=3), D(value), D(2), plain)


def test_why_a_count_is_what_it_is():
    left_out = {"handed in late": 1, "excused": 2, "not handed in": 1, "under the mark": 1}
    many = Behind(counted=3, left_out=left_out)
    said = why_words(measure("count", least=D(70)), many, D(3), D(5), plain, reader="staff")
    assert said == (
        "3 of 6 pieces of work count. The goal is 5. Not in yet: 1. Came in late: 1. Under 70: 1. "
        "Out of the goal: 2."
    )


def test_our_own_sum_says_so():
    ours = Behind(counted=3, source="ours", letter="B")
    said = why_words(measure("course"), ours, D(80), D(90), plain)
    assert said == "It is our own sum of the grades that can be shown: B (80)."
    groups = (Sum("Homework", D(80), D(100), D(40)), Sum("Tests", D(45), D(60), D(60)))
    said = why_words(measure("course"), replace(ours, sums=groups), D(77), D(90), plain)
    assert "“Homework”: 80 of 100 points, which weighs 40. “Tests”: 45 of 60 points" in said
