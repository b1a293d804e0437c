"""How a goal stands, in one word: hard facts first, then the quiet two-level rule (domain.md §3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import sqrt
from statistics import mean, median, stdev

from lti_tool.plans.aimline import exact_aim
from lti_tool.plans.measure import (
    OUT_OF_SET,
    Measure,
    MeasureKind,
    Observation,
    Reason,
    eligible,
    why_not,
)
from lti_tool.plans.progress import Needed
from lti_tool.plans.translate import Reader, Translate

GRACE = timedelta(days=14)
NO_DATA_DAYS = 14


class Status(StrEnum):
    """The status of a goal, or of a plan without one (`not_started`)."""

    JUST_STARTED = "just_started"
    EARLY_DAYS = "early_days"
    ON_TRACK = "on_track"
    AHEAD = "ahead"
    LOOK = "look"
    OFF_TRACK = "off_track"
    MISSING_WORK = "missing_work"
    CANNOT_REACH = "cannot_reach"
    NO_DATA = "no_data"
    REACHED = "reached"
    WAITING = "waiting"
    NOT_STARTED = "not_started"


@dataclass(frozen=True)
class Standing:
    """What the status is made from. value, baseline, target: per cent. Days in the course's zone."""

    measure: Measure
    observations: Sequence[Observation]
    value: Decimal | None
    needed: Needed
    baseline: Decimal | None
    target: Decimal
    starts_on: date
    due_on: date
    today: date


def by_residuals(residuals: Sequence[Fraction | int]) -> Status:
    """The rule on r = score − aimline, oldest first, since the start or the last change of plan."""
    count = len(residuals)
    if count < 3:
        return Status.JUST_STARTED
    if count < 6:
        return Status.EARLY_DAYS
    r = [Fraction(x) for x in residuals]
    middle = float(mean(r))
    error = max(3.0, float(stdev(float(x) for x in r))) / sqrt(count)
    if all(x >= 0 for x in r[-3:]):
        return Status.AHEAD if middle - 1.5 * error > 0 else Status.ON_TRACK
    if middle + 2 * error < 0:
        return Status.OFF_TRACK
    if all(x < 0 for x in r[-4:]) or middle + 1.5 * error < 0:
        return Status.LOOK
    return Status.ON_TRACK


def residuals(standing: Standing) -> list[Fraction]:
    """Score − aimline of each counted score since the start, oldest first; needs a known start."""
    if standing.baseline is None:
        return []
    found = []
    for seen in eligible(standing.observations):
        if seen.percent is None or seen.on is None or seen.on < standing.starts_on:
            continue
        line = exact_aim(standing.baseline, standing.target, standing.starts_on, standing.due_on, seen.on)
        found.append(seen.percent - line)
    return found


def status_of(standing: Standing) -> tuple[Status, str]:
    """The status and a short code of what decided it (empty: the rule on the aimline did)."""
    fact = _hard_fact(standing)
    if fact is not None:
        return fact
    found = by_residuals(residuals(standing))
    if found is Status.JUST_STARTED:
        return found, ""
    per_cents = [seen.percent for seen in eligible(standing.observations) if seen.percent is not None]
    average = standing.needed.average
    if average is not None and per_cents and average > max(per_cents) and found is not Status.OFF_TRACK:
        return Status.LOOK, "needed above every score"
    return found, ""


def _hard_fact(standing: Standing) -> tuple[Status, str] | None:
    """What outranks statistics, or None."""
    reasons = [why_not(seen) for seen in standing.observations]
    if reasons and all(reason in OUT_OF_SET for reason in reasons):
        return Status.NO_DATA, next(str(reason) for reason in reasons if reason)
    nothing_left = standing.needed.average is None
    over = standing.today > standing.due_on + GRACE
    if standing.value is not None and standing.value >= standing.target:
        if standing.measure.kind is MeasureKind.SCORE or nothing_left or over:
            return Status.REACHED, ""
    elif over:
        return Status.LOOK, "time is over"
    elif standing.needed.too_much:
        return Status.CANNOT_REACH, "needed over 100"
    elif nothing_left:
        if any(seen.regrade_pending for seen in standing.observations):
            return Status.LOOK, "new try waiting"
        return Status.CANNOT_REACH, "nothing left"
    if any(_missing_after_grace(seen, standing.today) for seen in standing.observations):
        return Status.MISSING_WORK, "missing"
    if _silent(standing):
        return Status.NO_DATA, "no new data"
    return None


def _missing_after_grace(seen: Observation, today: date) -> bool:
    return why_not(seen) is Reason.MISSING and seen.due_on is not None and today > seen.due_on + GRACE


def _silent(standing: Standing) -> bool:
    """No new score for max(14 days, twice the usual gap); one score is awaited from its due date."""
    days = sorted({seen.on for seen in eligible(standing.observations) if seen.on is not None})
    since = max([standing.starts_on, *days])
    if standing.measure.kind is MeasureKind.SCORE:
        due = [seen.due_on for seen in standing.observations if seen.due_on is not None]
        since = max([since, *(due or [standing.due_on])])
    gaps = [(after - before).days for before, after in pairwise(days)]
    usual = Fraction(median(gaps)) if gaps else Fraction(0)
    return (standing.today - since).days > max(Fraction(NO_DATA_DAYS), 2 * usual)


def words_for(status: Status | str, reader: Reader, _: Translate) -> str:
    """The word a reader sees; students never read "Off track" or "Can't be reached as written"."""
    soft = {Status.OFF_TRACK, Status.MISSING_WORK, Status.CANNOT_REACH}
    kind = Status(status)
    if reader == "student" and kind in soft:
        kind = Status.LOOK
    if kind is Status.WAITING and reader == "student":
        return _("Waiting for you")
    return {
        Status.JUST_STARTED: _("Just started"),
        Status.EARLY_DAYS: _("Early days"),
        Status.ON_TRACK: _("On track"),
        Status.AHEAD: _("Ahead"),
        Status.LOOK: _("Let's look"),
        Status.OFF_TRACK: _("Off track"),
        Status.MISSING_WORK: _("Missing work"),
        Status.CANNOT_REACH: _("Can't be reached as written"),
        Status.NO_DATA: _("No new data"),
        Status.REACHED: _("Reached"),
        Status.WAITING: _("Waiting for student"),
        Status.NOT_STARTED: _("Not started"),
    }[kind]
