"""The gradebook column of check-ins: its name, and what a student's number of check-ins is in it."""

from __future__ import annotations

from decimal import Decimal

CHECK_INS = "check_ins"
# The LMS shows these words in its gradebook; the tag is how we know the column again.
LABEL = "Check-ins done"
TAG = "personal-plans-check-ins"
PLANNED = 10
PLANNED_MOST = 100


def score_of(count: int, maximum: Decimal) -> Decimal:
    """Points for so many check-ins: one each, never above the maximum (Moodle cuts it there)."""
    return min(Decimal(count), maximum)


def comment_of(count: int, maximum: Decimal) -> str:
    """What stands beside the number; it is sent every time, since a score without one erases the last."""
    return f"Check-ins done: {count} of {maximum.normalize():f} planned."
