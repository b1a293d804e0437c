"""One goal as pages show it: its row with the work behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lti_tool.overview.work import Work, scores_of
from lti_tool.plans.chart import ChartFacts
from lti_tool.plans.goal import GoalState
from lti_tool.plans.measure import Measure, MeasureKind, Method, Params, Reason
from lti_tool.plans.status import Status
from lti_tool.records.goal import Goal


@dataclass(frozen=True)
class GoalCard:
    """One goal on a plan. status: as stored, `waiting` for a proposal. author: who proposed it.

    course: its title, where the plan is read over all courses. stale: its grades were read over a day ago.
    """

    id: int
    title: str
    status: Status
    measure: Measure
    facts: ChartFacts
    author: str
    work: Sequence[Work]
    course: str = ""
    stale: bool = False

    @property
    def waits(self) -> bool:
        """Whether it waits for the student's answer."""
        return self.status is Status.WAITING

    @property
    def mark(self) -> str:
        """What stands where the status stands: its value, or `stale` where it would speak of old grades."""
        old = self.stale and not self.measure.kind.is_manual
        return "stale" if old and self.status not in (Status.WAITING, Status.REACHED) else self.status.value


def card(goal: Goal, author: str, work: list[Work], today: date, course: str = "") -> GoalCard:
    """A goal's row with the work behind it, as pages show it."""
    waits = goal.state == GoalState.PROPOSED
    measure = Measure(MeasureKind(goal.measure), Method(goal.method), Params.of(goal.params))
    return GoalCard(
        id=goal.id,
        title=goal.title,
        status=Status.WAITING if waits else Status(goal.status),
        measure=measure,
        facts=ChartFacts(
            baseline=goal.baseline,
            target=target_now(goal, work),
            starts_on=goal.starts_on,
            due_on=goal.due_on,
            today=today,
            value=goal.value,
            needed=needed_to_show(goal.needed, goal.value, goal.target),
            scores=scores_of(work) if goal.measure in OF_SCORES else (),
            milestones=milestones_of(goal),
            forecasts=goal.measure in FORECAST,
            lower=measure.less_is_better,
            most=most_of(measure),
        ),
        author=author,
        work=work,
        course=course,
    )


# Dots of the work itself stand on the line of these measures; of the others past values do.
OF_SCORES = frozenset({MeasureKind.SCORE, MeasureKind.AVERAGE})
FORECAST = frozenset({MeasureKind.AVERAGE, MeasureKind.COURSE, MeasureKind.TALLY, MeasureKind.LIST})


def most_of(measure: Measure) -> Decimal | None:
    """What no forecast goes beyond: 100 of a per cent, all the names of a list; a number has no most."""
    if measure.kind is MeasureKind.LIST:
        return Decimal(len(measure.params.scale))
    return None if measure.kind.unit == "number" else Decimal(100)


def milestones_of(goal: Goal) -> list[tuple[date, Decimal]]:
    """What is planned for days between."""
    return [(date.fromisoformat(day), Decimal(number)) for day, number in goal.milestones or ()]


OUT = frozenset({Reason.EXCUSED, Reason.REMOVED, Reason.LEFT_OUT})


def target_now(goal: Goal, work: Sequence[Work]) -> Decimal:
    """The target as it stands: "all of them" is fewer where work is excused or gone (domain.md §3.5)."""
    if goal.measure == MeasureKind.COUNT and Params.of(goal.params).every:
        return Decimal(sum(line.reason not in OUT for line in work))
    return goal.target


def needed_to_show(needed: Decimal | None, value: Decimal | None, target: Decimal) -> Decimal | None:
    """The needed average, unless the work that is left may be worth nothing at all."""
    return None if needed is None or (needed == 0 and value is not None and value >= target) else needed
