"""One goal's figures from what it says and what there is: the one door for every kind (domain.md §3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from lti_tool.plans.by_hand import value_by_hand
from lti_tool.plans.counting import planned
from lti_tool.plans.forecast import ENOUGH, Forecast, forecast
from lti_tool.plans.measure import Evidence, MeasureKind, kept
from lti_tool.plans.needed import needed_in
from lti_tool.plans.progress import Needed, progress
from lti_tool.plans.rounding import kept_down
from lti_tool.plans.status import Standing, Status, line_of, status_of
from lti_tool.plans.taken import points_in, target_in, value_in
from lti_tool.plans.terms import Point, Terms

_FORECAST = frozenset({MeasureKind.AVERAGE, MeasureKind.COURSE, MeasureKind.TALLY, MeasureKind.LIST})


@dataclass(frozen=True)
class Figures:
    """What a goal's numbers are on a day. value, aim, target: in the measure's unit.

    because: a short code of what decided the status. points: what it was judged by. aim: where the plan
    is today. touched: the value is at the target. reported: the student's own word, where it waits for a
    tick. target: as it stands ("all of them" shrinks); terms: with that target.
    """

    terms: Terms
    value: Decimal | None
    progress: Decimal | None
    needed: Needed
    status: Status
    because: str
    points: tuple[Point, ...]
    aim: Decimal | None
    touched: bool
    target: Decimal
    reported: Decimal | None = None

    @cached_property
    def ahead(self) -> Forecast | None:
        """Where it goes, from six readings on; worked out only where somebody looks."""
        return forecast_in(self.terms, self.points)


def figures_of(terms: Terms, evidence: Evidence, today: date) -> Figures:
    """Everything that is said of a goal on a day, from its terms and its evidence alone."""
    target = target_in(terms, evidence)
    if target is not terms.target:
        terms = replace(terms, target=target)
    exact = value_in(terms, evidence, today)
    value = None if exact is None else kept(terms.measure, exact)
    wanted = needed_in(terms, evidence, today, exact)
    points = tuple(points_in(terms, evidence, today))
    standing = Standing(terms, evidence, value, wanted, points, today)
    status, because = status_of(standing)
    return Figures(
        terms=terms,
        value=value,
        progress=progress(terms.measure, value, terms.baseline, terms.target),
        needed=wanted,
        status=status,
        because=because,
        points=points,
        aim=aim_today(terms, evidence, today),
        touched=standing.is_met,
        target=terms.target,
        reported=_reported(terms, evidence, today, exact),
    )


def aim_today(terms: Terms, evidence: Evidence, today: date) -> Decimal | None:
    """Where the plan is on a day, in the measure's unit; None without a known start or a line at all."""
    kind = terms.measure.kind
    if kind is MeasureKind.COUNT:
        return kept_down(planned(terms, evidence.work, today))
    if kind in {MeasureKind.HABIT, MeasureKind.MAINTAIN}:
        return terms.target
    line = line_of(terms)
    return None if line is None else kept_down(Fraction(*line.at(today)))


def forecast_in(terms: Terms, points: tuple[Point, ...]) -> Forecast | None:
    """The range on the goal's last day, from six readings on, for measures that go along a line."""
    if terms.measure.kind not in _FORECAST or len(points) < ENOUGH:
        return None
    placed = [((point.on - terms.starts_on).days, point.height) for point in points]
    return forecast(placed, (terms.due_on - terms.starts_on).days)


def _reported(terms: Terms, evidence: Evidence, today: date, counted: Fraction | None) -> Decimal | None:
    if not (terms.measure.kind.is_manual and terms.measure.params.needs_tick):
        return None
    loose = replace(terms.measure, params=replace(terms.measure.params, needs_tick=False))
    said = value_by_hand(replace(terms, measure=loose), evidence.entries, today)
    return None if said is None or said == counted else kept_down(said)
