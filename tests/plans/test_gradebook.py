"""Our sums against the LMS's own, computed apart by the practice LMS (domain.md §3.1)."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lti_tool.plans.gradebook import Total, course_score, course_scores, group_sum, left_in_groups
from lti_tool.plans.measure import Group, Observation
from lti_tool.plans.progress import needed_of
from tests.plans.observed import seen
from tests.sandbox_lms.totals import GroupRules, canvas_total, moodle_total
from tests.sandbox_lms.world import Course, Grade, Item

GRADEBOOKS = 500
NOW = datetime(2026, 3, 2, tzinfo=UTC)
MAYA = 7
D = Decimal


def random_course(chance: random.Random) -> Course:
    """A gradebook of one to four groups with every kind of row in it."""
    course = Course(1, "c1", "C1", "Course")
    names = [f"Group {n}" for n in range(chance.randint(1, 4))]
    for number in range(1, chance.randint(2, 18)):
        possible = D(chance.choice([0, 5, 10, 10, 20, 25, 50, 100, "12.5"]))
        item = Item(number, f"Item {number}", possible, group=chance.choice(names))
        item.hidden = chance.random() < 0.05
        course.items[number] = item
        grade = Grade(number, number, MAYA, hidden=chance.random() < 0.1)
        if chance.random() < 0.85:
            grade.score = D(chance.randint(0, int(float(possible or 5) * 105))) / 100
            grade.state = "pending_review" if chance.random() < 0.05 else "graded"
            grade.posted_at = NOW if chance.random() < 0.9 else None
        if chance.random() < 0.08:
            grade.excused, grade.score = True, None
        course.grades[number, MAYA] = grade
    return course


def random_rules(chance: random.Random, course: Course, *, moodle: bool) -> dict[str, GroupRules]:
    names = sorted({item.group for item in course.items.values()})
    weighted = chance.random() < 0.6
    rules = {}
    for name in names:
        rule = GroupRules(weight=D(chance.choice([0, 10, 20, 25, 40, 60, 100])) if weighted else None)
        if chance.random() < 0.6:
            rule.drop_lowest = chance.randint(0, 3)
        inside = [item for item in course.items.values() if item.group == name]
        if moodle:
            rule.aggregation = chance.choice(["natural", "mean"]) if weighted else "natural"
            rule.only_graded = chance.random() < 0.7
            rule.keep_highest = 0 if rule.drop_lowest else chance.choice([0, 0, 1, 3])
        elif all(item.possible for item in inside):  # what nothing can be dropped from has a sum of its own
            rule.drop_highest = chance.randint(0, 2) if chance.random() < 0.3 else 0
            rule.never_drop = [item.id for item in inside if chance.random() < 0.15]
        else:
            rule.drop_lowest = 0
        rules[name] = rule
    return rules


def as_group(name: str, rule: GroupRules, *, moodle: bool) -> Group:
    return Group(
        name,
        rule.weight,
        rule.drop_lowest,
        rule.drop_highest,
        rule.keep_highest,
        frozenset(rule.never_drop),
        "mean" if rule.aggregation == "mean" else "points",
        count_ungraded=not rule.only_graded,
        drops="moodle" if moodle else "canvas",
    )


def as_seen(item: Item, grade: Grade, *, moodle: bool) -> Observation:
    hidden = grade.hidden or item.hidden if moodle else grade.score is not None and grade.posted_at is None
    return Observation(
        item.id,
        grade.score,
        item.possible,
        state=grade.state,
        visible=not hidden,
        excused=grade.excused,
        group=item.group,
    )


@pytest.mark.parametrize("moodle", [False, True], ids=["canvas", "moodle"])
def test_random_gradebooks_come_out_as_the_lms_has_them(moodle):
    chance = random.Random(20260302 + moodle)
    total_of = moodle_total if moodle else canvas_total
    with_a_total = 0
    for number in range(GRADEBOOKS):
        course = random_course(chance)
        if moodle:
            for key in [k for k, item in course.items.items() if not item.possible]:
                del course.items[key]
            for grade in course.grades.values():
                grade.state = "graded"
        rules = random_rules(chance, course, moodle=moodle)
        groups = [as_group(name, rule, moodle=moodle) for name, rule in rules.items()]
        work = [as_seen(item, course.grades[item.id, MAYA], moodle=moodle) for item in course.items.values()]
        theirs, ours = total_of(course, MAYA, rules), course_score(groups, work)
        assert (theirs is None) == (ours is None), number
        if ours is not None and theirs is not None:
            with_a_total += 1
            assert round(float(ours), 2) == theirs, number
    assert with_a_total > GRADEBOOKS * 0.8


def test_the_best_set_is_not_always_without_the_lowest_per_cent():
    """Canvas's own example of why: a small piece of 1/10 costs less than a big one of 40/100."""
    group = Group("g", drop_lowest=1)
    work = [seen(1, 1, 10, group="g"), seen(2, 40, 100, group="g"), seen(3, 30, 30, group="g")]
    assert group_sum(group, work).per_cent == D("77.5")
    moodle = Group("g", drop_lowest=1, drops="moodle")
    assert round(float(group_sum(moodle, work).per_cent or 0), 2) == 53.85


def test_weights_under_a_hundred_are_scaled_up_and_over_stay():
    work = [seen(1, 80, 100, group="a"), seen(2, 60, 100, group="b"), seen(3, None, 100, group="c")]

    def course(*weights, **more):
        return course_score([Group(n, D(w), **more) for n, w in zip("abc", weights, strict=True)], work)

    assert course(40, 40, 20) == 70
    assert course(60, 60, 20) == 84
    assert course(60, 60, 20, drops="moodle") == 70
    assert course(0, 0, 100) is None


def test_golden_needed_with_weights():
    groups = [Group("HW", D(40)), Group("Tests", D(60))]
    work = [
        seen(1, 80, 100, group="HW"),
        seen(2, None, 100, group="HW"),
        seen(3, 60, 100, group="Tests"),
        seen(4, None, 100, group="Tests"),
    ]
    found = left_in_groups(groups, work)
    assert found is not None
    wanted = needed_of(found, D(75))
    assert (wanted.average, wanted.items, wanted.estimate) == (82, 2, False)
    dropping = left_in_groups([Group("HW", D(40), drop_lowest=1), groups[1]], work)
    assert dropping is not None
    assert needed_of(dropping, D(75)).estimate


@pytest.mark.parametrize(
    ("extra_weight", "drops"), [(20, "canvas"), (0, "canvas"), (20, "moodle"), (-30, "canvas")]
)
def test_reaching_what_is_needed_is_enough_whatever_the_weights_add_up_to(extra_weight, drops):
    """Weights over 100 (a group of extra credit) or under: the same arithmetic as the score itself."""
    groups = [Group("HW", D(40), drops=drops), Group("Tests", D(60 + extra_weight), drops=drops)]
    done = [seen(1, 80, 100, group="HW"), seen(2, 60, 100, group="Tests")]
    found = left_in_groups(groups, [*done, seen(3, None, 50, group="Tests")])
    assert found is not None
    wanted = needed_of(found, D(75)).average
    assert wanted is not None
    then = course_score(groups, [*done, seen(3, wanted / 2, 50, group="Tests")])
    assert then is not None
    assert 0 <= then - 75 < D("0.0000001")


def test_extra_credit_of_a_group_without_points_counts_for_what_is_needed():
    work = [seen(1, 80, 100, group="a"), seen(2, 5, 0, group="b"), seen(3, None, 100, group="a")]
    found = left_in_groups([Group("a"), Group("b")], work)
    assert found is not None
    assert (needed_of(found, D(90)).average, found.estimate) == (95, True)


def test_the_lmss_own_score_is_taken_unless_something_hidden_is_in_it():
    """The recordings of Moodle: 181.79 of 294 with a hidden 21 of 50 inside, 160.79 of 244 without."""
    work = [
        seen(1, "160.79", 244, date(2026, 2, 1), group="c"),
        seen(2, 21, 50, date(2026, 2, 8), group="c", visible=False),
    ]
    whole = D("61.83")
    hidden = course_scores([Total(date(2026, 2, 9), whole, hidden_inside=True)], (), work)
    assert [(one.on, one.source) for one in hidden] == [(date(2026, 2, 1), "ours")]
    assert round(hidden[0].score or 0, 2) == D("65.90")
    posted = course_scores([Total(date(2026, 2, 9), whole)], (), work)
    assert [(one.score, one.source) for one in posted] == [(whole, "lms")]
    assert course_scores([], (), [work[1]]) == []


def test_extra_credit_of_nothing_adds_points_and_no_possible():
    work = [seen(1, 80, 100, group="a"), seen(2, 5, 0, group="b")]
    assert course_score([Group("a"), Group("b")], work) == 85
    assert course_score([], work) == 85
