"""What staff who left a course had open: steps, agreed check-ins, unanswered proposals; one list (B12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.plans.goal import MEASURED, GoalState
from lti_tool.records.course import Membership, Person
from lti_tool.records.goal import Goal
from lti_tool.records.learners import learns_in
from lti_tool.records.mentoring import CheckInNote, Handover
from lti_tool.records.plan import Plan
from lti_tool.records.proposal import Proposal
from lti_tool.records.step import Step

_Student = aliased(Person)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class OpenThing:
    """kind: `step`, `check_in`, `proposal`, or `change` of a goal. title: the step's or the goal's.

    on: the day of a check-in.
    """

    kind: str
    person_id: int
    student: str
    title: str
    goal_id: int | None = None
    on: date | None = None


@dataclass(frozen=True)
class Leaver:
    """Somebody who was staff of the course. taken_by: who took over, empty while nobody has."""

    id: int
    name: str
    left_at: datetime
    taken_by: str
    things: Sequence[OpenThing]


def leavers(session: Session, actor: Actor) -> list[Leaver]:
    """Former staff of the actor's course with what they had open, newest first. Seven statements.

    Raises Refused, NotFound.
    """
    require(actor, Act.HAND_OVER)
    here = place(session, actor, actor.context_id)
    gone = session.execute(
        sa.select(Person, Membership.left_at)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.context_id == here.context.id,
            Membership.role == Role.STAFF,
            Membership.left_at.is_not(None),
        )
        .order_by(Membership.left_at.desc(), Person.id)
    ).all()
    ids = [person.id for person, _left_at in gone]
    if not ids:
        return []
    things = _things(session, here.context.id, ids)
    taken = {
        row.from_id: name
        for row, name in session.execute(
            sa.select(Handover, Person)
            .join(Person, Person.id == Handover.to_id)
            .where(Handover.context_id == here.context.id, Handover.from_id.in_(ids))
            .order_by(Handover.id)
        )
    }
    return [
        Leaver(
            person.id,
            display_name(person),
            (left_at or EPOCH).astimezone(here.zone),
            display_name(taken[person.id]) if person.id in taken else "",
            things[person.id],
        )
        for person, left_at in gone
    ]


def anybody_left(session: Session, actor: Actor) -> bool:
    """Whether there are any; one statement."""
    gone = sa.select(Membership.id).where(
        Membership.context_id == actor.context_id,
        Membership.role == Role.STAFF,
        Membership.left_at.is_not(None),
    )
    return session.scalar(gone.limit(1)) is not None


def _things(session: Session, context_id: int, ids: Sequence[int]) -> dict[int | None, list[OpenThing]]:
    found: dict[int | None, list[OpenThing]] = defaultdict(list)
    learns = (
        sa.select(Membership.person_id)
        .where(
            learns_in(context_id),
        )
        .scalar_subquery()
    )
    here = (Goal.context_id == context_id, Plan.closed_at.is_(None), Plan.person_id.in_(learns))
    steps = session.execute(
        sa.select(Step.owner_id, Step.proposed_by_id, Step.state, Step.title, Goal.id, _Student)
        .join(Goal, Goal.id == Step.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(_Student, _Student.id == Plan.person_id)
        .where(
            *here,
            Goal.state.in_(MEASURED),
            sa.or_(
                sa.and_(Step.owner_id.in_(ids), Step.state == "active"),
                sa.and_(Step.proposed_by_id.in_(ids), Step.state == "proposed"),
            ),
        )
        .order_by(Step.id)
    )
    for owner_id, proposer_id, state, title, goal_id, student in steps:
        whose, kind = (proposer_id, "proposal") if state == "proposed" else (owner_id, "step")
        found[whose].append(OpenThing(kind, student.id, display_name(student), title, goal_id))
    goals = session.execute(
        sa.select(Goal.proposed_by_id, Goal.id, Goal.title, _Student)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(_Student, _Student.id == Plan.person_id)
        .where(*here, Goal.state == GoalState.PROPOSED, Goal.proposed_by_id.in_(ids))
        .order_by(Goal.id)
    )
    for whose, goal_id, title, student in goals:
        found[whose].append(OpenThing("proposal", student.id, display_name(student), title, goal_id))
    changes = session.execute(
        sa.select(Proposal.author_id, Goal.id, Goal.title, _Student)
        .join(Goal, Goal.id == Proposal.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(_Student, _Student.id == Plan.person_id)
        .where(*here, Proposal.state == "waiting", Proposal.author_id.in_(ids))
        .order_by(Proposal.id)
    )
    for whose, goal_id, title, student in changes:
        found[whose].append(OpenThing("change", student.id, display_name(student), title, goal_id))
    newest = (
        sa.select(sa.func.max(CheckInNote.id))
        .where(CheckInNote.context_id == context_id, CheckInNote.person_id.in_(learns))
        .group_by(CheckInNote.person_id)
    )
    talks = session.execute(
        sa.select(CheckInNote.by_id, CheckInNote.next_on, _Student)
        .join(_Student, _Student.id == CheckInNote.person_id)
        .where(CheckInNote.id.in_(newest), CheckInNote.by_id.in_(ids), CheckInNote.next_on.is_not(None))
        .order_by(CheckInNote.next_on)
    )
    for whose, on, student in talks:
        found[whose].append(OpenThing("check_in", student.id, display_name(student), "", None, on))
    return found
