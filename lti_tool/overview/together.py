"""The screen of a group in class, and a student's own groups: agenda, shared titles and steps, no grade (B8).

Whoever leads a group or is in it reads this and nothing else of the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.groups import people_of
from lti_tool.overview.people import display_name
from lti_tool.plans.access import Act, Actor, NotFound, Role, require
from lti_tool.plans.goal import MEASURED
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.steps import Owner
from lti_tool.plans.zones import course_zone
from lti_tool.records.addressed import awake, groups_with, leads
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal
from lti_tool.records.group import SharedGoal, StudentGroup
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration
from lti_tool.records.step import Step


@dataclass(frozen=True)
class Shared:
    """What is shown of a goal: its title and the student's own steps, by title."""

    id: int
    title: str
    steps: Sequence[str]


@dataclass(frozen=True)
class Together:
    """Somebody in the group, with what they chose to show."""

    person_id: int
    name: str
    me: bool
    goals: Sequence[Shared]


@dataclass(frozen=True)
class Screen:
    """A group's screen. as_: what the reader is there: `staff`, `leader` or `member`."""

    id: int
    name: str
    course: str
    agenda: Sequence[str]
    as_: str
    people: Sequence[Together]


@dataclass(frozen=True)
class OwnGroup:
    """A group the actor is in or leads. shared: ids of their goals it sees."""

    id: int
    name: str
    course: str
    leads: bool
    member: bool
    shared: frozenset[int]


def today_of(session: Session, actor: Actor, now: datetime) -> date:
    """The day in the school's zone."""
    zone = session.scalar(sa.select(Registration.time_zone).where(Registration.id == actor.registration_id))
    return now.astimezone(course_zone(None, zone)).date()


def group_screen(session: Session, actor: Actor, group_id: int, *, now: datetime) -> Screen:
    """The screen of a group: for who leads it, who is in it, and staff of its course. Five statements.

    Raises:
        Refused, NotFound: not theirs, or the group rests or is over.
    """
    require(actor, Act.SEE_TOGETHER)
    staff_here = actor.context_id if actor.role is Role.STAFF else 0
    found = session.execute(
        sa.select(
            StudentGroup,
            Context.title,
            StudentGroup.id.in_(leads(actor.person_id, today_of(session, actor, now))),
            sa.and_(StudentGroup.id.in_(groups_with(actor.person_id)), awake()),
        )
        .join(Context, Context.id == StudentGroup.context_id)
        .where(
            StudentGroup.id == (group_id if is_row_id(group_id) else 0),
            StudentGroup.registration_id == actor.registration_id,
            StudentGroup.ended_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    row, course, is_leader, is_member = found
    if not (is_leader or is_member or row.context_id == staff_here):
        raise NotFound
    people = people_of(session, [row.id]).get(row.id, [])
    shared = shared_goals(session, SharedGoal.group_id == row.id, [one.id for one in people])
    return Screen(
        id=row.id,
        name=row.name,
        course=course,
        agenda=[line.strip() for line in row.agenda.splitlines() if line.strip()],
        as_="leader" if is_leader else "staff" if row.context_id == staff_here else "member",
        people=[
            Together(one.id, display_name(one), one.id == actor.person_id, shared.get(one.id, []))
            for one in people
        ],
    )


def shared_goals(
    session: Session, to: sa.ColumnElement[bool], people: Sequence[int]
) -> dict[int, list[Shared]]:
    """person → what they show a reader now, goals that go on alone; two statements."""
    rows = session.execute(
        sa.select(Goal.id, Goal.title, Plan.person_id)
        .join(SharedGoal, SharedGoal.goal_id == Goal.id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(
            to,
            SharedGoal.ended_at.is_(None),
            Plan.person_id.in_(people),
            Plan.closed_at.is_(None),
            Goal.state.in_(MEASURED),
        )
        .order_by(Goal.id)
    ).all()
    steps = _steps(session, [row.id for row in rows])
    found: dict[int, list[Shared]] = defaultdict(list)
    for row in rows:
        found[row.person_id].append(Shared(row.id, row.title, steps.get(row.id, [])))
    return found


def _steps(session: Session, goal_ids: Sequence[int]) -> dict[int, list[str]]:
    """goal → titles of its student's own steps; what others do for the goal is nobody's here."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = session.execute(
        sa.select(Step.goal_id, Step.title)
        .where(Step.goal_id.in_(goal_ids), Step.state == "active", Step.owner_role == Owner.STUDENT)
        .order_by(Step.id)
    )
    for goal_id, title in rows:
        found[goal_id].append(title)
    return found


def own_goals(session: Session, actor: Actor) -> list[Shared]:
    """The actor's goals that go on, as a reader would see them; two statements."""
    rows = session.execute(
        sa.select(Goal.id, Goal.title)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(
            Plan.person_id == actor.person_id,
            Plan.registration_id == actor.registration_id,
            Plan.closed_at.is_(None),
            Goal.state.in_(MEASURED),
        )
        .order_by(Goal.id)
    ).all()
    steps = _steps(session, [row.id for row in rows])
    return [Shared(row.id, row.title, steps.get(row.id, [])) for row in rows]


def own_groups(session: Session, actor: Actor, *, now: datetime) -> list[OwnGroup]:
    """The groups the actor leads, anywhere, and those they are in in the course they opened.

    Three statements. Raises Refused.
    """
    require(actor, Act.SEE_TOGETHER)
    is_leader = StudentGroup.id.in_(leads(actor.person_id, today_of(session, actor, now)))
    is_member = sa.and_(
        StudentGroup.context_id == (actor.context_id or 0), StudentGroup.id.in_(groups_with(actor.person_id))
    )
    rows = session.execute(
        sa.select(StudentGroup.id, StudentGroup.name, Context.title, is_leader, is_member)
        .join(Context, Context.id == StudentGroup.context_id)
        .where(
            StudentGroup.registration_id == actor.registration_id,
            StudentGroup.ended_at.is_(None),
            awake(),
            sa.or_(is_leader, is_member),
        )
        .order_by(StudentGroup.name, StudentGroup.id)
    ).all()
    shared: dict[int, set[int]] = defaultdict(set)
    for group_id, goal_id in session.execute(
        sa.select(SharedGoal.group_id, SharedGoal.goal_id)
        .join(Goal, Goal.id == SharedGoal.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(
            Plan.person_id == actor.person_id,
            SharedGoal.ended_at.is_(None),
            SharedGoal.group_id.is_not(None),
        )
    ):
        shared[group_id or 0].add(goal_id)
    return [
        OwnGroup(row[0], row[1], row[2], bool(row[3]), bool(row[4]), frozenset(shared[row[0]]))
        for row in rows
    ]
