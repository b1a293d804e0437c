"""How many goals a student works on at a time in a course (domain.md A11: few focused goals)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from lti_tool.plans.goal import GoalRefused
from lti_tool.plans.problem import Problem

USUAL = 3
LEAST = 1
MOST = 5
PLAN_WARNED = 5  # goals at work over all courses; one more is warned of, never refused


class Aside(StrEnum):
    """How a goal makes room for another: it rests, or it ends."""

    PAUSE = "pause"
    END = "end"


def most_of(said: int | None) -> int:
    """The limit of a course; said: what its teacher set."""
    return said if said is not None and LEAST <= said <= MOST else USUAL


class TooMany(GoalRefused):
    """One goal more than the limit. goals: (id, title) of those that could make room."""

    def __init__(self, most: int, goals: Sequence[tuple[int, str]]) -> None:
        super().__init__(
            [
                Problem(
                    "limit",
                    "too_many",
                    lambda _: _(
                        "There are %(most)s goals at work here, and few goals get done best. "
                        "Finish, pause or swap one.",
                        most=most,
                    ),
                )
            ]
        )
        self.most, self.goals = most, list(goals)
