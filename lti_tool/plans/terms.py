"""What a goal says, as the rules take it (domain.md §3.2, §3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from lti_tool.plans.measure import Measure

Break = tuple[date, date]
Milestone = tuple[date, Decimal]


@dataclass(frozen=True)
class Terms:
    """A goal's measure, numbers and days. target, baseline: in the measure's unit.

    milestones: what is planned for days between. phase_on: the day of the last accepted change of plan,
    from which scores are judged. breaks: first and last days without school. reached_on: the first day
    the target was touched. All days in the course's zone.
    """

    measure: Measure
    target: Decimal
    baseline: Decimal | None
    starts_on: date
    due_on: date
    milestones: Sequence[Milestone] = ()
    phase_on: date | None = None
    breaks: Sequence[Break] = ()
    term_ends_on: date | None = None
    reached_on: date | None = None

    @property
    def judged_from(self) -> date:
        """The first day whose scores are held against the aim line."""
        return max(self.starts_on, self.phase_on or self.starts_on)


class Point(NamedTuple):
    """One reading as status and forecast look at it. height: in the measure's unit. ref: item or entry.

    line: where it should be, for measures whose plan is no straight line between days; else None.
    """

    on: date
    height: Fraction
    ref: int = 0
    line: Fraction | None = None
