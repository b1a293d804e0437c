"""What a picture of a goal is made of: the facts it needs, and its parts as places in per cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lti_tool.plans.aimline import Stop, aim
from lti_tool.plans.forecast import Forecast


@dataclass(frozen=True)
class Score:
    """One grade on the picture: its day and its per cent. counted: part of the value."""

    on: date
    percent: Decimal
    counted: bool = True


@dataclass(frozen=True)
class ChartFacts:
    """What a picture needs to know of a goal. baseline, target, value, needed: in the measure's unit.

    milestones: what is planned for days between. plan: where it is no straight line, its corners in order.
    changes: days the plan was changed. forecasts: whether it goes along a line that may be drawn on. past:
    the scores are the number itself as it was on those days. lower: less is better. most: no forecast goes
    beyond it; None where there is no most.
    """

    baseline: Decimal | None
    target: Decimal
    starts_on: date
    due_on: date
    today: date
    value: Decimal | None = None
    needed: Decimal | None = None
    scores: Sequence[Score] = ()
    milestones: Sequence[Stop] = ()
    plan: Sequence[Stop] = ()
    changes: Sequence[date] = ()
    forecasts: bool = True
    past: bool = False
    lower: bool = False
    most: Decimal | None = Decimal(100)

    def aim_on(self, day: date) -> Decimal | None:
        """The aim line on a day; None while the start is not known."""
        if self.plan:
            return max((number for on, number in self.plan if on <= day), default=self.plan[0][1])
        if self.baseline is None:
            return None
        return aim(self.baseline, self.target, self.starts_on, self.due_on, day, self.milestones)

    @property
    def between(self) -> list[Stop]:
        """The milestones that lie within the goal's days, in order."""
        return sorted(stop for stop in self.milestones if self.starts_on < stop[0] < self.due_on)

    @property
    def corners(self) -> list[Stop]:
        """Where the aim line turns, from the start to the goal; none while the start is not known."""
        if self.plan or self.baseline is None:
            return list(self.plan)
        return [(self.starts_on, self.baseline), *self.between, (self.due_on, self.target)]


@dataclass(frozen=True)
class Dot:
    """A score's place. look: `counted`, `before` (older than the goal), `left_out`. newest: the last one."""

    x: float
    y: float
    look: str
    newest: bool = False


@dataclass(frozen=True)
class Line:
    """A straight line between two places."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Tick:
    """A grid line or a day under the chart: its place and what it stands for."""

    at: float
    percent: int = 0
    day: date | None = None


@dataclass(frozen=True)
class Mile:
    """A milestone's place, its day and its number."""

    x: float
    y: float
    day: date
    number: Decimal


@dataclass(frozen=True)
class GoalPath:
    """Start, here, aim line today and flag on one line, each as its place across and its number."""

    start_x: float
    here_x: float | None
    aim_x: float | None
    flag_x: float
    aim: Decimal | None


@dataclass(frozen=True)
class GoalChart:
    """The drawing in per cent from the top left. today_x: None when today is outside. aim: piece by piece."""

    goal_y: float
    aim: tuple[Line, ...]
    dots: tuple[Dot, ...]
    rows: tuple[Tick, ...]
    days: tuple[Tick, ...]
    today_x: float | None
    needed: Line | None
    band: tuple[Line, Line] | None
    ahead: Forecast | None
    miles: tuple[Mile, ...] = ()
    changes: tuple[Tick, ...] = ()
    past: bool = False
