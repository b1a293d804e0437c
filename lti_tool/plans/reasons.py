"""Who needs the teacher now: a student's group on the board and the reason for it, in plain words.

The reason is that of the goal that needs most (design.md: reason first).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from lti_tool.plans.rounding import shown_needed
from lti_tool.plans.status import Status
from lti_tool.plans.translate import Translate


class Group(StrEnum):
    """The board's groups, in the order they are shown."""

    TALK = "talk"
    SOON = "soon"
    WELL = "well"
    LEFT = "left"


# What needs most stands first; a student is where their most needing goal is.
ORDER = (
    Status.OFF_TRACK,
    Status.MISSING_WORK,
    Status.CANNOT_REACH,
    Status.LOOK,
    Status.NO_DATA,
    Status.WAITING,
    Status.NOT_STARTED,
    Status.JUST_STARTED,
    Status.EARLY_DAYS,
    Status.ON_TRACK,
    Status.AHEAD,
    Status.REACHED,
)
_TALK = frozenset(ORDER[:3])
_SOON = frozenset(ORDER[3:7])


@dataclass(frozen=True)
class Need:
    """One goal as its reason needs it. waited_days: since it was proposed, for one that waits.

    at_most: less is better, so `needed` is the most it may be.
    """

    status: Status
    needed: Decimal | None = None
    waited_days: int = 0
    at_most: bool = False


def first(needs: Sequence[Need]) -> Need:
    """The goal that needs most; a student without one has not started."""
    return min(needs, key=lambda need: ORDER.index(need.status), default=Need(Status.NOT_STARTED))


def group_of(status: Status, *, left: bool = False) -> Group:
    """Where a student with this most needing status stands."""
    if left:
        return Group.LEFT
    if status in _TALK:
        return Group.TALK
    return Group.SOON if status in _SOON else Group.WELL


def group_words(group: Group, _: Translate) -> str:
    """The group's heading."""
    return {
        Group.TALK: _("Talk first"),
        Group.SOON: _("Soon"),
        Group.WELL: _("Going well"),
        Group.LEFT: _("Left the course"),
    }[group]


def reason_for(need: Need, _: Translate) -> str:
    """Why a student stands where they stand: one or two short sentences."""
    if need.status is Status.CANNOT_REACH:
        return _cannot_reach(need, _)
    if need.status is Status.WAITING:
        return _waiting(need.waited_days, _)
    return {
        Status.OFF_TRACK: _("The scores are under the aim line."),
        Status.MISSING_WORK: _("Work that counts has not come in."),
        Status.LOOK: _("A little under the line, or more needed than before."),
        Status.NO_DATA: _("No new grade for a while."),
        Status.NOT_STARTED: _("No goal yet."),
        Status.JUST_STARTED: _("Just started. Too few scores to say more."),
        Status.EARLY_DAYS: _("A few scores so far."),
        Status.ON_TRACK: _("The scores follow the aim line."),
        Status.AHEAD: _("Over the aim line. Raise the goal?"),
        Status.REACHED: _("Reached. Choose what comes next."),
    }[need.status]


def _cannot_reach(need: Need, _: Translate) -> str:
    if need.needed is None:
        return _("Nothing is left to be graded. The goal wants a new date or number.")
    if need.at_most:
        return _("Even 0 on what is left would be too much. The goal wants a new date or number.")
    return _(
        "Would need %(needed)s on what is left. The goal wants a new date or number.",
        needed=shown_needed(need.needed),
    )


def _waiting(days: int, _: Translate) -> str:
    if days < 1:
        return _("Your proposal waits for an answer.")
    if days == 1:
        return _("Your proposal has waited one day for an answer.")
    return _("Your proposal has waited %(days)s days for an answer.", days=days)
