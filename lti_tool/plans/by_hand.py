"""Goals whose numbers people write down: lists, tallies, habits and levels (domain.md §3.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from lti_tool.plans.days import is_break
from lti_tool.plans.measure import Entry, MeasureKind, Params
from lti_tool.plans.terms import Point, Terms

WEEK = 7
ONE_DAY = timedelta(days=1)


def counting(entries: Iterable[Entry], params: Params, today: date) -> list[Entry]:
    """The entries that count, oldest first. Where a tick is asked for, a student's own waits for it."""
    found = [one for one in entries if one.on <= today and _may_count(one, params)]
    return sorted(found, key=lambda one: (one.on, one.id))


def _may_count(one: Entry, params: Params) -> bool:
    return one.verified or one.by != "student" or not params.needs_tick


def ticked(entries: Sequence[Entry], params: Params) -> set[str]:
    """Which names of the list are ticked now; entries oldest first."""
    now: dict[str, bool] = {one.name: one.value > 0 for one in entries if one.name in params.scale}
    return {name for name, is_in in now.items() if is_in}


def value_by_hand(terms: Terms, entries: Iterable[Entry], today: date) -> Fraction | None:
    """The value of a manual goal in its unit; None before the first entry (a list begins at 0)."""
    measure, params = terms.measure, terms.measure.params
    told = counting(entries, params, today)
    if measure.kind is MeasureKind.LIST:
        return Fraction(len(ticked(told, params)))
    if measure.kind is MeasureKind.HABIT:
        return habit(terms, told, today).share
    return Fraction(told[-1].value) if told else None


def points_by_hand(terms: Terms, entries: Iterable[Entry], today: date) -> list[Point]:
    """The readings of a manual goal, oldest first: an entry each, for a habit a full week each."""
    params = terms.measure.params
    told = counting(entries, params, today)
    if terms.measure.kind is MeasureKind.HABIT:
        return habit(terms, told, today).weeks
    if terms.measure.kind is MeasureKind.LIST:
        return [
            Point(one.on, Fraction(len(ticked(told[: place + 1], params))), one.id)
            for place, one in enumerate(told)
            if one.name in params.scale
        ]
    return [Point(one.on, Fraction(one.value), one.id) for one in told]


@dataclass(frozen=True)
class Habit:
    """Days met and days expected so far, days expected in all, and each full week in per cent."""

    met: int
    expected: int
    in_all: int
    weeks: list[Point]

    @property
    def share(self) -> Fraction | None:
        """Per cent of the days expected so far, at most 100; None before the first is over."""
        if self.expected == 0:
            return Fraction(100) if self.met else None
        return min(Fraction(100), Fraction(100 * self.met, self.expected))


def habit(terms: Terms, told: Sequence[Entry], today: date) -> Habit:
    """How a habit goes. Weeks count from the goal's first day; one more day in a week does not make up
    for a week without. Days in breaks are not expected; today is expected once it is over."""
    params = terms.measure.params
    kept_days = _days_met(told, params)
    last = min(today - ONE_DAY, terms.due_on)
    met = expected = in_all = 0
    weeks: list[Point] = []
    first = terms.starts_on
    while first <= terms.due_on:
        days = [first + ONE_DAY * n for n in range(WEEK) if first + ONE_DAY * n <= terms.due_on]
        quota = _quota(days, terms, params)
        inside = min(quota, sum(day in kept_days for day in days if day <= today))
        in_all += quota
        if days[0] <= today:
            met += inside
            expected += _quota([day for day in days if day <= last], terms, params)
        if days[-1] <= last and quota:
            line = Fraction(terms.target)
            weeks.append(Point(days[-1], Fraction(100 * inside, quota), line=line))
        first += ONE_DAY * WEEK
    return Habit(met, expected, in_all, weeks)


def _days_met(told: Sequence[Entry], params: Params) -> set[date]:
    sums: dict[date, Decimal] = defaultdict(Decimal)
    for one in told:
        sums[one.on] += one.value
    return {day for day, total in sums.items() if (total >= params.amount if params.amount else total > 0)}


def _quota(days: Sequence[date], terms: Terms, params: Params) -> int:
    """How many of these days are asked for: the week's number, in part for a part of a week."""
    open_days = sum(not is_break(day, terms.breaks) for day in days)
    return params.days_a_week * open_days // WEEK
