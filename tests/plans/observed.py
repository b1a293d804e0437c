"""Short ways to write observations down."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from lti_tool.plans.measure import Measure, MeasureKind, Method, Observation

SCORE = Measure(MeasureKind.SCORE)
POINTS = Measure(MeasureKind.AVERAGE, Method.POINTS)
MEAN = Measure(MeasureKind.AVERAGE, Method.MEAN)


def seen(item_id: int, score: Any, possible: Any = 100, on: date | None = None, **more: Any) -> Observation:
    """An observation; a score of None is work without a grade."""
    return Observation(
        item_id=item_id,
        score=None if score is None else Decimal(str(score)),
        possible=None if possible is None else Decimal(str(possible)),
        due_on=on,
        **more,
    )
