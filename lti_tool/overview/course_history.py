"""Past values of a course's goals for `course --json`, and how the newest one is made, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.measure import Measure, MeasureKind, Method, Params
from lti_tool.plans.translate import plain
from lti_tool.plans.why import Behind, why_words
from lti_tool.records.goal import Goal, GoalValue
from lti_tool.records.structure import ItemGroup


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


def past(value: GoalValue, goal: Goal, names: Mapping[str, str]) -> dict[str, Any]:
    """A value of then: when, what moved it, how many readings counted for what, and how it was made.

    names: the LMS's id of a group → its name.
    """
    why = value.why or {}
    return {
        "at": moment(value.at),
        "value": number(value.value),
        "progress": number(value.progress),
        "status": value.status,
        "cause": why.get("cause") or ("grades" if value.sync_run_id else None),
        "counted": why.get("counted", 0),
        "left_out": why.get("left_out", {}),
        "why": why_then(value, goal, names),
    }


def why_then(value: GoalValue, goal: Goal, names: Mapping[str, str]) -> str | None:
    """How a number was made, as a sentence with the student's own numbers; in English."""
    why = value.why or {}
    if "earned" not in why:
        return None
    measure = Measure(MeasureKind(goal.measure), Method(goal.method), Params.of(goal.params))
    behind = Behind.of(why, names)
    return why_words(measure, behind, value.value, Decimal(why["target"]), plain, reader="staff")


def group_names(session: Session, context_id: int) -> dict[str, str]:
    """The LMS's id of each group of the course's work → its name."""
    query = sa.select(ItemGroup.lms_id, ItemGroup.name).where(ItemGroup.context_id == context_id)
    return {row.lms_id: row.name for row in session.execute(query)}
