"""History replayed: every stored value comes out the same from what is stored, long after."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.planning.changing import Change, change_goal
from lti_tool.planning.entries import Line, write_entry
from lti_tool.planning.goals import make_goal
from lti_tool.planning.leaving_out import leave_out, put_back
from lti_tool.planning.recompute import recompute_goals
from lti_tool.planning.replay import replayed
from lti_tool.plans.measure import Params
from lti_tool.records.goal import GoalValue
from tests import factories as make

NOW = make.NOW
ZONE = "America/Chicago"


def stored(session, goal):
    return session.scalars(
        sa.select(GoalValue).where(GoalValue.goal_id == goal.id).order_by(GoalValue.id)
    ).all()


def said(row):
    return row.value, row.progress, str(row.status)


@pytest.mark.parametrize("seed", range(4))
def test_every_value_of_a_long_history_comes_out_again(school, seed):
    session, rng = school.session, random.Random(seed)
    maya = school.student(school.maya)
    items = school.homework
    for number, item in enumerate(items):
        item.due_at = NOW + timedelta(days=3 * number + 2)
    method = rng.choice(("points", "mean"))
    goal = make_goal(session, maya, school.average(method=method), now=NOW)
    out: set[int] = set()
    for day in range(1, 30):
        now, item = NOW + timedelta(days=day), rng.choice(items)
        act = rng.randrange(8)
        if act < 4:
            more = rng.choice(({}, {"excused": True}, {"hidden": True}, {"late": True}, {"missing": True}))
            score = rng.choice((None, rng.randrange(0, 20)))
            make.make_result(session, item, school.maya, score, read_at=now, **more)
        elif act == 4 and item.id not in out and len(out) < 2:
            leave_out(session, school.staff, goal.id, item.id, "Just so", now=now)
            out.add(item.id)
        elif act == 5 and item.id in out:
            put_back(session, school.staff, goal.id, item.id, now=now)
            out.remove(item.id)
        elif act == 6:
            item.possible = Decimal(rng.randrange(20, 60))
        elif goal.state == "active" and day % 7 == 0:
            change_goal(session, maya, goal.id, Change(target=Decimal(rng.randrange(80, 95))), now=now)
        recompute_goals(session, [goal.id], now=now)
    for item in items:
        item.possible, item.due_at = Decimal(99), NOW + timedelta(days=300)
    rows = stored(session, goal)
    assert len(rows) > 5
    for row in rows:
        again = replayed(session, row, ZONE)
        assert (again.value, again.progress, again.status.value) == said(row)


def test_lines_written_by_hand_are_replayed_too(school):
    session, maya = school.session, school.student(school.maya)
    draft = school.draft(measure="tally", item_ids=[], target=Decimal(20), params=Params(unit="roots"))
    goal = make_goal(session, maya, draft, now=NOW)
    for day, number in enumerate((3, 5, 4, 12, 20)):
        now = NOW + timedelta(days=day)
        write_entry(session, maya, goal.id, Line(now.date(), Decimal(number)), now=now)
    rows = stored(session, goal)
    assert len(rows) > 4
    for row in rows:
        again = replayed(session, row, ZONE)
        assert (again.value, again.progress, again.status.value) == said(row)
