"""Lines written by hand: who writes them, who ticks them, and what they move (domain.md §3.2, §3.5)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.planning.entries import Line, tick_entry, write_entry
from lti_tool.planning.errors import NotFound
from lti_tool.planning.goals import GoalRefused, make_goal
from lti_tool.plans.access import Refused, Role
from lti_tool.plans.measure import Params
from lti_tool.records.goal import GoalEntry
from tests import factories as make

NOW = make.NOW
TODAY = date(2026, 2, 10)
ROOTS = {"measure": "tally", "item_ids": [], "target": Decimal(20), "params": Params(unit="roots")}


LEVELS = Params(scale=("Low", "High"))


def goal_of(school, **draft):
    return make_goal(school.session, school.student(school.maya), school.draft(**draft), now=NOW)


def write(school, goal, value, *, actor=None, on=TODAY, name="", now=NOW):
    actor = actor or school.student(school.maya)
    return write_entry(school.session, actor, goal.id, Line(on, Decimal(str(value)), name), now=now)


def test_a_tally_moves_with_what_the_student_writes(school):
    goal = goal_of(school, **ROOTS)
    write(school, goal, 5)
    assert (goal.value, goal.progress) == (Decimal(5), Decimal(25))
    write(school, goal, 20, now=NOW + timedelta(hours=1))
    assert (goal.value, goal.progress, goal.status) == (Decimal(20), Decimal(100), "reached")


def test_where_a_tick_is_asked_for_only_what_staff_saw_counts(school):
    goal = goal_of(school, **{**ROOTS, "params": Params(unit="roots", needs_tick=True)})
    entry = write(school, goal, 8)
    assert goal.value in (None, Decimal(0))
    for _again in range(2):
        tick_entry(school.session, school.staff, entry.id, now=NOW)
    assert goal.value == Decimal(8)
    assert (entry.verified_by_id, entry.verified_role) == (school.teacher.id, "staff")
    write(school, goal, 9, actor=school.staff)
    assert goal.value == Decimal(9)


def test_a_list_is_ticked_and_unticked(school):
    names = Params(scale=("1 times", "2 times"))
    goal = goal_of(school, measure="list", item_ids=[], target=Decimal(2), params=names)
    write(school, goal, 1, name="1 times")
    write(school, goal, 1, name="2 times")
    assert goal.value == Decimal(2)
    write(school, goal, 0, name="2 times", now=NOW + timedelta(hours=1))
    assert goal.value == Decimal(1)


def test_a_click_that_comes_twice_is_one_line(school):
    goal = goal_of(
        school, measure="habit", item_ids=[], target=Decimal(80), params=Params(amount=Decimal(30))
    )
    assert write(school, goal, 15).id == write(school, goal, "15.0").id
    write(school, goal, 15, now=NOW + timedelta(minutes=2))
    assert school.session.scalar(sa.select(sa.func.count()).select_from(GoalEntry)) == 2


@pytest.mark.parametrize(
    ("draft", "line", "code"),
    [
        (ROOTS, {"value": -1}, "entry_number"),
        (ROOTS, {"value": "1e9"}, "entry_number"),
        (ROOTS, {"value": "NaN"}, "entry_number"),
        (ROOTS, {"value": "0.00001"}, "entry_number"),
        (ROOTS, {"value": 5, "on": TODAY + timedelta(days=1)}, "entry_day"),
        (ROOTS, {"value": 5, "on": TODAY - timedelta(days=1)}, "entry_day"),
        (
            {
                "measure": "level",
                "item_ids": [],
                "target": Decimal(2),
                "params": Params(scale=("Low", "High")),
            },
            {"value": 3},
            "entry_level",
        ),
        (
            {"measure": "list", "item_ids": [], "target": Decimal(1), "params": Params(scale=("one",))},
            {"value": 1, "name": "two"},
            "entry_name",
        ),
        ({}, {"value": 5}, "not_by_hand"),
    ],
)
def test_a_line_that_does_not_fit_is_refused(school, draft, line, code):
    goal = goal_of(school, **draft)
    with pytest.raises(GoalRefused, match=code):
        write(school, goal, **line)


def test_only_the_student_and_staff_of_the_course_write(school):
    goal = goal_of(school, **ROOTS)
    entry = write(school, goal, 5)
    elsewhere = make.make_context(school.session, school.registration)
    stranger = make.acting(make.make_teacher(school.session, elsewhere), elsewhere, Role.STAFF)
    for actor in (school.student(school.zoe), stranger):
        with pytest.raises(NotFound):
            write(school, goal, 6, actor=actor)
    with pytest.raises(NotFound):
        tick_entry(school.session, stranger, entry.id, now=NOW)
    with pytest.raises(Refused):
        tick_entry(school.session, school.student(school.maya), entry.id, now=NOW)
