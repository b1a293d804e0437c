"""A student changes their own goal: a new target or date begins a new phase (domain.md §3.3, phase line)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.finding import FoundGoal, lms_ids_of, own_goal
from lti_tool.planning.making import said, write_versions
from lti_tool.planning.recompute import recompute_goals
from lti_tool.planning.said_words import problems_with
from lti_tool.planning.texts import Overtaken
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import GoalDraft, GoalRefused, GoalState, Problem, check_draft
from lti_tool.plans.measure import Params
from lti_tool.plans.rounding import number_text
from lti_tool.plans.zones import day_in
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal, GoalItem, GoalVersion

log = structlog.get_logger()
_FIELDS = ("title", "target", "due_on")


@dataclass(frozen=True)
class Change:
    """What a goal should say from now on; None, and an empty title, stay as they are."""

    target: Decimal | None = None
    due_on: date | None = None
    title: str = ""


def whole(change: Change, goal: Goal) -> Change:
    """The change with what stays filled in."""
    target = goal.target if change.target is None else change.target
    return Change(target, change.due_on or goal.due_on, change.title.strip() or goal.title)


def change_goal(
    session: Session,
    actor: Actor,
    goal_id: int,
    change: Change,
    *,
    reason: str = "",
    seen: int | None = None,
    now: datetime,
) -> Goal:
    """Change the actor's own goal from today on. What was before stays in its history.

    seen: the version its author last read.

    Raises:
        Refused, NotFound: the actor may not, or it is not theirs.
        GoalRefused: it is not an active goal, or the new numbers cannot be.
        Overtaken: somebody else changed it meanwhile, to something else.
    """
    require(actor, Act.CHANGE_GOAL)
    found = own_goal(session, actor, goal_id)
    goal = found.goal
    wanted = whole(change, goal)
    if wanted == whole(Change(), goal):
        return goal
    if seen is not None and seen != goal.version:
        raise Overtaken(_texts(goal), goal.version)
    problems = [
        *change_problems(session, found, wanted, found.today(now)),
        *problems_with(reason.strip(), "reason"),
    ]
    if problems:
        raise GoalRefused(problems)
    apply_change(session, actor, found, wanted, reason=reason.strip(), now=now)
    return goal


def restore_goal(session: Session, actor: Actor, goal_id: int, number: int, *, now: datetime) -> Goal:
    """Let the actor's own goal say what a former version said, as a change of its own. Raises as above."""
    require(actor, Act.CHANGE_GOAL)
    found = own_goal(session, actor, goal_id)
    version = session.scalar(
        sa.select(GoalVersion).where(GoalVersion.goal_id == found.goal.id, GoalVersion.number == number)
    )
    if version is None:
        raise NotFound
    wanted = _said_in(version.content, found.goal)
    if wanted == whole(Change(), found.goal):
        return found.goal
    problems = change_problems(session, found, wanted, found.today(now))
    if problems:
        raise GoalRefused(problems)
    apply_change(session, actor, found, wanted, what="restored", now=now)
    return found.goal


def _said_in(content: Mapping[str, Any], goal: Goal) -> Change:
    try:
        target = Decimal(str(content.get("target", goal.target)))
        due_on = date.fromisoformat(str(content.get("due_on", goal.due_on.isoformat())))
    except (InvalidOperation, ValueError):
        raise NotFound from None
    return whole(Change(target, due_on, str(content.get("title", ""))), goal)


def _texts(goal: Goal) -> dict[str, str]:
    return {
        "title": goal.title,
        "target": number_text(goal.target),
        "due_on": goal.due_on.isoformat(),
    }


def change_problems(
    session: Session,
    found: FoundGoal,
    wanted: Change,
    today: date,
    state: GoalState = GoalState.ACTIVE,
) -> list[Problem]:
    """What keeps a whole change of a goal in this state from being made; that nothing would change is one."""
    goal = found.goal
    if goal.state != state:
        return [Problem("", "not_active", lambda _: _("Only a goal you are working on can be changed."))]
    if wanted == whole(Change(), goal):
        return [
            Problem("", "same", lambda _: _("It says that already. Change the words, the number or the day."))
        ]
    items = session.scalars(sa.select(GoalItem.item_id).where(GoalItem.goal_id == goal.id)).all()
    draft = GoalDraft(
        title=wanted.title,
        measure=goal.measure,
        item_ids=items,
        target=goal.target if wanted.target is None else wanted.target,
        due_on=wanted.due_on or goal.due_on,
        method=goal.method,
        params=Params.of(goal.params),
        milestones=[(date.fromisoformat(day), Decimal(number)) for day, number in goal.milestones or ()],
    )
    ends_at = session.scalar(sa.select(Context.term_ends_at).where(Context.id == goal.context_id))
    same_target = draft.target == goal.target
    found_wrong = check_draft(
        draft,
        {},
        today=today,
        baseline=None if same_target else goal.baseline,
        term_ends_on=None if draft.due_on == goal.due_on else day_in(ends_at, found.zone),
    )
    fields = set(_FIELDS) - (
        {"due_on"} if draft.due_on == goal.due_on and draft.target == goal.target else set()
    )
    return [problem for problem in found_wrong if problem.field in fields]


def apply_change(
    session: Session,
    actor: Actor,
    found: FoundGoal,
    wanted: Change,
    *,
    what: str = "changed",
    reason: str = "",
    now: datetime,
) -> None:
    """Write the new phase, its version (with what was before) and the new value."""
    goal = found.goal
    before = said_before(goal, wanted)
    moved = rewrite(goal, wanted)
    if moved:
        goal.phase_on = found.today(now)
    goal.version += 1
    session.flush()
    content = {**said(goal, lms_ids_of(session, goal)), "before": before}
    write_versions(session, actor, [(goal, content)], what, now=now, reason=reason)
    recompute_goals(session, [goal.id], now=now, cause="plan changed")
    log.info("goal.changed", goal_id=goal.id, what=what)


def said_before(goal: Goal, wanted: Change) -> dict[str, str]:
    """What a change takes the place of, as its version keeps it."""
    before = {"target": str(goal.target), "due_on": goal.due_on.isoformat()}
    return before if wanted.title in ("", goal.title) else {"title": goal.title, **before}


def rewrite(goal: Goal, wanted: Change) -> bool:
    """Let the goal's row say what is wanted; whether target or day moved."""
    was = (goal.target, goal.due_on)
    wanted = whole(wanted, goal)
    goal.title = wanted.title
    if wanted.target is not None:
        goal.target = wanted.target
    if wanted.due_on is not None:
        goal.due_on = wanted.due_on
    return was != (goal.target, goal.due_on)
