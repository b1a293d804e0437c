"""Where a goal comes from: the gap it closes, the strength that helps (A9, B11)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.notes import note
from lti_tool.planning.profile_rows import find_entry
from lti_tool.plans.access import Act, Actor, may, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.measure import MeasureKind
from lti_tool.plans.profile import Area, Kind
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan


def link_gap(session: Session, actor: Actor, goal_id: int, gap_id: int, *, now: datetime) -> None:
    """Say which gap, or which skill that no test measures, a goal was made from; and so from which round.

    Raises:
        NotFound: no such goal of the actor's own plan or course, or no such entry of the same student.
    """
    goal, person_id = _goal(session, actor, goal_id)
    gap = find_entry(session, actor, gap_id)
    if gap.person_id != person_id or gap.kind not in (Kind.GAP, Kind.SKILL):
        raise NotFound
    goal.gap_id, goal.round_id = gap.id, gap.round_id
    note(session, actor, "goal.linked", person_id, now=now, goal=goal.id, entry=gap.id)


def tie_goal(
    session: Session,
    actor: Actor,
    goal: Goal,
    *,
    gap_id: int | None = None,
    strength_id: int | None = None,
    area: str = "",
    whole: bool = False,
    now: datetime,
) -> None:
    """Say what a new goal comes from, builds on, and which area it is part of (B10, B11). Raises NotFound.

    whole: it is of the whole plan; only where it is counted by hand, since grades stay in their course.
    """
    if gap_id is not None:
        link_gap(session, actor, goal.id, gap_id, now=now)
    if strength_id is not None:
        choose_strength(session, actor, goal.id, strength_id, now=now)
    goal.whole = whole and MeasureKind(goal.measure).is_manual
    goal.area = area if area in set(Area) else Area.ACADEMIC.value


def gap_words(session: Session, actor: Actor, gap_id: int) -> str:
    """What a gap says, to begin a goal with; nothing for a skill, whose words are a key. Raises NotFound."""
    gap = find_entry(session, actor, gap_id)
    return gap.text if gap.kind == Kind.GAP else ""


def choose_strength(
    session: Session, actor: Actor, goal_id: int, strength_id: int | None, *, now: datetime
) -> None:
    """The student says which of their strengths helps with a goal; empty takes it back. Raises as above."""
    require(actor, Act.WRITE_PROFILE)
    goal, person_id = _goal(session, actor, goal_id)
    if strength_id is not None:
        one = find_entry(session, actor, strength_id)
        if one.person_id != person_id or one.kind not in (Kind.STRENGTH, Kind.SKILL):
            raise NotFound
    goal.strength_id = strength_id
    note(session, actor, "goal.strength", person_id, now=now, goal=goal.id)


def _goal(session: Session, actor: Actor, goal_id: int) -> tuple[Goal, int]:
    if not is_row_id(goal_id):
        raise NotFound
    staff = may(actor, Act.PROPOSE_GOAL)
    whose = Goal.context_id == actor.context_id if staff else Plan.person_id == actor.person_id
    found = session.execute(
        sa.select(Goal, Plan.person_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(Goal.id == goal_id, Plan.registration_id == actor.registration_id, whose)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]
