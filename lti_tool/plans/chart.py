"""The one picture of a goal at three sizes, as numbers: goal path, small chart, goal chart (design.md).

Across is time (the goal path: per cent), up is the number. Places come out in per cent of the drawing, so
that one drawing fits every width.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from lti_tool.plans.aimline import Stop
from lti_tool.plans.chart_parts import ChartFacts, Dot, GoalChart, GoalPath, Line, Mile, Score, Tick
from lti_tool.plans.forecast import Forecast, forecast

__all__ = ["ChartFacts", "GoalChart", "GoalPath", "Line", "Score", "goal_chart", "goal_path", "mini_chart"]

MARGIN = 5.0  # of the goal path, on either side
TICKS_MOST = 5


def goal_path(facts: ChartFacts) -> GoalPath:
    """The goal path. Without a known start it begins at nought."""
    start = facts.baseline if facts.baseline is not None else Decimal(0)
    line = facts.aim_on(facts.today)
    known = [number for number in (start, facts.value, facts.target, line) if number is not None]
    low, high = float(min(known)), float(max(known))

    def across(number: Decimal | None) -> float | None:
        if number is None:
            return None
        return round(MARGIN + (float(number) - low) / ((high - low) or 1.0) * (100 - 2 * MARGIN), 1)

    return GoalPath(
        start_x=across(start) or MARGIN,
        here_x=across(facts.value),
        aim_x=across(line),
        flag_x=across(facts.target) or MARGIN,
        aim=line,
    )


def mini_chart(facts: ChartFacts) -> GoalChart:
    """The small chart: the same drawing without what is needed, so that the scores have the height.

    It has no room for where things go, so nobody works that out.
    """
    return goal_chart(replace(facts, needed=None, forecasts=False), step=2)


def goal_chart(facts: ChartFacts, *, step: int = 10) -> GoalChart:
    """The goal chart. step: its lower and upper edge are multiples of it."""
    frame = _Frame.around(facts, step)
    y = frame.y
    is_running = frame.first <= facts.today < facts.due_on
    today_x = frame.x(facts.today) if frame.first <= facts.today <= frame.last else None
    wanted = None
    if is_running and facts.needed is not None and facts.value is not None and 0 <= facts.needed <= 100:
        height = y(facts.needed)
        wanted = Line(frame.x(facts.today), height, frame.x(facts.due_on), height)
    ahead = _ahead(facts) if is_running else None
    return GoalChart(
        goal_y=y(facts.target),
        aim=tuple(frame.line(a, b) for a, b in pairwise(facts.corners)),
        dots=_dots(facts, frame),
        rows=frame.rows(),
        days=frame.days(facts),
        today_x=today_x,
        needed=wanted,
        band=_band(facts, frame, ahead),
        ahead=ahead,
        miles=tuple(Mile(frame.x(day), y(number), day, number) for day, number in facts.between),
        past=facts.past,
        changes=tuple(Tick(frame.x(day), day=day) for day in facts.changes if frame.has(day)),
    )


def _dots(facts: ChartFacts, frame: _Frame) -> tuple[Dot, ...]:
    ordered = sorted(facts.scores, key=lambda score: score.on)
    last = max((i for i, score in enumerate(ordered) if score.counted), default=-1)
    found = []
    for i, score in enumerate(ordered):
        look = "left_out" if not score.counted else "before" if score.on < facts.starts_on else "counted"
        found.append(Dot(frame.x(score.on), frame.y(score.percent), look, newest=i == last))
    return tuple(found)


def _ahead(facts: ChartFacts) -> Forecast | None:
    if not facts.forecasts:
        return None
    points = [((s.on - facts.starts_on).days, Fraction(s.percent)) for s in facts.scores if s.counted]
    found = forecast(points, (facts.due_on - facts.starts_on).days)
    if found is None or facts.most is None:
        return found
    if found.low >= facts.most:
        return None  # a straight line that leaves the scale says nothing
    return Forecast(found.low, min(found.high, facts.most))


def _band(facts: ChartFacts, frame: _Frame, ahead: Forecast | None) -> tuple[Line, Line] | None:
    if ahead is None or facts.value is None:
        return None
    x, y = frame.x(facts.today), frame.y(facts.value)
    end = frame.x(facts.due_on)
    return Line(x, y, end, frame.y(ahead.high)), Line(x, y, end, frame.y(ahead.low))


@dataclass(frozen=True)
class _Frame:
    """Which days and which per cents the drawing spans."""

    first: date
    last: date
    low: int
    high: int

    @classmethod
    def around(cls, facts: ChartFacts, step: int) -> _Frame:
        days = [facts.starts_on, facts.due_on, *(score.on for score in facts.scores)]
        heights = [facts.target, *(score.percent for score in facts.scores)]
        heights += [n for n in (facts.baseline, facts.value) if n is not None]
        heights += [number for _day, number in facts.corners]
        if facts.needed is not None and 0 <= facts.needed <= 100:
            heights.append(facts.needed)
        low = max(0, int(min(heights)) // step * step)
        high = -(-int(max(heights) + 1) // step) * step
        if high - low < 2 * step:
            low = max(0, high - 2 * step)
        return cls(min(days), max(days), low, max(high, low + 2 * step))

    def has(self, day: date) -> bool:
        """Whether a day is on the drawing."""
        return self.first <= day <= self.last

    def line(self, start: Stop, end: Stop) -> Line:
        """From one day and number to another."""
        return Line(self.x(start[0]), self.y(start[1]), self.x(end[0]), self.y(end[1]))

    def x(self, day: date) -> float:
        span = (self.last - self.first).days or 1
        return round(min(100.0, max(0.0, (day - self.first).days / span * 100)), 1)

    def y(self, percent: Decimal) -> float:
        share = (float(percent) - self.low) / (self.high - self.low)
        return round(min(100.0, max(0.0, 100 - share * 100)), 1)

    def rows(self) -> tuple[Tick, ...]:
        span = self.high - self.low
        step = 10 if span <= 40 else 20 if span <= 100 else 50
        heights = range(-(-self.low // step) * step, self.high + 1, step)
        return tuple(Tick(self.y(Decimal(height)), percent=height) for height in heights)

    def days(self, facts: ChartFacts) -> tuple[Tick, ...]:
        """First day, last day and a few between, leaving room for the word "Today"."""
        span = (self.last - self.first).days
        found = [self.first + timedelta(days=span * i // (TICKS_MOST - 1)) for i in range(TICKS_MOST)]
        ticks = [Tick(self.x(day), day=day) for day in dict.fromkeys(found)]
        today = self.x(facts.today) if self.first <= facts.today <= self.last else None
        return tuple(tick for tick in ticks if today is None or abs(tick.at - today) > 14)
