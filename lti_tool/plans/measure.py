"""What a goal looks at, and the value that gives (domain.md §3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Literal

from lti_tool.plans.exact import total, total_of_parts
from lti_tool.plans.observation import (
    OUT_OF_SET,
    PER_CENT_MOST,
    POINTS_MOST,
    USABLE_KINDS,
    Observation,
    Reason,
    eligible,
    left,
    points,
    why_not,
)
from lti_tool.plans.once import once
from lti_tool.plans.rounding import kept_down, kept_up

__all__ = [
    "OUT_OF_SET",
    "PER_CENT_MOST",
    "POINTS_MOST",
    "USABLE_KINDS",
    "CourseScore",
    "Entry",
    "Evidence",
    "Group",
    "Measure",
    "MeasureKind",
    "Method",
    "Observation",
    "Params",
    "Reason",
    "eligible",
    "exact_value",
    "kept",
    "left",
    "points",
    "value_of",
    "why_not",
]

Unit = Literal["percent", "number", "rank"]


class MeasureKind(StrEnum):
    """What is counted. Manual ones look at what people write down, the others at the gradebook."""

    SCORE = "score"
    AVERAGE = "average"
    COURSE = "course"
    COUNT = "count"
    LIST = "list"
    TALLY = "tally"
    HABIT = "habit"
    LEVEL = "level"
    RANK = "rank"
    MAINTAIN = "maintain"

    @property
    def is_manual(self) -> bool:
        """Counted by people, not by the LMS."""
        return self in _MANUAL

    @property
    def one_item(self) -> bool:
        """Looks at one item alone."""
        return self is MeasureKind.SCORE or self is MeasureKind.RANK

    @property
    def unit(self) -> Unit:
        """What target and value are: per cent, a number of things, or a place in an order from 1."""
        return _UNITS.get(self, "percent")


_MANUAL = frozenset({MeasureKind.LIST, MeasureKind.TALLY, MeasureKind.HABIT, MeasureKind.LEVEL})
_UNITS: dict[MeasureKind, Unit] = {
    MeasureKind.COUNT: "number",
    MeasureKind.LIST: "number",
    MeasureKind.TALLY: "number",
    MeasureKind.LEVEL: "rank",
    MeasureKind.RANK: "rank",
}
MAY_BE_LOWER = frozenset({MeasureKind.SCORE, MeasureKind.AVERAGE, MeasureKind.TALLY})


class Method(StrEnum):
    """How an average is made. `points`: Σs/Σp. `mean`: the mean of per cents. Fixed at creation."""

    POINTS = "points"
    MEAN = "mean"


@dataclass(frozen=True)
class Params:
    """The particulars of a measure; what a kind does not use stays as it is here.

    letter: the grade meant by a per cent target. scale: words low to high (list: the names in order).
    on_time, least (per cent), every ("all of them"): count. amount, unit, days_a_week: habit.
    floor: the per cent to stay at or over. lower: less is better. needs_tick: a student's own entry
    counts only once somebody else ticked it.
    """

    letter: str = ""
    scale: tuple[str, ...] = ()
    on_time: bool = False
    least: Decimal | None = None
    every: bool = False
    amount: Decimal | None = None
    unit: str = ""
    days_a_week: int = 7
    floor: Decimal | None = None
    lower: bool = False
    needs_tick: bool = False

    def as_json(self) -> dict[str, Any]:
        """Only what differs from the defaults, decimals as text."""
        found: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if value != one.default:
                found[one.name] = str(value) if isinstance(value, Decimal) else value
                if isinstance(value, tuple):
                    found[one.name] = list(value)
        return found

    @classmethod
    def of(cls, kept_as: Mapping[str, Any] | None) -> Params:
        """From `as_json`; names nobody knows are passed over."""
        if not kept_as:
            return _PLAIN
        names = {one.name for one in fields(cls)}
        found = {name: value for name, value in kept_as.items() if name in names}
        for name in ("least", "amount", "floor"):
            if found.get(name) is not None:
                found[name] = Decimal(str(found[name]))
        if "scale" in found:
            found["scale"] = tuple(found["scale"])
        return cls(**found)


_PLAIN = Params()


@dataclass(frozen=True)
class Measure:
    """What a goal looks at: its kind, how an average is made, and the particulars."""

    kind: MeasureKind
    method: Method = Method.POINTS
    params: Params = field(default_factory=Params)

    @property
    def less_is_better(self) -> bool:
        """Whether its value should go down. To stay under a mark is about the checks, not the share."""
        return self.params.lower and self.kind in MAY_BE_LOWER

    def is_met(self, value: Decimal | Fraction, target: Decimal | Fraction) -> bool:
        """Whether a value is at the target or better."""
        return value <= target if self.less_is_better else value >= target


@dataclass(frozen=True)
class Entry:
    """One line written by hand. value: list 1 ticked, 0 not; tally the number so far; habit the amount
    of that day (it adds up); level the place from 1. name: which one of a list. by: a role."""

    id: int
    on: date
    value: Decimal
    name: str = ""
    by: str = "student"
    verified: bool = False


@dataclass(frozen=True)
class CourseScore:
    """The course grade in per cent as it stood from a day on. source: the LMS's own, or our sum."""

    on: date
    score: Decimal | None
    source: Literal["lms", "ours"] = "lms"


@dataclass(frozen=True)
class Group:
    """A group of a gradebook (Canvas assignment group, Moodle category).

    weight: None where groups are not weighted. never_drop: item ids. by: points, or every mark the same.
    count_ungraded: ungraded work is nought (Moodle without "only graded"). drops: whose rules.
    """

    id: int | str
    weight: Decimal | None = None
    drop_lowest: int = 0
    drop_highest: int = 0
    keep_highest: int = 0
    never_drop: frozenset[int] = frozenset()
    by: Literal["points", "mean"] = "points"
    count_ungraded: bool = False
    drops: Literal["canvas", "moodle"] = "canvas"


@dataclass(frozen=True)
class Evidence:
    """Everything a goal may look at, each in any order."""

    work: Sequence[Observation] = ()
    entries: Sequence[Entry] = ()
    course: Sequence[CourseScore] = ()
    groups: Sequence[Group] = ()

    @once
    def counted(self) -> list[Observation]:
        """The work that counts as a per cent, oldest first."""
        return eligible(self.work)

    @once
    def left(self) -> list[Observation]:
        """The work still to come."""
        return left(self.work)


def kept(measure: Measure, number: Fraction) -> Decimal:
    """The number as it is kept: never better than the true one."""
    return kept_up(number) if measure.less_is_better else kept_down(number)


def exact_value(measure: Measure, counted: Sequence[Observation]) -> Fraction | None:
    """A score's or an average's value in per cent as an exact fraction; None when nothing counts yet."""
    if not counted:
        return None
    if measure.kind is MeasureKind.AVERAGE and measure.method is Method.POINTS:
        return 100 * total(seen.score for seen in counted) / total(seen.possible for seen in counted)
    per_cents = [seen.percent for seen in counted if seen.percent is not None]
    return total_of_parts(per_cents) / len(per_cents)


def value_of(measure: Measure, observations: Iterable[Observation]) -> Decimal | None:
    """A score's or an average's value in per cent, unrounded; None when nothing counts yet."""
    value = exact_value(measure, eligible(observations))
    return None if value is None else kept(measure, value)
