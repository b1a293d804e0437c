"""How a goal stands, in one word: hard facts first, then the quiet two-level rule (domain.md §3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import fsum, sqrt
from statistics import median

from lti_tool.plans.aimline import Line
from lti_tool.plans.days import GRACE, school_days
from lti_tool.plans.holding import after_grace
from lti_tool.plans.measure import Evidence, MeasureKind
from lti_tool.plans.observation import OUT_OF_SET, Observation, Reason
from lti_tool.plans.progress import Needed
from lti_tool.plans.taken import reason_in, reasons_in
from lti_tool.plans.terms import Point, Terms
from lti_tool.plans.translate import Reader, Translate

NO_DATA_DAYS = 14
REGRADE = timedelta(days=30)
# Touching the target settles these at once; the others are settled at the end (domain.md §3.5).
STICKS = frozenset(
    {
        MeasureKind.SCORE,
        MeasureKind.RANK,
        MeasureKind.COUNT,
        MeasureKind.LIST,
        MeasureKind.TALLY,
        MeasureKind.LEVEL,
    }
)


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
    """What the status is made from. value: kept, in the measure's unit. points: oldest first."""

    terms: Terms
    evidence: Evidence
    value: Decimal | None
    needed: Needed
    points: Sequence[Point]
    today: date

    @property
    def is_met(self) -> bool:
        """Whether the value is at the target or better."""
        return self.value is not None and self.terms.measure.is_met(self.value, self.terms.target)


def by_residuals(residuals: Sequence[Fraction | float]) -> Status:
    """The rule on r = score − aimline, oldest first, since the start or the last change of plan."""
    count = len(residuals)
    if count < 3:
        return Status.JUST_STARTED
    if count < 6:
        return Status.EARLY_DAYS
    r = [float(x) for x in residuals]
    middle = fsum(r) / count
    spread = sqrt(fsum((x - middle) ** 2 for x in r) / (count - 1))
    error = max(3.0, spread) / sqrt(count)
    if all(x >= 0 for x in residuals[-3:]):
        return Status.AHEAD if middle - 1.5 * error > 0 else Status.ON_TRACK
    if middle + 2 * error < 0:
        return Status.OFF_TRACK
    if all(x < 0 for x in residuals[-4:]) or middle + 1.5 * error < 0:
        return Status.LOOK
    return Status.ON_TRACK


def residuals(standing: Standing) -> list[float]:
    """Reading − aim line of each since the start or the last change of plan, oldest first.

    In points of 100: numbers and places are taken as shares of the way. Turned round where less is
    better. A line needs a known start; measures with a plan of their own bring it. Each is the exact
    difference, worked out in whole numbers and rounded once, so its sign is exact too.
    """
    terms = standing.terms
    line, first = line_of(terms), terms.judged_from
    times, of = _scale(terms).as_integer_ratio()
    found = []
    for on, height, _ref, own in standing.points:
        should_be = own.as_integer_ratio() if own is not None else line.at(on) if line else None
        if on < first or should_be is None:
            continue
        top, below = should_be
        over = height.numerator * below - top * height.denominator
        found.append(over * times / (height.denominator * below * of))
    return found


def line_of(terms: Terms) -> Line | None:
    """The aim line; None while the start is not known."""
    start = Decimal(0) if terms.measure.kind is MeasureKind.LIST else terms.baseline
    if start is None:
        return None
    return Line.through(start, terms.target, terms.starts_on, terms.due_on, terms.milestones)


def _scale(terms: Terms) -> Fraction:
    sign = -1 if terms.measure.params.lower else 1
    if terms.measure.kind.unit == "percent":
        return Fraction(sign)
    start = Decimal(0) if terms.measure.kind in {MeasureKind.COUNT, MeasureKind.LIST} else terms.baseline
    way = abs(Fraction(terms.target) - Fraction(start or 0))
    return sign * 100 / way if way else Fraction(sign)


def status_of(standing: Standing) -> tuple[Status, str]:
    """The status and a short code of what decided it (empty: the rule on the aimline did)."""
    fact = _hard_fact(standing)
    if fact is not None:
        return fact
    found = by_residuals(residuals(standing))
    if found is Status.JUST_STARTED:
        return found, ""
    if _needs_more_than_ever(standing) and found is not Status.OFF_TRACK:
        return Status.LOOK, "needed above every score"
    return found, ""


def _needs_more_than_ever(standing: Standing) -> bool:
    average, heights = standing.needed.average, [point.height for point in standing.points]
    if standing.terms.measure.kind is MeasureKind.COURSE:
        heights = [seen.percent for seen in standing.evidence.counted if seen.percent is not None]
    if average is None or not heights:
        return False
    return average < min(heights) if standing.needed.at_most else average > max(heights)


def _hard_fact(standing: Standing) -> tuple[Status, str] | None:
    """What outranks statistics, or None."""
    terms, work = standing.terms, standing.evidence.work
    kind = terms.measure.kind
    reasons = reasons_in(terms.measure, work)
    if reasons and kind is not MeasureKind.COURSE and all(reason in OUT_OF_SET for reason in reasons):
        return Status.NO_DATA, min(str(reason) for reason in reasons)
    over = standing.today > terms.due_on + GRACE
    if standing.is_met:
        if sticks(terms) or standing.needed.nothing_left or over:
            return Status.REACHED, ""
    elif _is_settled(terms, standing.today):
        return Status.REACHED, "changed after it was settled"
    elif over:
        return Status.LOOK, "time is over"
    else:
        fact = _out_of_reach(standing)
        if fact is not None:
            return fact
    missing = (seen for seen, reason in zip(work, reasons, strict=True) if reason is Reason.MISSING)
    if kind is not MeasureKind.COURSE and any(after_grace(seen, terms, standing.today) for seen in missing):
        return Status.MISSING_WORK, "missing"
    return (Status.NO_DATA, "no new data") if _silent(standing) else None


def sticks(terms: Terms) -> bool:
    """Whether touching the target settles the goal at once."""
    return terms.measure.kind in STICKS and not terms.measure.params.lower


def _is_settled(terms: Terms, today: date) -> bool:
    """Touched so long ago that a regrade does not take it back by itself (domain.md §3.5)."""
    return terms.reached_on is not None and sticks(terms) and today > flips_until(terms.reached_on, terms)


def flips_until(settled_on: date, terms: Terms) -> date:
    """The last day a regrade changes the end by itself; after it a person confirms."""
    last = settled_on + REGRADE
    return last if terms.term_ends_on is None else max(last, terms.term_ends_on)


def _out_of_reach(standing: Standing) -> tuple[Status, str] | None:
    needed = standing.needed
    if needed.nothing_left and any(_waits_again(seen, standing) for seen in standing.evidence.work):
        return Status.LOOK, "new try waiting"
    if needed.nothing_left:
        return Status.CANNOT_REACH, "nothing left"
    return (Status.CANNOT_REACH, "needed over 100") if needed.too_much else None


def _waits_again(seen: Observation, standing: Standing) -> bool:
    """A score, or a score under the mark, whose new try is not graded yet."""
    if not seen.regrade_pending:
        return False
    return reason_in(standing.terms.measure, seen) in {None, Reason.UNDER}


def _silent(standing: Standing) -> bool:
    """No new reading for max(14 days, twice the usual gap), breaks not counted.

    One score is awaited from its due date. A grade given long after the work was due is new all the same.
    """
    terms = standing.terms
    days = sorted({point.on for point in standing.points})
    graded = [seen.graded_on for seen in standing.evidence.work if seen.score is not None]
    since = max([terms.starts_on, *days, *(day for day in graded if day is not None)])
    if terms.measure.kind.one_item:
        awaited = [s for s in standing.evidence.work if reason_in(terms.measure, s) not in OUT_OF_SET]
        due = [seen.due_on for seen in awaited if seen.due_on is not None]
        since = max([since, *(due or [terms.due_on])])
    gaps = [school_days(before, after, terms.breaks) for before, after in pairwise(days)]
    usual = Fraction(median(gaps)) if gaps else Fraction(0)
    return school_days(since, standing.today, terms.breaks) > max(Fraction(NO_DATA_DAYS), 2 * usual)


def words_for(status: Status | str, reader: Reader, _: Translate) -> str:
    """The word a reader sees; only staff read "Off track" or "Can't be reached as written"."""
    soft = {Status.OFF_TRACK, Status.MISSING_WORK, Status.CANNOT_REACH}
    kind = Status(status)
    if reader != "staff" and kind in soft:
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
