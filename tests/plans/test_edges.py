"""Every edge rule as a pure rule (domain.md §3.5); over the wire in tests/web/test_edges.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from lti_tool.plans.days import end_of_day, school_days
from lti_tool.plans.figures import figures_of
from lti_tool.plans.gradebook import course_score
from lti_tool.plans.measure import Entry, Evidence, Group, Measure, MeasureKind, Params, Reason
from lti_tool.plans.outcome import Outcome, after_close, later, outcome_of, outcome_words
from lti_tool.plans.status import Status
from lti_tool.plans.taken import reason_in
from lti_tool.plans.terms import Terms
from lti_tool.plans.translate import plain
from lti_tool.plans.zones import day_in
from tests.plans.observed import POINTS, SCORE, seen

START, DUE = date(2026, 1, 12), date(2026, 3, 23)
D = Decimal
COUNT = Measure(MeasureKind.COUNT, params=Params(on_time=True))


def on(days):
    return START + timedelta(days)


def goal(measure=POINTS, target=80, baseline=60, **more):
    return Terms(measure, D(target), D(baseline), START, DUE, **more)


def figures(terms, work, day=30):
    return figures_of(terms, Evidence(work), on(day))


ONE = seen(1, 70, 100, on(7), state="graded")
BASE = [ONE, seen(2, 90, 100, on(14)), seen(3, None, 100, on(60))]


@pytest.mark.parametrize(
    ("changes", "reason", "value"),
    [
        ({}, None, 80),
        ({"excused": True}, Reason.EXCUSED, 90),
        ({"score": None, "missing": True}, Reason.MISSING, 90),
        ({"missing": True, "score": D(0)}, None, 45),  # the LMS's own nought for missing work is a score
        ({"score": D(0)}, None, 45),
        ({"score": None}, Reason.NOT_GRADED, 90),
        ({"late": True}, None, 80),
        ({"state": "submitted", "regrade_pending": True}, None, 80),
        ({"state": "pending_review"}, Reason.NOT_GRADED, 90),
        ({"visible": False}, Reason.NOT_POSTED, 90),
        ({"gone": True}, Reason.REMOVED, 90),
        ({"left_out": True}, Reason.LEFT_OUT, 90),
        ({"score": D(120)}, None, 105),
        ({"possible": D(0)}, Reason.NO_POINTS, 90),
        ({"possible": None}, Reason.NO_POINTS, 90),
        ({"kind": "scale"}, Reason.NOT_A_NUMBER, 90),
    ],
)
def test_what_one_row_does_to_an_average(changes, reason, value):
    work = [replace(ONE, **changes), *BASE[1:]]
    assert reason_in(POINTS, work[0]) is reason
    found = figures(goal(), work)
    assert found.value == value
    assert found.progress is None or found.progress <= 100


def test_extra_credit_is_clamped_in_progress_alone():
    found = figures(goal(), [replace(ONE, score=D(120)), *BASE[1:]])
    assert (found.value, found.progress) == (105, 100)


def test_points_changed_make_a_new_per_cent():
    assert figures(goal(), [replace(ONE, possible=D(200)), BASE[1]]).value is not None
    assert figures(goal(SCORE), [replace(ONE, possible=D(140))]).value == 50


def test_the_floor_of_missing_work_is_not_the_current_average():
    """Missing work without a score is no part of the average, yet it is asked for in what is left."""
    found = figures(goal(), [replace(ONE, score=None, missing=True), *BASE[1:]])
    assert (found.value, found.needed.items) == (90, 2)


def test_hidden_again_is_like_never_graded():
    hidden = [replace(ONE, visible=False), *BASE[1:]]
    bare = [replace(ONE, score=None), *BASE[1:]]
    assert figures(goal(), hidden) == figures(goal(), bare)


def test_a_deleted_item_asks_for_a_new_measure():
    found = figures(goal(SCORE), [replace(ONE, gone=True)])
    assert (found.status, found.because, found.value) == (Status.NO_DATA, "item removed", None)
    assert figures(goal(), [replace(ONE, gone=True), *BASE[1:]], day=20).status is not Status.NO_DATA


def test_an_excused_piece_neither_breaks_nor_extends_a_count():
    done = [seen(n, 80, 100, on(n), submitted_on=on(n)) for n in range(1, 4)]
    excused = replace(done[1], excused=True, submitted_on=None, score=None)
    with_it = figures(goal(COUNT, 2, 0), [done[0], excused, done[2]])
    without = figures(goal(COUNT, 2, 0), [done[0], done[2]])
    assert with_it == without


def test_missing_work_counts_against_a_count_once_it_was_due():
    late = seen(1, None, 100, on(5), missing=True)
    assert figures(goal(COUNT, 1, 0), [late], day=5).points == ()
    assert [point.height for point in figures(goal(COUNT, 1, 0), [late], day=6).points] == [0]


def test_dropped_work_stays_in_a_hand_picked_set_and_leaves_the_course_grade():
    work = [seen(n, x, 100, on(n), group="HW") for n, x in enumerate((20, 80, 90))]
    assert figures(goal(), work).value is not None
    assert round(figures(goal(), work).value or 0, 1) == D("63.3")
    assert course_score([Group("HW", drop_lowest=1)], work) == 85


@pytest.mark.parametrize(
    ("day", "breaks", "missing"),
    [
        (14, (), False),
        (15, (), True),
        (21, ((on(3), on(9)),), False),
        (22, ((on(3), on(9)),), True),
        (22, ((on(3), on(9)), (on(5), on(9))), True),
    ],
)
def test_days_without_school_are_no_grace(day, breaks, missing):
    work = [seen(1, None, 100, START, missing=True), *(seen(n, 80, 100, on(n)) for n in range(2, 20))]
    terms = goal(breaks=breaks, target=79)
    found = figures(terms, [*work, seen(99, None, 100, on(60))], day=day)
    assert (found.status is Status.MISSING_WORK) is missing


def test_days_without_school_are_no_silence():
    work = [*(seen(n, 90, 100, on(0)) for n in range(3)), seen(9, None, 900, on(60))]
    assert figures(goal(target=95), work, day=15).status is Status.NO_DATA
    holiday = goal(target=95, breaks=((on(2), on(8)),))
    assert figures(holiday, work, day=21).status is not Status.NO_DATA
    assert figures(holiday, work, day=22).status is Status.NO_DATA
    assert school_days(on(0), on(10), ((on(2), on(4)), (on(3), on(5)))) == 6


LAST = (DUE - START).days


def outcome(terms, work, day, **evidence):
    return outcome_of(terms, Evidence(work, **evidence), on(day))


def scores(*values, rest=0):
    work = [seen(n, x, 100, on(7 * n)) for n, x in enumerate(values, start=1)]
    return [*work, *(seen(90 + n, None, 100, DUE) for n in range(rest))]


@pytest.mark.parametrize(
    ("work", "day", "result"),
    [
        (scores(85, 85, rest=1), LAST, None),
        (scores(85, 85, rest=1), LAST + 14, None),
        (scores(85, 85, rest=1), LAST + 15, Outcome.REACHED),
        (scores(85, 85), 20, Outcome.REACHED),
        (scores(85, 65), 20, Outcome.NOT_YET),
        (scores(76, 76), 20, Outcome.MOST),
        (scores("75.99", "76"), 20, Outcome.NOT_YET),
        (scores(rest=2), LAST + 15, Outcome.NOT_MEASURED),
        ([replace(ONE, gone=True)], LAST + 15, Outcome.NOT_MEASURED),
        ([*scores(60, 60), seen(50, 200, 100, DUE + timedelta(3))], LAST + 15, Outcome.NOT_YET),
    ],
)
def test_how_an_average_ends(work, day, result):
    assert outcome(goal(), work, day) is result


def test_one_score_and_a_count_end_when_they_touch_the_target():
    assert outcome(goal(SCORE), scores(80), 20) is Outcome.REACHED
    assert outcome(goal(SCORE), scores(79), 20) is Outcome.MOST
    assert outcome(goal(SCORE), scores(rest=1), 20) is None
    done = [seen(n, None, 100, on(n), submitted_on=on(n)) for n in (1, 2)]
    assert outcome(goal(COUNT, 2, 0), [*done, seen(9, None, 100, DUE)], 5) is Outcome.REACHED
    words = Measure(MeasureKind.TALLY)
    said = [Entry(1, on(3), D(20))]
    assert outcome(goal(words, 20, 0), [], 5, entries=said) is Outcome.REACHED
    assert outcome(goal(words, 21, 0), [], LAST + 15, entries=said) is Outcome.MOST


def test_an_average_that_touched_its_target_is_settled_at_the_end():
    found = figures(goal(), scores(85, 85, rest=3))
    assert (found.touched, found.status) != (True, Status.REACHED)
    assert found.touched
    assert outcome(goal(), scores(85, 85, rest=3), 30) is None


def test_what_comes_after_the_end_may_still_reach_it():
    more = [*scores(60, 60), seen(50, 200, 100, DUE + timedelta(3))]
    assert later(Outcome.NOT_YET, goal(), Evidence(more), on(LAST + 20)) is Outcome.REACHED_LATER
    assert later(Outcome.NOT_YET, goal(), Evidence(scores(60)), on(LAST + 20)) is Outcome.NOT_YET
    assert later(Outcome.REACHED, goal(), Evidence(scores(60)), on(LAST + 20)) is Outcome.REACHED


@pytest.mark.parametrize(
    ("before", "now", "day", "term", "verdict"),
    [
        (Outcome.REACHED, Outcome.REACHED, 1, None, "same"),
        (Outcome.REACHED, Outcome.MOST, 30, None, "flip"),
        (Outcome.REACHED, Outcome.MOST, 31, None, "ask"),
        (Outcome.MOST, Outcome.REACHED, 31, 60, "flip"),
        (Outcome.MOST, Outcome.REACHED, 61, 60, "ask"),
        (Outcome.MOST, Outcome.REACHED, 30, 5, "flip"),
        (Outcome.REPLACED, Outcome.REACHED, 1, None, "same"),
    ],
)
def test_a_regrade_after_the_end(before, now, day, term, verdict):
    terms = goal(term_ends_on=None if term is None else on(term))
    assert after_close(before, now, START, on(day), terms) == verdict


@pytest.mark.parametrize(("day", "status"), [(37, Status.CANNOT_REACH), (38, Status.REACHED)])
def test_a_touched_score_is_taken_back_for_thirty_days_and_then_by_a_person(day, status):
    terms = goal(SCORE, reached_on=on(7))
    assert figures(terms, scores(79), day=day).status is status


def test_the_words_of_the_end():
    for reader in ("staff", "student", "guardian"):
        for kind in Outcome:
            assert outcome_words(kind.value, reader, plain)
    assert outcome_words(Outcome.NOT_YET, "student", plain).endswith("keep it, change it or let it go?")
    assert outcome_words(Outcome.NOT_YET, "staff", plain) == "Not yet"


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland", "UTC"])
def test_a_day_ends_at_its_last_second_in_the_courses_zone(zone):
    where = ZoneInfo(zone)
    end = end_of_day(DUE, where)
    assert (end.hour, end.minute, end.second) == (23, 59, 59)
    assert day_in(end.astimezone(UTC), where) == DUE
    assert day_in(end.astimezone(UTC) + timedelta(seconds=1), where) == DUE + timedelta(1)


def test_work_handed_in_in_the_last_second_is_on_time():
    where = ZoneInfo("America/Los_Angeles")
    due = day_in(datetime(2026, 3, 24, 6, 59, 59, tzinfo=UTC), where)
    sent = day_in(datetime(2026, 3, 24, 6, 59, 59, tzinfo=UTC), where)
    after = day_in(datetime(2026, 3, 24, 7, 0, 0, tzinfo=UTC), where)
    assert due == DUE
    assert reason_in(COUNT, seen(1, None, 10, due, submitted_on=sent)) is None
    assert reason_in(COUNT, seen(1, None, 10, due, submitted_on=after)) is Reason.LATE
