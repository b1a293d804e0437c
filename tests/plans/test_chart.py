"""The picture of a goal: places in per cent, the same at three sizes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.plans.chart import ChartFacts, Line, Score, goal_chart, goal_path, mini_chart

START, END = date(2026, 1, 12), date(2026, 3, 23)
PERCENT = st.decimals(0, 130, places=2)
DAYS = st.dates(date(2025, 6, 1), date(2027, 1, 1))


def facts(**more: Any) -> ChartFacts:
    fields: dict[str, Any] = {
        "baseline": Decimal(68),
        "target": Decimal(80),
        "starts_on": START,
        "due_on": END,
        "today": date(2026, 2, 23),
        "value": Decimal("77.4"),
        "needed": Decimal("82.8"),
        "scores": [Score(date(2026, 1, 14), Decimal(72)), Score(date(2026, 2, 20), Decimal(74))],
    }
    return ChartFacts(**{**fields, **more})


def test_the_path_is_the_one_of_the_mock_up() -> None:
    path = goal_path(facts())
    assert (path.start_x, path.flag_x) == (5.0, 95.0)
    assert path.here_x == pytest.approx(75.5)
    assert path.aim is not None
    assert round(path.aim, 1) == Decimal("75.2")


def test_the_chart_spans_tens_and_the_goals_time() -> None:
    chart = goal_chart(facts())
    assert [row.percent for row in chart.rows] == [60, 70, 80, 90]
    assert chart.aim == (Line(0.0, pytest.approx(73.3), 100.0, pytest.approx(33.3)),)
    assert chart.today_x == 60.0
    assert chart.needed is not None
    assert [dot.newest for dot in chart.dots] == [False, True]


def test_what_cannot_be_drawn_is_left_away() -> None:
    bare = goal_chart(facts(baseline=None, value=None, needed=None, scores=[]))
    assert (bare.aim, bare.needed, bare.band, bare.dots) == ((), None, None, ())
    over = goal_chart(facts(today=date(2026, 5, 1)))
    assert (over.today_x, over.needed) == (None, None)
    assert goal_chart(facts(needed=Decimal(140))).needed is None
    assert goal_path(facts(baseline=None, value=None)).here_x is None


def test_milestones_bend_the_line_and_changes_stand_on_their_days() -> None:
    mile = (date(2026, 2, 16), Decimal(72))
    out = (END + timedelta(days=9), Decimal(99))
    drawn = facts(milestones=[out, mile], changes=[date(2026, 2, 2), START - timedelta(days=99)])
    chart = goal_chart(drawn)
    assert [(one.day, one.number, one.x) for one in chart.miles] == [(*mile, 50.0)]
    assert [one.x2 for one in chart.aim] == [50.0, 100.0]
    assert chart.aim[0].y2 == chart.aim[1].y1 == chart.miles[0].y
    assert [one.at for one in chart.changes] == [30.0]
    assert drawn.aim_on(mile[0]) == 72
    assert len(mini_chart(drawn).aim) == 2


def test_a_count_is_planned_by_what_is_due() -> None:
    plan = [(START, Decimal(0)), (START + timedelta(7), Decimal(0)), (START + timedelta(7), Decimal(2))]
    drawn = facts(
        baseline=Decimal(0), target=Decimal(4), value=Decimal(1), plan=plan, forecasts=False, scores=()
    )
    assert drawn.aim_on(START + timedelta(6)) == 0
    assert drawn.aim_on(START + timedelta(8)) == 2
    assert goal_chart(drawn).aim[1].x1 == goal_chart(drawn).aim[1].x2


def test_older_and_left_out_scores_look_so() -> None:
    chart = goal_chart(
        facts(
            scores=[
                Score(START - timedelta(days=9), Decimal(70)),
                Score(START, Decimal(71)),
                Score(END, Decimal(50), counted=False),
            ]
        )
    )
    assert [dot.look for dot in chart.dots] == ["before", "counted", "left_out"]
    assert [dot.newest for dot in chart.dots] == [False, True, False]


def test_a_forecast_that_leaves_the_scale_is_not_told() -> None:
    rising = [Score(START + timedelta(days=5 * n), Decimal(50 + 8 * n)) for n in range(6)]
    assert goal_chart(facts(scores=rising)).ahead is None
    level = [Score(START + timedelta(days=5 * n), Decimal(75)) for n in range(6)]
    ahead = goal_chart(facts(scores=level)).ahead
    assert ahead is not None
    assert (ahead.low, ahead.high) == (74, 76)


@given(
    baseline=st.none() | PERCENT,
    target=PERCENT,
    value=st.none() | PERCENT,
    needed=st.none() | st.decimals(0, 400, places=2),
    today=DAYS,
    length=st.integers(0, 370),
    scores=st.lists(st.builds(Score, DAYS, PERCENT, st.booleans()), max_size=12),
)
def test_everything_stays_inside(length: int, **more: Any) -> None:
    seen = facts(due_on=START + timedelta(days=length), **more)
    path = goal_path(seen)
    assert all(0 <= x <= 100 for x in (path.start_x, path.flag_x, path.here_x or 0, path.aim_x or 0))
    for chart in (goal_chart(seen), mini_chart(seen)):
        assert 0 <= chart.goal_y <= 100
        assert all(0 <= dot.x <= 100 and 0 <= dot.y <= 100 for dot in chart.dots)
        assert sum(dot.newest for dot in chart.dots) == min(1, sum(s.counted for s in seen.scores))
