"""Ticking a step: done on a day, by whom, and taken back when it was a mistake (domain.md A17, A18)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.observations import course_zone
from lti_tool.plans.access import Act, Actor, Role, may, require
from lti_tool.plans.goal import GoalRefused, Problem
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.steps import Owner
from lti_tool.records.bonds import assigned_pairs, children_of, taught
from lti_tool.records.course import Context, Person, PersonAlias
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration
from lti_tool.records.step import Step, StepDone
from lti_tool.records.support import CounselorAssignment, MentorRelation

BACK_MOST = timedelta(days=14)
TIMES_A_DAY_MOST = 20

log = structlog.get_logger()


def do_step(
    session: Session,
    actor: Actor,
    step_id: int,
    *,
    on: date | None = None,
    amount: Decimal | None = None,
    after: int | None = None,
    now: datetime,
) -> StepDone:
    """Tick a step for a day; the newest days only, since memory is short.

    on: the day in the course's zone, today when empty. amount: for a step that takes one, the whole of it
    when empty. after: how often it was ticked that day when the page was made; if it is more now, the click
    came twice and nothing is added.

    Raises:
        Refused, NotFound: the actor may not, or the step is not theirs to tick.
        GoalRefused: the step does not go on, or the day is not one of the last fourteen.
    """
    require(actor, Act.DO_STEP)
    step, today = _mine(session, actor, step_id, now)
    day = on or today
    done = session.scalars(
        sa.select(StepDone)
        .where(StepDone.step_id == step.id, StepDone.on_day == day)
        .order_by(StepDone.number)
    ).all()
    standing = [row for row in done if row.undone_at is None]
    if standing and (step.amount is None or (after is not None and len(standing) > after)):
        return standing[-1]
    problems = _problems(step, day, today, amount, len(done))
    if problems:
        raise GoalRefused(problems)
    row = StepDone(
        step_id=step.id,
        on_day=day,
        number=len(done) + 1,
        amount=(amount or step.amount) if step.amount is not None else None,
        by_id=actor.person_id,
        by_role=actor.role.value,
        at=now,
    )
    session.add(row)
    session.flush()
    log.info("step.done", step_id=step.id)
    return row


def undo_step(session: Session, actor: Actor, step_id: int, *, on: date | None = None, now: datetime) -> None:
    """Take the newest tick of a day back; where there is none, nothing changes. Raises Refused, NotFound."""
    require(actor, Act.DO_STEP)
    step, today = _mine(session, actor, step_id, now)
    newest = session.scalar(
        sa.select(StepDone)
        .where(StepDone.step_id == step.id, StepDone.on_day == (on or today), StepDone.undone_at.is_(None))
        .order_by(StepDone.number.desc())
        .limit(1)
    )
    if newest is not None:
        newest.undone_at = now


def _problems(step: Step, day: date, today: date, amount: Decimal | None, count: int) -> list[Problem]:
    if step.state != "active":
        return [Problem("", "not_active", lambda _: _("This step does not go on now."))]
    if day > today or today - day > BACK_MOST:
        return [Problem("on", "day_far", lambda _: _("Tick today, or one of the last fourteen days."))]
    if amount is not None and not (amount.is_finite() and 0 < amount <= 100_000):
        return [Problem("amount", "amount_number", lambda _: _("The amount is a number over 0, such as 30."))]
    if count >= TIMES_A_DAY_MOST:
        return [Problem("", "many", lambda _: _("That is enough for one day."))]
    return []


def _mine(session: Session, actor: Actor, step_id: int, now: datetime) -> tuple[Step, date]:
    """A step this actor ticks, its row locked, and the day in its course. Raises NotFound."""
    if not is_row_id(step_id) or actor.person_id is None:
        raise NotFound
    row = session.execute(
        sa.select(Step, Plan.person_id, Goal.context_id, Context.time_zone, Registration.time_zone)
        .join(Goal, Goal.id == Step.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Registration, Registration.id == Plan.registration_id)
        .outerjoin(Context, Context.id == Goal.context_id)
        .where(Step.id == step_id, Plan.registration_id == actor.registration_id)
        .with_for_update(of=Step)
    ).one_or_none()
    if row is None:
        raise NotFound
    step, student_id, context_id, context_zone, registration_zone = row
    if not may_tick(session, actor, step, student_id, context_id):
        raise NotFound
    return step, now.astimezone(course_zone(context_zone, registration_zone)).date()


def may_tick(session: Session, actor: Actor, step: Step, student_id: int, context_id: int | None) -> bool:
    """Whether it is this actor's to do: the student's own, a teacher's by staff of the course, …"""
    if step.owner_id is not None and step.owner_id == actor.person_id:
        return True
    if step.owner_id is not None:
        return False
    if step.owner_role == Owner.TEACHER:
        return session.scalar(taught(actor).where(Context.id == context_id)) is not None
    if step.owner_role == Owner.GUARDIAN and actor.role is Role.MENTOR:
        mine = children_of(actor).where(
            PersonAlias.person_id == student_id, MentorRelation.context_id == context_id
        )
        return session.execute(mine.limit(1)).first() is not None
    if step.owner_role in (Owner.COUNSELOR, Owner.MENTOR) and may(actor, Act.SEE_ASSIGNED):
        theirs = assigned_pairs(actor).where(
            Person.id == student_id, CounselorAssignment.kind == step.owner_role
        )
        return session.execute(theirs.limit(1)).first() is not None
    return False
