"""Goals of every kind are made, kept and measured through the database (domain.md §3.2)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.overview.letters import scheme_of
from lti_tool.planning.changed_results import measure_changed
from lti_tool.planning.goals import make_goal
from lti_tool.planning.measuring import measure_of
from lti_tool.planning.recompute import goals_for_items, goals_for_results, recompute_goals
from lti_tool.plans.goal import GoalRefused
from lti_tool.plans.letters import bound
from lti_tool.plans.measure import Params
from lti_tool.records.goal import GoalEntry, GoalValue, Reading
from lti_tool.records.gradebook import Result
from lti_tool.records.school import CourseTotal, SchoolBreak
from lti_tool.records.structure import GradingScheme, ItemGroup
from tests import factories as make

NOW = make.NOW
LATER = NOW + timedelta(hours=1)
LEVELS = ("Starting", "Growing", "Secure")
D = Decimal


def make_one(school, measure, target, items=(), **more):
    params = Params(**more.pop("params", {}))
    draft = school.draft(measure=measure, target=D(target), item_ids=list(items), params=params, **more)
    return make_goal(school.session, school.student(school.maya), draft, now=NOW)


def measured(school, goal):
    recompute_goals(school.session, [goal.id], now=LATER)
    return goal.value, goal.progress


def line(school, goal, value, **more):
    fields = {"on": NOW.date(), "by_role": "student", "at": NOW, "by_id": school.maya.id, **more}
    school.session.add(GoalEntry(goal_id=goal.id, value=D(value), **fields))
    school.session.flush()


def test_a_count(school):
    goal = make_one(school, "count", 2, [item.id for item in school.homework], params={"least": D(70)})
    assert (goal.baseline, goal.value) == (0, 0)
    make.make_result(school.session, school.homework[0], school.maya, 15, submitted_at=NOW)
    make.make_result(school.session, school.homework[1], school.maya, 13, submitted_at=NOW)
    assert measured(school, goal) == (1, 50)
    reasons = school.session.scalars(sa.select(Reading.reason).order_by(Reading.id)).all()
    assert "under the mark" in reasons


@pytest.mark.parametrize(
    ("measure", "params", "target", "lines", "figures"),
    [
        ("list", {"scale": ("1", "2", "3")}, 3, [(1, {"name": "2"})], (1, "33.3")),
        ("tally", {"unit": "roots"}, 20, [(5, {}), (12, {})], (12, "60")),
        ("tally", {"needs_tick": True}, 20, [(12, {})], (None, None)),
        ("tally", {"needs_tick": True}, 20, [(12, {"verified_at": NOW})], (12, "60")),
        ("level", {"scale": LEVELS}, 3, [(2, {"by_role": "staff"})], (2, "50")),
    ],
)
def test_what_people_write_down(school, measure, params, target, lines, figures):
    start = D(1) if measure == "level" else None
    goal = make_one(school, measure, target, params=params, baseline=start)
    for value, more in lines:
        line(school, goal, value, **more)
    value, progress = measured(school, goal)
    assert value == figures[0]
    assert (None if progress is None else f"{progress:.1f}".removesuffix(".0")) == figures[1]


def test_a_habit_over_a_holiday(school):
    goal = make_one(school, "habit", 80, params={"amount": D(30), "days_a_week": 7})
    school.session.add(
        SchoolBreak(
            registration_id=school.registration.id,
            first_on=goal.starts_on + timedelta(1),
            last_on=goal.starts_on + timedelta(6),
        )
    )
    line(school, goal, 30, on=goal.starts_on)
    recompute_goals(school.session, [goal.id], now=NOW + timedelta(days=7))
    assert (goal.value, goal.progress) == (100, 100)


def test_a_word_and_a_mark_to_stay_at(school):
    effort = make.make_item(school.session, school.context, "Effort", 3, kind="scale")
    rank = make_one(school, "rank", 3, [effort.id], params={"scale": LEVELS})
    make.make_result(school.session, effort, school.maya, 2, text="Growing")
    assert measured(school, rank) == (2, 0)
    stay = make_one(school, "maintain", 100, [item.id for item in school.homework], params={"floor": D(70)})
    make.make_result(school.session, school.homework[0], school.maya, 15)
    assert measured(school, stay) == (100, 100)


def test_a_course_grade_is_found_by_every_result_of_the_course(school):
    session = school.session
    goal = make_one(school, "course", 84, params={"letter": "B"}, baseline=D(64))
    version = make.make_result(session, school.homework[0], school.maya, 15)
    item = school.homework[0].id
    assert goals_for_results(session, [(item, school.maya.id)]) == {goal.id}
    assert goals_for_items(session, [item]) == {goal.id}
    assert goals_for_results(session, [(item, school.zoe.id)]) == set()
    assert measured(school, goal) == (75, D("55"))
    newest = session.scalars(sa.select(GoalValue).order_by(GoalValue.id.desc())).first()
    assert newest is not None
    assert newest.why["course"][-1][2] == "ours"
    assert session.scalars(sa.select(Reading.version_id)).all() == [version.id]
    total = {"context_id": school.context.id, "person_id": school.maya.id, "read_at": NOW}
    session.add(CourseTotal(score=D("74"), **total))
    session.flush()
    assert measured(school, goal) == (74, 50)
    session.add(CourseTotal(score=D("99"), has_hidden=True, **total))
    session.flush()
    assert measured(school, goal) == (74, 50), "what is hidden in it now moves nothing"
    session.execute(sa.update(Result).values(measured=False))
    make.make_result(session, school.homework[1], school.maya, 50, read_at=LATER)
    session.execute(sa.update(Result).values(measured=False))
    assert measure_changed(session, school.context.id, now=LATER) is False
    session.refresh(goal)
    assert goal.value is not None
    assert round(goal.value, 1) == D("92.9")
    assert goal.reached_on is not None


def test_a_course_adds_up_by_its_own_weights_and_drops(school):
    session = school.session
    for name, weight, drop in (("HW", 40, 1), ("Tests", 60, 0)):
        session.add(
            ItemGroup(
                context_id=school.context.id,
                lms_id=name,
                name=name,
                weight=D(weight),
                drop_lowest=drop,
                never_drop=[school.homework[2].lms_id] if drop else [],
            )
        )
    for item in school.homework:
        item.group_lms_id = "HW"
    school.test.group_lms_id = "Tests"
    goal = make_one(school, "course", 84, baseline=D(64))
    for item, share in (*zip(school.homework, (0, 90, 50), strict=False), (school.test, 80)):
        make.make_result(session, item, school.maya, item.possible * share / 100)
    kept = school.homework[1].possible * 90 + school.homework[2].possible * 50
    homework = kept / (school.homework[1].possible + school.homework[2].possible)
    value, _progress = measured(school, goal)
    assert value is not None
    assert round(value, 2) == round(D("0.4") * homework + D("0.6") * 80, 2)
    school.test.group_name = "HW"  # a name decides nothing
    assert measured(school, goal)[0] == value
    school.test.group_lms_id = "moved"  # into a group we have not read: what it weighs is not guessed
    assert measured(school, goal)[0] is None


def test_letters_are_the_courses_own(school):
    session, context = school.session, school.context
    assert bound(scheme_of(session, context.id, "canvas"), "B") == 84
    assert bound(scheme_of(session, context.id, "moodle"), "B") == 83
    bounds = [["Gut", "0.8"], ["Genug", "0.505"], ["-", "x"]]
    session.add(GradingScheme(context_id=context.id, lms_id="7", bounds=bounds, used=True))
    session.flush()
    assert scheme_of(session, context.id, "canvas") == (("Gut", D(80)), ("Genug", D("50.5")))


def test_what_was_asked_for_is_kept(school):
    milestones = ((date(2026, 3, 1), D(72)),)
    goal = make_one(
        school,
        "average",
        80,
        [item.id for item in school.homework],
        baseline=D(68),
        milestones=milestones,
        baseline_reason="From last year's report",
    )
    assert goal.milestones == [["2026-03-01", "72"]]
    assert goal.baseline_note["reason"] == "From last year's report"
    tally = make_one(school, "tally", 2, params={"lower": True, "unit": "late days"}, baseline=D(9))
    assert measure_of(tally).params == Params(lower=True, unit="late days")


@pytest.mark.parametrize(
    ("measure", "target", "params", "more", "code"),
    [
        ("count", 5, {}, {}, "target_whole"),
        ("count", 0, {}, {}, "target_whole"),
        ("list", 4, {"scale": LEVELS}, {"items": []}, "target_whole"),
        ("list", 1, {"scale": ("a", "A ")}, {"items": []}, "scale_twice"),
        ("level", 1, {"scale": LEVELS}, {"items": []}, "target_whole"),
        ("level", 2, {"scale": LEVELS}, {"items": [], "baseline": D(2)}, "target_below_baseline"),
        ("tally", 20, {}, {"items": [], "baseline": D(20)}, "target_below_baseline"),
        ("tally", 9, {"lower": True}, {"items": [], "baseline": D(9)}, "target_above_baseline"),
        ("tally", 9, {"lower": True}, {"items": []}, "baseline_needed"),
        ("tally", 20, {}, {}, "items_by_hand"),
        ("habit", 80, {"days_a_week": 8}, {"items": []}, "days_a_week"),
        ("habit", 80, {"amount": D(0)}, {"items": []}, "amount_number"),
        ("maintain", 100, {}, {}, "floor_number"),
        ("rank", 2, {"scale": LEVELS}, {"one": True}, "item_points"),
        ("course", 0, {}, {"items": []}, "target_number"),
        ("average", 80, {}, {"baseline": D(80)}, "target_below_baseline"),
    ],
)
def test_what_cannot_be_a_goal_is_refused_with_a_sentence(school, measure, target, params, more, code):
    items = more.pop("items", [item.id for item in school.homework])
    if more.pop("one", False):
        items = items[:1]
    with pytest.raises(GoalRefused) as refused:
        make_one(school, measure, target, items, params=params, **more)
    assert code in {problem.code for problem in refused.value}
    for problem in refused.value:
        assert problem.sentence(lambda text, **values: text % values if values else text).endswith(".")
