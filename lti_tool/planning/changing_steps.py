"""A step is changed by whose it is: a student's by the student, also one proposed to them (B13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.finding import FoundGoal
from lti_tool.planning.step_versions import next_version
from lti_tool.planning.steps import item_here, step_in_reach
from lti_tool.planning.texts import Overtaken
from lti_tool.plans.access import Act, Actor, may, require
from lti_tool.plans.goal import MEASURED, GoalRefused, Problem
from lti_tool.plans.step_draft import StepDraft, check_step
from lti_tool.plans.steps import Owner
from lti_tool.plans.zones import day_in
from lti_tool.records.step import Step

LIVE = ("active", "proposed")
OF_RULE = ("rhythm", "due_on", "weekdays", "times", "offset", "item_id")


def changeable(session: Session, actor: Actor, step_id: int, *, lock: bool = True) -> tuple[Step, FoundGoal]:
    """A step the actor may change. lock: its row, to change it now. Raises Refused, NotFound."""
    require(actor, Act.ADD_STEP)
    step, found = step_in_reach(session, actor, step_id, lock=lock)
    if may(actor, Act.PROPOSE_GOAL):
        mine = step.owner_role == Owner.TEACHER and step.owner_id in (None, actor.person_id)
    else:
        mine = step.owner_role == Owner.STUDENT and found.person_id == actor.person_id
    if not mine or step.state not in LIVE or found.goal.state not in MEASURED:
        raise NotFound
    return step, found


def change_step(
    session: Session, actor: Actor, step_id: int, draft: StepDraft, *, seen: int, now: datetime
) -> Step:
    """What the step says from now on; one that was proposed is accepted so. Whose it is stays.

    A step that is due otherwise than before begins to be counted today. seen: the version that was read.

    Raises:
        Refused, NotFound: not theirs to change. GoalRefused: it is no step so. Overtaken: somebody changed
            it meanwhile, to other words.
    """
    step, found = changeable(session, actor, step_id)
    draft = replace(draft, owner=step.owner_role).tidy()
    item = item_here(session, found, draft.item_id)
    problems: list[Problem] = check_step(draft, today=found.today(now), item_here=item is not None)
    if problems:
        raise GoalRefused(problems)
    wanted = {
        **{name: getattr(draft, name) for name in ("title", "helps", "if_then", "rhythm", "due_on", "times")},
        **{name: getattr(draft, name) for name in ("offset", "amount", "unit", "link", "link_name")},
        "weekdays": sum(1 << day for day in draft.weekdays),
        "item_id": None if item is None else item.id,
    }
    says = {name: getattr(step, name) for name in wanted}
    if says != wanted and step.version != seen:
        raise Overtaken({"title": step.title}, step.version)
    if says == wanted and step.state == "active":
        return step
    _take(step, says, wanted, found, now)
    step.item_due_on = None if item is None else day_in(item.due_at, found.zone)
    next_version(session, actor, step, "edited", (found.person_id, found.goal), now)
    return step


def _take(
    step: Step, says: Mapping[str, Any], wanted: Mapping[str, Any], found: FoundGoal, now: datetime
) -> None:
    for name, value in wanted.items():
        setattr(step, name, value)
    if any(says[name] != wanted[name] for name in OF_RULE):
        step.starts_on = found.today(now)
    if step.state == "proposed":
        step.state, step.answered_at = "active", now
