"""One goal measured: its rows in, what has to be written out. No database here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

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
Work = Sequence[tuple[int | None, Observation]]


@dataclass
class Measured:
    """What measuring a goal found: rows to add (empty when nothing is new) and whether it moved."""

    goal_id: int
    moved: bool = False
    readings: list[dict[str, Any]] = field(default_factory=list)
    version: dict[str, Any] | None = None
    value_row: dict[str, Any] | None = None
    figures: dict[str, Any] | None = None


def measure_goal(goal: Any, work: Work, newest: Newest, now: datetime) -> Measured:
    """Measure one goal row (with its zones) against the work it looks at.

    work: (released version or None, observation) of each item. newest: the readings there are.
    """
    found = Measured(goal.id)
    found.readings = _new_readings(goal.id, work, newest)
    measure = Measure(MeasureKind(goal.measure), Method(goal.method))
    seen = [observation for _version, observation in work]
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
            "why": _why(seen, wanted.average, because),
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
    for version_id, seen in work:
        reason = why_not(seen)
        if version_id is None and reason is not Reason.REMOVED:
            continue
        now_says = (version_id, reason is None, str(reason or ""))
        if newest.get((goal_id, seen.item_id)) != now_says:
            rows.append(
                {
                    "goal_id": goal_id,
                    "item_id": seen.item_id,
                    "version_id": version_id,
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


def _why(seen: list[Observation], wanted: Decimal | None, because: str) -> dict[str, Any]:
    """The sum behind a value, of counted work alone."""
    counted = eligible(seen)
    earned, possible = points(counted)
    reasons = Counter(str(reason) for reason in map(why_not, seen) if reason is not None)
    return {
        "earned": str(earned),
        "possible": str(possible),
        "counted": len(counted),
        "left_out": dict(sorted(reasons.items())),
        "needed": None if wanted is None else str(wanted),
        "because": because,
    }
