"""Steps: what somebody does for a goal, when it is due, and how often it was done (domain.md A17–A20).

Days are days of the course's time zone, so neither a change of clocks nor a late evening moves one. Days in
school breaks are never expected. Today is not missed before it is over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from lti_tool.plans.days import is_break
from lti_tool.plans.translate import Translate

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
OFFSET_MOST = 60
DUE_MOST = 400

Breaks = Sequence[tuple[date, date]]


class Owner(StrEnum):
    """Who does the step."""

    STUDENT = "student"
    TEACHER = "teacher"
    GUARDIAN = "guardian"
    COUNSELOR = "counselor"
    MENTOR = "mentor"


class Rhythm(StrEnum):
    """`once` on a day; `days` on chosen days of the week; `weekly` so many times a week;
    `relative` so many days before or after a piece of work is due, and it moves with it."""

    ONCE = "once"
    DAYS = "days"
    WEEKLY = "weekly"
    RELATIVE = "relative"


@dataclass(frozen=True)
class Rule:
    """When a step is due.

    due_on: for `once`. weekdays: 0 Monday to 6 Sunday, for `days`. times: a week, for `weekly`.
    offset: days from the work's due day, negative before it; item_due_on: that day, None while the LMS has
    none. starts_on, ends_on: the first and last day of a repeating step. amount: what each time takes, such
    as 30 (minutes); empty where doing it is enough.
    """

    rhythm: Rhythm
    starts_on: date
    ends_on: date
    due_on: date | None = None
    weekdays: frozenset[int] = frozenset()
    times: int = 0
    offset: int = 0
    item_due_on: date | None = None
    amount: Decimal | None = None

    @property
    def repeats(self) -> bool:
        return self.rhythm in (Rhythm.DAYS, Rhythm.WEEKLY)


@dataclass(frozen=True)
class Done:
    """One time it was done: on which day, and how much where the step has an amount."""

    on: date
    amount: Decimal | None = None


@dataclass(frozen=True)
class Adherence:
    """How often it was done of the times it was due so far; a part of a time does not count."""

    met: int
    expected: int

    @property
    def per_cent(self) -> int | None:
        """0–100 rounded down; None before anything was due."""
        return None if not self.expected else min(100, 100 * self.met // self.expected)


def due_day(rule: Rule) -> date | None:
    """The day of a step that does not repeat; None while the work it follows has no date."""
    if rule.rhythm is Rhythm.RELATIVE:
        return None if rule.item_due_on is None else rule.item_due_on + timedelta(days=rule.offset)
    return rule.due_on if rule.rhythm is Rhythm.ONCE else None


def due_days(rule: Rule, breaks: Breaks, until: date) -> Iterator[date]:
    """Each day up to and with `until` on which a step with chosen weekdays is due; at most a year."""
    day, last = rule.starts_on, min(rule.ends_on, until, rule.starts_on + timedelta(days=DUE_MOST))
    while day <= last:
        if day.weekday() in rule.weekdays and not is_break(day, breaks):
            yield day
        day += DAY


def adherence(rule: Rule, done: Sequence[Done], today: date, breaks: Breaks = ()) -> Adherence:
    """How often a repeating step was done of the times it was due before today; today counts when done."""
    met_on = _days_met(rule, done)
    if rule.rhythm is Rhythm.DAYS:
        due = set(due_days(rule, breaks, today))
        past = {day for day in due if day < today or day in met_on}
        return Adherence(len(past & met_on), len(past))
    if rule.rhythm is Rhythm.WEEKLY:
        return _by_weeks(rule, met_on, today, breaks)
    day = due_day(rule)
    over = day is not None and day < today
    return Adherence(int(bool(met_on)), int(over or bool(met_on)))


def _days_met(rule: Rule, done: Sequence[Done]) -> set[date]:
    """Days on which the whole amount was reached; parts of one day add up."""
    if rule.amount is None:
        return {time.on for time in done}
    total: defaultdict[date, Decimal] = defaultdict(Decimal)
    for time in done:
        total[time.on] += time.amount or Decimal(0)
    return {day for day, amount in total.items() if amount >= rule.amount}


def _by_weeks(rule: Rule, met_on: set[date], today: date, breaks: Breaks) -> Adherence:
    """Weeks from Monday to Sunday; this week asks for nothing before it is over, what is done counts."""
    met = expected = 0
    for monday in _mondays(rule.starts_on, min(rule.ends_on, today)):
        days = [monday + timedelta(days=number) for number in range(7)]
        open_days = [day for day in days if _is_open(rule, day, breaks)]
        asked = min(rule.times, len(open_days))
        reached = min(asked, sum(1 for day in days if day in met_on))
        met += reached
        expected += asked if days[-1] < today or rule.ends_on < today else reached
    return Adherence(met, expected)


def _is_open(rule: Rule, day: date, breaks: Breaks) -> bool:
    return rule.starts_on <= day <= rule.ends_on and not is_break(day, breaks)


def _mondays(first: date, last: date) -> Iterator[date]:
    monday = first - timedelta(days=first.weekday())
    stop = min(last, first + timedelta(days=DUE_MOST))
    while monday <= stop:
        yield monday
        monday += WEEK


def next_due(rule: Rule, done: Sequence[Done], today: date, breaks: Breaks = ()) -> date | None:
    """The next day something is to be done, today included; an undone single step keeps its past day."""
    met_on = _days_met(rule, done)
    if not rule.repeats:
        return None if met_on else due_day(rule)
    day = max(today, rule.starts_on)
    while day <= rule.ends_on:
        due = day.weekday() in rule.weekdays if rule.rhythm is Rhythm.DAYS else _week_wants(rule, met_on, day)
        if due and day not in met_on and not is_break(day, breaks):
            return day
        day += DAY
    return None


def _week_wants(rule: Rule, met_on: set[date], day: date) -> bool:
    monday = day - timedelta(days=day.weekday())
    return sum(1 for met in met_on if monday <= met < monday + WEEK) < rule.times


def adherence_words(seen: Adherence, rule: Rule, _: Translate) -> str:
    """The sentence under a repeating step, empty before its first day; it never says what was missed."""
    if not seen.expected:
        return ""
    values = {"met": seen.met, "expected": seen.expected}
    if rule.rhythm is Rhythm.DAYS:
        return _("Done on %(met)s of %(expected)s days so far.", **values)
    return _("Done %(met)s of %(expected)s times so far.", **values)
