"""How a course works together: full class, small groups or both; what groups do (domain.md B7, A20)."""

from __future__ import annotations

from enum import StrEnum

from lti_tool.plans.problem import Problem
from lti_tool.plans.translate import Translate

WARN_AT = 10
NAME_LONGEST = 200
AGENDA_LONGEST = 4000


class Approach(StrEnum):
    """A course's way of working. Switching it keeps every group; they rest while the class is one."""

    FULL = "full"
    SMALL = "small"
    HYBRID = "hybrid"


class GroupKind(StrEnum):
    """`small` is one of the course's groups; a `session` meets over something alike and never rests."""

    SMALL = "small"
    SESSION = "session"


def approach_words(_: Translate) -> dict[str, tuple[str, str]]:
    """Approach → its name, and what it means."""
    return {
        Approach.FULL: (_("Full class"), _("Everyone works together. Groups are kept and rest.")),
        Approach.SMALL: (_("Small groups"), _("Each student is in a group of fewer than ten.")),
        Approach.HYBRID: (_("Both"), _("The class together, and groups for some of the time.")),
    }


def rests(kind: str, approach: str | None) -> bool:
    """Whether a group rests under this approach."""
    return kind == GroupKind.SMALL and approach == Approach.FULL


def is_large(count: int) -> bool:
    """Whether a group is so large that few will speak."""
    return count >= WARN_AT


def edit_agenda(_: Translate) -> str:
    """What a peer-edit session does, one point a line; a teacher changes it as they like."""
    return "\n".join(
        (
            _("Each says in one sentence what they want to reach."),
            _("Swap work. Read it once without a pen."),
            _("Say one thing that works, and ask one question."),
            _("Each writes down one thing to change."),
            _("Say what you will do until next time."),
        )
    )


def group_problems(name: str) -> list[Problem]:
    """What is wrong with a group as it was typed."""
    return [] if name else [Problem("name", "empty", lambda _: _("Give the group a name."))]
