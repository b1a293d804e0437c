"""What a teacher can put into a course: links that open one part of a plan (Deep Linking 2.0).

A link made here carries the custom field `plan_target`; a launch of it lands on that part. Parts
without a page of their own land on the plan, with a line that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_tool.plans.access import Role
from lti_tool.plans.column import LABEL, PLANNED, TAG

FIELD = "plan_target"
# The same column that staff may ask for (planning/scores.py), known by the same tag.
CHECK_INS_COLUMN = {"label": LABEL, "scoreMaximum": PLANNED, "tag": TAG}


class PlanTarget(StrEnum):
    """The parts of a plan a link can open."""

    MY_PLAN = "my-plan"
    CHECK_IN = "check-in"
    GOAL_SETTING = "goal-setting"
    PORTFOLIO = "portfolio"


@dataclass(frozen=True)
class Offer:
    """One thing to choose in the picker. graded: it brings a column of our own into the gradebook."""

    target: PlanTarget
    title: Any
    sentence: Any
    graded: bool = False


OFFERS = (
    Offer(PlanTarget.MY_PLAN, _l("My plan"), _l("Opens the student’s own plan.")),
    Offer(
        PlanTarget.CHECK_IN,
        _l("Check-in"),
        _l("A short look back and ahead. It can have a column in the gradebook."),
        graded=True,
    ),
    Offer(
        PlanTarget.GOAL_SETTING,
        _l("Goal-setting activity"),
        _l("Opens the page where a student sets a goal."),
    ),
    Offer(PlanTarget.PORTFOLIO, _l("Portfolio"), _l("The work a student is proud of.")),
)


# Where a student comes out, below `/s/<id>/`; every other link opens their plan.
LANDS = {
    PlanTarget.GOAL_SETTING: "goals/new",
    PlanTarget.PORTFOLIO: "portfolio",
    PlanTarget.CHECK_IN: "talks",
}


def target_of(custom: dict[str, str]) -> PlanTarget | None:
    """The part of the plan these custom fields name; None for none, or one we do not have."""
    value = custom.get(FIELD, "")
    return PlanTarget(value) if value in set(PlanTarget) else None


def landing_of(target: PlanTarget | None, role: Role, *, started: bool) -> str:
    """Where below `/s/<id>/` such a launch lands; "" is the first page of the person's role."""
    if target is None or role is not Role.LEARNER or not started:
        return ""
    return LANDS.get(target, "")


def landing_note(target: PlanTarget | None, role: Role) -> str:
    """One line for staff who open such a link: what students get instead of this page; else ""."""
    if target is None or role is not Role.STAFF:
        return ""
    words: dict[PlanTarget, str] = {
        PlanTarget.MY_PLAN: _("Students who open this link see their own plan."),
        PlanTarget.CHECK_IN: _("Students who open this link read what was said in their check-ins."),
        PlanTarget.GOAL_SETTING: _("Students who open this link come to the page where they set a goal."),
        PlanTarget.PORTFOLIO: _("Students who open this link come to their portfolio."),
    }
    return words.get(target, "")
