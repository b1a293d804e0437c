"""One goal measured: its rows in, what has to be written out. No database here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from lti_tool.planning.observations import course_zone
from lti_tool.plans.baseline import LAST, captured
from lti_tool.plans.goal import GoalState
from lti_tool.plans.measure import (
    Measure,
    MeasureKind,
    Method,
    Observation,
    Reason,
    eligible,
    points,
    value_of,
    why_not,
)
from lti_tool.plans.progress import needed, progress
from lti_tool.plans.status import Standing, Status, status_of

Newest = dict[tuple[int, int], tuple[int | None, bool, str]]


class Seen(NamedTuple):
    """One item of a goal: the released version it comes from, if any, and what the rules look at.

    left_out: a teacher leaves it out of this goal.
    """

    version_id: int | None
    observation: Observation
    left_out: bool = False

    @property
    def reason(self) -> Reason | None:
        """Why it does not count in this goal, or None when it does."""
        return Reason.LEFT_OUT if self.left_out else why_not(self.observation)


Work = Sequence[Seen]


@dataclass
class Measured:
    """What measuring a goal found: rows to add (empty when nothing is new) and whether it moved."""

    goal_id: int
    moved: bool = False
    readings: list[dict[str, Any]] = field(default_factory=list)
    version: dict[str, Any] | None = None
    value_row: dict[str, Any] | None = None
    figures: dict[str, Any] | None = None


def measure_goal(goal: Any, work: Work, newest: Newest, now: datetime, cause: str = "") -> Measured:
    """Measure one goal row (with its zones) against the work it looks at.

    newest: the readings there are. cause: what else than grades moved it.
    """
    found = Measured(goal.id)
    found.readings = _new_readings(goal.id, work, newest)
    measure = Measure(MeasureKind(goal.measure), Method(goal.method))
    seen = [one.observation for one in work if not one.left_out]
    baseline, note = goal.baseline, goal.baseline_note
    late = _late_start(measure, seen, goal)
    if late is not None:
        baseline, note, found.version = late
    value = value_of(measure, seen)
    wanted = needed(measure, seen, goal.target)
    today = now.astimezone(course_zone(goal.context_zone, goal.registration_zone)).date()
    status, because = status_of(
        Standing(measure, seen, value, wanted, baseline, goal.target, goal.starts_on, goal.due_on, today)
    )
    if goal.state == GoalState.PROPOSED:
        status = Status.WAITING
    done = progress(measure, value, baseline, goal.target)
    before = (goal.value, goal.progress, goal.status)
    found.moved = goal.computed_at is None or before != (value, done, status)
    if found.moved:
        found.value_row = {
            "goal_id": goal.id,
            "value": value,
            "progress": done,
            "status": status.value,
            "why": _why(goal, baseline, today, work, wanted.average, because, cause),
        }
    if found.moved or found.version or goal.needed != wanted.average:
        found.figures = {
            "goal_id": goal.id,
            "value": value,
            "progress": done,
            "status": status.value,
            "needed": wanted.average,
            "baseline": baseline,
            "baseline_note": note,
            "version": goal.version + (1 if found.version else 0),
        }
    return found


def _new_readings(goal_id: int, work: Work, newest: Newest) -> list[dict[str, Any]]:
    """A reading for each item that says something else than its newest one; silence needs none."""
    rows = []
    for one in work:
        reason, item_id = one.reason, one.observation.item_id
        silent = one.version_id is None and reason not in (Reason.REMOVED, Reason.LEFT_OUT)
        if silent and (goal_id, item_id) not in newest:
            continue
        now_says = (one.version_id, reason is None, str(reason or ""))
        if newest.get((goal_id, item_id)) != now_says:
            rows.append(
                {
                    "goal_id": goal_id,
                    "item_id": item_id,
                    "version_id": one.version_id,
                    "counted": reason is None,
                    "reason": str(reason or ""),
                }
            )
    return rows


def _late_start(
    measure: Measure, seen: list[Observation], goal: Any
) -> tuple[Decimal, dict[str, Any], dict[str, Any]] | None:
    """An average that began without any grade gets its start from the first three, once and for all."""
    first = eligible(seen)[:LAST]
    if goal.baseline is not None or measure.kind is MeasureKind.SCORE or len(first) < LAST:
        return None
    start = captured(first)
    if start.value is None or start.value >= goal.target:
        return None
    note = {
        "how": "first three",
        "n": len(start.scores),
        "scores": [str(score) for score in start.scores],
        "items": list(start.items),
    }
    version = {
        "goal_id": goal.id,
        "number": goal.version + 1,
        "author_id": None,
        "author_role": "system",
        "what": "start found",
        "reason": "",
        "content": {"baseline": str(start.value), "baseline_note": note},
    }
    return start.value, note, version


def _why(
    goal: Any,
    baseline: Decimal | None,
    today: date,
    work: Work,
    wanted: Decimal | None,
    because: str,
    cause: str,
) -> dict[str, Any]:
    """All a value was made of, so that the same can be made again from what is stored (issue: recompute).

    seen: a line an item: item, version, reason (empty: it counts), points possible, day due.
    """
    counted = eligible(one.observation for one in work if not one.left_out)
    earned, possible = points(counted)
    reasons = Counter(str(one.reason) for one in work if one.reason is not None)
    return {
        "earned": str(earned),
        "possible": str(possible),
        "counted": len(counted),
        "left_out": dict(sorted(reasons.items())),
        "needed": None if wanted is None else str(wanted),
        "because": because,
        "cause": cause,
        "today": today.isoformat(),
        "target": str(goal.target),
        "baseline": None if baseline is None else str(baseline),
        "seen": [
            [
                one.observation.item_id,
                one.version_id,
                str(one.reason or ""),
                None if one.observation.possible is None else str(one.observation.possible),
                None if one.observation.due_on is None else one.observation.due_on.isoformat(),
            ]
            for one in work
        ],
    }
