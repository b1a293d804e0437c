"""The file that goes with a step, for its student, staff, and the one who acts (A17, A20)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.steps import goal_in_reach
from lti_tool.planning.ticking import may_tick
from lti_tool.plans.access import Act, Actor, Refused, may
from lti_tool.plans.ids import is_row_id
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.portfolio import StoredFile
from lti_tool.records.step import Step

LIVE = ("active", "proposed")


def step_file(session: Session, actor: Actor, step_id: int) -> StoredFile:
    """The file of a step that goes on. Raises NotFound: none, or none for this actor."""
    if not is_row_id(step_id):
        raise NotFound
    row = session.execute(
        sa.select(Step, StoredFile, Plan.person_id, Goal.context_id)
        .join(StoredFile, StoredFile.id == Step.file_id)
        .join(Goal, Goal.id == Step.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(Step.id == step_id, Plan.registration_id == actor.registration_id, Step.state.in_(LIVE))
    ).one_or_none()
    if row is None:
        raise NotFound
    step, file, student_id, context_id = row
    if may_tick(session, actor, step, student_id, context_id):
        return file
    if not may(actor, Act.ADD_STEP):
        raise NotFound
    try:
        goal_in_reach(session, actor, step.goal_id)
    except Refused:
        raise NotFound from None
    return file
