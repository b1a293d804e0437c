"""What a goal must say before it can be one (domain.md §1.5, §3.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from lti_tool.plans.goal import GoalDraft, GoalRefused, ItemFacts, check_draft, default_end
from lti_tool.plans.measure import MeasureKind
from lti_tool.plans.translate import plain

TODAY = date(2026, 2, 10)
ITEMS = {
    1: ItemFacts(1, "Unit 4 test", "points", Decimal(20)),
    2: ItemFacts(2, "Homework", "letter_grade", Decimal(10)),
    3: ItemFacts(3, "Effort", "scale", Decimal(4)),
    4: ItemFacts(4, "Poster", "pass_fail", Decimal(1)),
    5: ItemFacts(5, "Survey", "not_graded", None),
    6: ItemFacts(6, "Extra", "points", Decimal(0)),
    7: ItemFacts(7, "Check-in", "points", Decimal(1), own=True),
    8: ItemFacts(8, "Old", "points", Decimal(10), gone=True),
}
GOOD = GoalDraft("Unit 4 test to 90", "score", (1,), Decimal(90), date(2026, 3, 1))


def codes(draft, baseline=None):
    problems = check_draft(draft.tidy(), ITEMS, today=TODAY, baseline=baseline)
    for problem in problems:
        sentence = problem.sentence(plain)
        assert sentence.endswith(".")
        assert "%(" not in sentence
    return [(problem.field, problem.code) for problem in problems]


def test_a_good_draft_has_no_problem():
    assert codes(GOOD) == []
    assert codes(replace(GOOD, measure="average", item_ids=(1, 2, 1), method="mean"), Decimal(70)) == []
    assert replace(GOOD, item_ids=(1, 1), title=" x ").tidy().item_ids == (1,)
    assert GOOD.counted.kind is MeasureKind.SCORE


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"title": "  "}, ("title", "title_empty")),
        ({"title": "x" * 501}, ("title", "title_long")),
        ({"title": "a\0b"}, ("title", "title_characters")),
        ({"title": "a\ud800b"}, ("title", "title_characters")),
        ({"measure": "luck"}, ("measure", "measure_unknown")),
        ({"method": "luck"}, ("method", "method_unknown")),
        ({"item_ids": ()}, ("items", "items_none")),
        ({"item_ids": (1, 2)}, ("items", "items_one")),
        ({"measure": "average", "item_ids": tuple(range(1000, 1201))}, ("items", "items_many")),
        ({"item_ids": (99,)}, ("items", "item_unknown")),
        ({"item_ids": (8,)}, ("items", "item_unknown")),
        ({"item_ids": (3,)}, ("items", "item_scale")),
        ({"item_ids": (4,)}, ("items", "item_pass_fail")),
        ({"item_ids": (5,)}, ("items", "item_not_graded")),
        ({"item_ids": (6,)}, ("items", "item_no_points")),
        ({"item_ids": (7,)}, ("items", "item_own")),
        ({"target": Decimal(0)}, ("target", "target_number")),
        ({"target": Decimal("100.01")}, ("target", "target_number")),
        ({"target": Decimal("NaN")}, ("target", "target_number")),
        ({"target": Decimal("Infinity")}, ("target", "target_number")),
        ({"target": Decimal("79.99999")}, ("target", "target_number")),
        ({"baseline": Decimal(-1)}, ("baseline", "baseline_number")),
        ({"baseline": Decimal("NaN")}, ("baseline", "baseline_number")),
        ({"due_on": TODAY}, ("due_on", "due_past")),
        ({"due_on": date.min}, ("due_on", "due_past")),
        ({"due_on": TODAY + timedelta(371)}, ("due_on", "due_far")),
        ({"due_on": date.max}, ("due_on", "due_far")),
    ],
)
def test_each_problem_is_named_with_its_field(change, found):
    assert found in codes(replace(GOOD, **change))


def test_a_target_that_is_there_already_is_refused():
    assert codes(GOOD, Decimal(90)) == [("target", "target_below_baseline")]
    assert codes(replace(GOOD, baseline=Decimal(95)), Decimal(95)) == [("baseline", "target_below_baseline")]
    problem = check_draft(GOOD, ITEMS, today=TODAY, baseline=Decimal("90.06"))[0]
    assert problem.sentence(plain) == (
        "The start is 90, so a target of 90 is there already. Choose a higher target, "
        "or a goal to stay there."
    )


def test_a_refusal_lists_its_problems():
    refused = GoalRefused(check_draft(replace(GOOD, title=""), ITEMS, today=TODAY, baseline=None))
    assert [(field, code) for field, code, _sentence in refused] == [("title", "title_empty")]
    assert str(refused) == "title_empty"


@pytest.mark.parametrize(
    ("due", "ends", "milestones", "found"),
    [
        (30, None, (), []),
        (30, 30, (), []),
        (31, 30, (), [("due_on", "due_after_term")]),
        (31, 30, ((TODAY + timedelta(9), Decimal(85)),), []),
        (31, -1, (), []),  # the course goes on after its term
    ],
)
def test_a_date_after_the_course_ends_wants_a_milestone(due, ends, milestones, found):
    draft = replace(GOOD, due_on=TODAY + timedelta(due), milestones=milestones)
    ends_on = None if ends is None else TODAY + timedelta(ends)
    problems = check_draft(draft.tidy(), ITEMS, today=TODAY, baseline=None, term_ends_on=ends_on)
    assert [(one.field, one.code) for one in problems] == found


@pytest.mark.parametrize(("ends", "first"), [(None, None), (-1, None), (0, None), (40, 40), (200, 84)])
def test_a_new_goal_ends_with_the_term_at_most_twelve_weeks_away(ends, first):
    found = default_end(TODAY, None if ends is None else TODAY + timedelta(ends))
    assert found == (None if first is None else TODAY + timedelta(first))
