"""One row of a gradebook as the rules see it, and whether it counts (domain.md §3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from lti_tool.plans.once import once

USABLE_KINDS = frozenset({"points", "percent", "letter_grade", "gpa_scale"})
# Beyond these a number from outside is a mistake: it is shown as no number, and never kept.
POINTS_MOST = 10**9
PER_CENT_MOST = 10**6


# The state of work that is not given to the student, or not any more.
UNASSIGNED = "unassigned"


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
    NOT_IN_SCALE = "not in the scale"
    NOT_IN_YET = "not handed in"
    LATE = "handed in late"
    UNDER = "under the mark"


# Out of the set altogether: neither in the value nor in the work that is left.
OUT_OF_SET = frozenset(
    {
        Reason.EXCUSED,
        Reason.REMOVED,
        Reason.NO_POINTS,
        Reason.NOT_A_NUMBER,
        Reason.LEFT_OUT,
        Reason.NOT_IN_SCALE,
    }
)


@dataclass(frozen=True)
class Observation:
    """What the LMS last showed the student of one item; an item never graded has no score.

    score, possible: points. kind: the item's. state: the LMS's word for the work. text: the LMS's word
    for the grade. group: the gradebook's group. left_out: a teacher left it out of this goal. Dates are
    days in the course's time zone.
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
    text: str = ""
    group: int | str | None = None
    left_out: bool = False

    @property
    def on(self) -> date | None:
        """The day it stands for: due date, else handed in, else graded."""
        return self.due_on or self.submitted_on or self.graded_on

    # Asked a dozen times while a goal is measured; twenty thousand results are measured in one go.
    @once
    def percent(self) -> Fraction | None:
        """100·s/p, exact; None without a score or without points possible."""
        if self.score is None or self.possible is None or self.possible <= 0:
            return None
        earned, of_earned = self.score.as_integer_ratio()
        possible, of_possible = self.possible.as_integer_ratio()
        return Fraction(100 * earned * of_possible, of_earned * possible)

    @once
    def reason(self) -> Reason | None:
        """Why it does not count as a per cent, or None when it does (domain.md §3.1)."""
        return out_of_sight(self) or _no_number(self)


def out_of_sight(seen: Observation) -> Reason | None:
    """Why nothing at all may be said of it, whatever a goal looks for."""
    if seen.gone:
        return Reason.REMOVED
    if seen.left_out:
        return Reason.LEFT_OUT
    if not seen.visible:
        return Reason.NOT_POSTED
    return Reason.EXCUSED if seen.excused else None


def no_grade(seen: Observation) -> Reason | None:
    """Why there is no grade to look at: under review, missing, or not graded yet.

    A score kept while a new try waits for its grade is one.
    """
    if seen.state == "pending_review":
        return Reason.NOT_GRADED
    if seen.score is None and not seen.text:
        return Reason.MISSING if seen.missing else Reason.NOT_GRADED
    return None


def _no_number(seen: Observation) -> Reason | None:
    if seen.kind not in USABLE_KINDS:
        return Reason.NOT_A_NUMBER
    if seen.possible is None or seen.possible <= 0:
        return Reason.NO_POINTS
    most = seen.possible * (PER_CENT_MOST // 100)
    if seen.possible > POINTS_MOST or (seen.score is not None and abs(seen.score) > most):
        return Reason.NOT_A_NUMBER
    if seen.score is None:
        return Reason.MISSING if seen.missing and seen.state != "pending_review" else Reason.NOT_GRADED
    return no_grade(seen)


def why_not(observation: Observation) -> Reason | None:
    """Why it does not count as a per cent, or None when it does (domain.md §3.1)."""
    return observation.reason


def eligible(observations: Iterable[Observation]) -> list[Observation]:
    """Those that count, oldest first; the order they came in does not matter."""
    counted = [seen for seen in observations if why_not(seen) is None]
    return sorted(counted, key=by_day)


def by_day(seen: Observation) -> tuple[date, int]:
    """Oldest first, then by item."""
    return seen.on or date.min, seen.item_id


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
