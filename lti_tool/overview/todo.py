"""One person's own steps: an adult's over all their students, each with the day of its own course (A17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.steps import StepLine, lines_where
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import MEASURED
from lti_tool.plans.steps import Owner
from lti_tool.plans.zones import course_zone
from lti_tool.records.bonds import assigned_pairs, children_of, taught
from lti_tool.records.course import Context, Person
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration
from lti_tool.records.step import Step
from lti_tool.records.support import CounselorAssignment

TODO_MOST = 500


@dataclass(frozen=True)
class Todo:
    """One of an adult's own steps, with the student and the goal it is for. course: may be empty."""

    line: StepLine
    student_id: int
    student: str
    goal: str
    course: str


def todo(session: Session, actor: Actor, *, now: datetime) -> list[Todo]:
    """The actor's own open steps over all their students, the next due first, without those far away.

    Also steps of nobody in particular that are theirs to do: a teacher's in the courses they teach, a
    counselor's or mentor's of those they stand by, a guardian's of their children. A constant number of
    statements. Raises Refused.
    """
    require(actor, Act.SEE_TODO)
    mine = (Plan.person_id != actor.person_id, sa.or_(_owned(actor), *_of_their_part(actor)))
    found = [
        one for one in _found(session, actor, now, *mine) if one.line.next is not None or one.line.done_today
    ]
    return sorted(
        found,
        key=lambda one: (one.line.done_today > 0, one.line.next or one.line.today, one.student, one.line.id),
    )


def own_lines(session: Session, actor: Actor, *, now: datetime) -> list[StepLine]:
    """Every open step that is the actor's to do, of their own plan and of others'; whoever asks may know."""
    mine = sa.or_(_owned(actor), *_of_their_part(actor))
    return [one.line for one in _found(session, actor, now, mine)]


def _owned(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.and_(Step.owner_id == actor.person_id, Step.owner_id.is_not(None))


def _of_their_part(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Steps of nobody in particular that this person may do (planning/ticking.py decides the same)."""
    parts = [
        sa.and_(Step.owner_role == Owner.TEACHER, Step.owner_id.is_(None), Goal.context_id.in_(taught(actor)))
    ]
    child, course = children_of(actor).subquery().c
    parts.append(
        sa.and_(
            Step.owner_role == Owner.GUARDIAN,
            Step.owner_id.is_(None),
            sa.exists().where(child == Plan.person_id, course == Goal.context_id),
        )
    )
    for role in (Owner.COUNSELOR, Owner.MENTOR):
        students = (
            assigned_pairs(actor).with_only_columns(Person.id).where(CounselorAssignment.kind == role.value)
        )
        parts.append(sa.and_(Step.owner_role == role, Step.owner_id.is_(None), Plan.person_id.in_(students)))
    return parts


def _found(session: Session, actor: Actor, now: datetime, *which: sa.ColumnElement[bool]) -> list[Todo]:
    rows = session.execute(
        sa.select(Step.id, Person, Goal.title, Context.title, Context.time_zone, Registration.time_zone)
        .join(Goal, Goal.id == Step.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Person, Person.id == Plan.person_id)
        .join(Registration, Registration.id == Plan.registration_id)
        .outerjoin(Context, Context.id == Goal.context_id)
        .where(
            Plan.registration_id == actor.registration_id,
            Step.state == "active",
            Goal.state.in_([state.value for state in MEASURED]),
            *which,
        )
        .order_by(Step.id.desc())
        .limit(TODO_MOST)
    ).all()
    facts = {row[0]: row for row in rows}
    if not facts:
        return []
    days = {row[0]: now.astimezone(course_zone(row[4], row[5])).date() for row in rows}
    lines = lines_where(session, Step.id.in_(facts), days.__getitem__, actor.registration_id)
    return [
        Todo(
            line,
            facts[line.id][1].id,
            display_name(facts[line.id][1]),
            facts[line.id][2],
            facts[line.id][3] or "",
        )
        for several in lines.values()
        for line in several
    ]
