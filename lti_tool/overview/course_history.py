"""Past values of a course's goals for `course --json`, and how the newest one is made, in words."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.measure import Measure, MeasureKind, Method, Params
from lti_tool.plans.translate import plain
from lti_tool.plans.words import value_words, why_words
from lti_tool.records.goal import Goal, GoalValue


def number(value: Decimal | None) -> int | float | None:
    """A decimal as a JSON number: at most four decimals, cut downwards."""
    if value is None:
        return None
    cut = value.quantize(Decimal("0.0001"), rounding=ROUND_FLOOR)
    return int(cut) if cut == cut.to_integral_value() else float(cut)


def moment(at: datetime | None) -> str | None:
    """A time as ISO 8601 in UTC with Z."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def values_of(session: Session, context_id: int) -> dict[int, list[GoalValue]]:
    """goal → its values, the oldest first."""
    found: dict[int, list[GoalValue]] = defaultdict(list)
    query = (
        sa.select(GoalValue)
        .join(Goal, Goal.id == GoalValue.goal_id)
        .where(Goal.context_id == context_id)
        .order_by(GoalValue.id)
    )
    for value in session.scalars(query):
        found[value.goal_id].append(value)
    return found


def past(value: GoalValue) -> dict[str, Any]:
    """A value of then: when, what moved it, and how many readings counted for what."""
    why = value.why or {}
    return {
        "at": moment(value.at),
        "value": number(value.value),
        "progress": number(value.progress),
        "status": value.status,
        "cause": why.get("cause") or ("grades" if value.sync_run_id else None),
        "counted": why.get("counted", 0),
        "left_out": why.get("left_out", {}),
    }


def why_now(goal: Goal, history: list[GoalValue]) -> str | None:
    """How the number of now is made, as a sentence with the student's own numbers; in English."""
    why = history[-1].why if history else {}
    if "earned" not in why:
        return None
    measure = Measure(MeasureKind(goal.measure), Method(goal.method), Params.of(goal.params))
    if measure.kind not in (MeasureKind.SCORE, MeasureKind.AVERAGE):
        return value_words(measure, goal.value, goal.target, plain)
    earned, possible = Decimal(why["earned"]), Decimal(why["possible"])
    return why_words(measure, earned, possible, why["counted"], goal.value, plain, reader="staff")
