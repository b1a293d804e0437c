"""What is counted: observations, which of them count, and the value they give (domain.md §3.1, §3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from lti_tool.plans.rounding import kept_down

USABLE_KINDS = frozenset({"points", "percent", "letter_grade", "gpa_scale"})
# Beyond these a number from outside is a mistake: it is shown as no number, and never kept.
POINTS_MOST = 10**9
PER_CENT_MOST = 10**6


class MeasureKind(StrEnum):
    """`score`: one item. `average`: over chosen items."""

    SCORE = "score"
    AVERAGE = "average"


class Method(StrEnum):
    """How an average is made. `points`: Σs/Σp. `mean`: the mean of per cents. Fixed at creation."""

    POINTS = "points"
    MEAN = "mean"


class Reason(StrEnum):
    """Why an observation does not count; kept with the reading and printed by `course --json`."""

    NOT_POSTED = "not posted"
    NOT_GRADED = "not graded yet"
    EXCUSED = "excused"
    MISSING = "missing"
    NO_POINTS = "no points possible"
    NOT_A_NUMBER = "not a number"
    REMOVED = "item removed"
    LEFT_OUT = "left out"


# Out of the set altogether: neither in the average nor in the work that is left.
OUT_OF_SET = frozenset(
    {Reason.EXCUSED, Reason.REMOVED, Reason.NO_POINTS, Reason.NOT_A_NUMBER, Reason.LEFT_OUT}
)


@dataclass(frozen=True)
class Observation:
    """What the LMS last showed the student of one item; an item never graded has no score.

    score, possible: points. kind: the item's. state: the LMS's word for the work. Dates are days in
    the course's time zone.
    """

    item_id: int
    score: Decimal | None = None
    possible: Decimal | None = None
    kind: str = "points"
    state: str = ""
    visible: bool = True
    excused: bool = False
    missing: bool = False
    late: bool = False
    regrade_pending: bool = False
    gone: bool = False
    due_on: date | None = None
    submitted_on: date | None = None
    graded_on: date | None = None

    @property
    def on(self) -> date | None:
        """The day it stands for: due date, else handed in, else graded."""
        return self.due_on or self.submitted_on or self.graded_on

    @property
    def percent(self) -> Fraction | None:
        """100·s/p, exact; None without a score or without points possible."""
        if self.score is None or self.possible is None or self.possible <= 0:
            return None
        return 100 * Fraction(self.score) / Fraction(self.possible)


@dataclass(frozen=True)
class Measure:
    """What a goal looks at: its kind and, for an average, how it is made."""

    kind: MeasureKind
    method: Method = Method.POINTS


def why_not(observation: Observation) -> Reason | None:
    """Why it does not count, or None when it does (domain.md §3.1).

    A score kept while a new try waits for its grade counts; one under review does not.
    """
    seen = observation
    if seen.gone:
        return Reason.REMOVED
    if not seen.visible:
        return Reason.NOT_POSTED
    if seen.excused:
        return Reason.EXCUSED
    if seen.kind not in USABLE_KINDS:
        return Reason.NOT_A_NUMBER
    if seen.possible is None or seen.possible <= 0:
        return Reason.NO_POINTS
    if seen.possible > POINTS_MOST or abs(seen.percent or Fraction(0)) > PER_CENT_MOST:
        return Reason.NOT_A_NUMBER
    if seen.state == "pending_review":
        return Reason.NOT_GRADED
    if seen.score is None:
        return Reason.MISSING if seen.missing else Reason.NOT_GRADED
    return None


def eligible(observations: Iterable[Observation]) -> list[Observation]:
    """Those that count, oldest first; the order they came in does not matter."""
    counted = [seen for seen in observations if why_not(seen) is None]
    return sorted(counted, key=lambda seen: (seen.on or date.min, seen.item_id))


def left(observations: Iterable[Observation]) -> list[Observation]:
    """The work still to come: in the set, without a grade to show. A hidden grade is such work."""
    rest = []
    for seen in observations:
        reason = why_not(seen)
        if reason is None or reason in OUT_OF_SET or seen.possible is None or seen.possible <= 0:
            continue
        rest.append(seen)
    return rest


def points(counted: Iterable[Observation]) -> tuple[Decimal, Decimal]:
    """(earned, possible) of observations that count."""
    earned, possible = Decimal(0), Decimal(0)
    for seen in counted:
        earned += seen.score or 0
        possible += seen.possible or 0
    return earned, possible


def exact_value(measure: Measure, counted: Sequence[Observation]) -> Fraction | None:
    """The value in per cent as an exact fraction; None when nothing counts yet."""
    if not counted:
        return None
    if measure.kind is MeasureKind.AVERAGE and measure.method is Method.POINTS:
        earned = sum((Fraction(seen.score or 0) for seen in counted), Fraction(0))
        possible = sum((Fraction(seen.possible or 0) for seen in counted), Fraction(0))
        return 100 * earned / possible
    per_cents = [seen.percent for seen in counted if seen.percent is not None]
    return sum(per_cents, Fraction(0)) / len(per_cents)


def value_of(measure: Measure, observations: Iterable[Observation]) -> Decimal | None:
    """The value in per cent, unrounded; None when nothing counts yet."""
    value = exact_value(measure, eligible(observations))
    return None if value is None else kept_down(value)
