"""A goal's versions beside each other, changes that wait for an answer, and who has waited over a week."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.whose import OfGoals, Wanted
from lti_tool.plans.goal import GoalState
from lti_tool.records.course import Person
from lti_tool.records.goal import Goal, GoalVersion
from lti_tool.records.plan import Plan
from lti_tool.records.proposal import Proposal
from lti_tool.records.step import Step

LONG = timedelta(days=7)
SHOWN_MOST = 200
AGAINST_THE_RULE = ("overridden", "let start")


@dataclass(frozen=True)
class Version:
    """What a goal said from then on. who: empty for the system. at: in the course's zone."""

    number: int
    what: str
    who: str
    who_id: int | None
    reason: str
    at: datetime
    content: dict[str, Any]


@dataclass(frozen=True)
class Offered:
    """A change that waits for the student. Empty fields stay as they are."""

    id: int
    by: str
    title: str
    target: Decimal | None
    due_on: date | None
    reason: str
    at: datetime


@dataclass(frozen=True)
class Unanswered:
    """Something that has waited for a student for over a week. kind: `goal`, `change` or `step`."""

    kind: str
    goal_id: int
    title: str
    person_id: int
    name: str
    at: datetime


@dataclass(frozen=True)
class Overridden:
    """Staff changed the goal, or let it start, against the rule: who, when and why."""

    by: str
    why: str
    at: datetime


def versions_of(session: Session, goal_id: int, zone: tzinfo) -> list[Version]:
    """Newest first. Whether anybody may read them: asked before."""
    rows = session.execute(
        sa.select(GoalVersion, Person)
        .outerjoin(Person, Person.id == GoalVersion.author_id)
        .where(GoalVersion.goal_id == goal_id)
        .order_by(GoalVersion.number.desc())
        .limit(SHOWN_MOST)
    )
    return [
        Version(
            row.number,
            row.what,
            display_name(person) if person is not None else "",
            row.author_id,
            row.reason,
            row.at.astimezone(zone),
            row.content,
        )
        for row, person in rows
    ]


def offered_to(session: Session, goal_id: int, zone: tzinfo) -> list[Offered]:
    """Changes of a goal that wait for its student, oldest first."""
    rows = session.execute(
        sa.select(Proposal, Person)
        .outerjoin(Person, Person.id == Proposal.author_id)
        .where(Proposal.goal_id == goal_id, Proposal.state == "waiting")
        .order_by(Proposal.id)
    )
    return [
        Offered(
            row.id,
            display_name(person) if person is not None else "",
            row.title,
            row.target,
            row.due_on,
            row.reason,
            row.at.astimezone(zone),
        )
        for row, person in rows
    ]


def overrides_of(session: Session, *goals: sa.ColumnElement[bool]) -> dict[int, Overridden]:
    """goal → the newest change against the rule, for goals these conditions name. One statement."""
    return _overridden(session.execute(_overrides_query(*goals)))


def overrides_in(session: Session, wanted: Wanted) -> dict[int, Overridden]:
    """The same for goals that a page tells of."""
    return _overridden(OVERRIDES.read(session, wanted))


def _overrides_query(*goals: sa.ColumnElement[bool]) -> Any:
    return (
        sa.select(
            GoalVersion.goal_id,
            GoalVersion.reason,
            GoalVersion.at,
            *(Person.id, Person.name, Person.given_name, Person.family_name),
        )
        .join(Goal, Goal.id == GoalVersion.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .outerjoin(Person, Person.id == GoalVersion.author_id)
        .where(GoalVersion.what.in_(AGAINST_THE_RULE), *goals)
        .order_by(GoalVersion.goal_id, GoalVersion.number)
    )


OVERRIDES = OfGoals(_overrides_query)


def _overridden(rows: Iterable[Any]) -> dict[int, Overridden]:
    return {
        row.goal_id: Overridden(display_name(row) if row.id is not None else "", row.reason, row.at)
        for row in rows
    }


def unanswered(session: Session, context_id: int, *, now: datetime) -> Sequence[Unanswered]:
    """What has waited for students of a course for over a week, oldest first. Three statements."""
    before = now - LONG
    people = sa.select(Goal, Person).join(Plan, Plan.id == Goal.plan_id)
    here = (Goal.context_id == context_id, Plan.closed_at.is_(None))
    goals = session.execute(
        people.join(Person, Person.id == Plan.person_id)
        .where(*here, Goal.state == GoalState.PROPOSED, Goal.created_at < before)
        .limit(SHOWN_MOST)
    ).all()
    changes = session.execute(
        sa.select(Goal, Person, Proposal.at)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Person, Person.id == Plan.person_id)
        .join(Proposal, Proposal.goal_id == Goal.id)
        .where(*here, Proposal.state == "waiting", Proposal.at < before)
        .limit(SHOWN_MOST)
    ).all()
    steps = session.execute(
        sa.select(Goal, Person, Step.created_at, Step.title)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Person, Person.id == Plan.person_id)
        .join(Step, Step.goal_id == Goal.id)
        .where(*here, Step.state == "proposed", Step.created_at < before)
        .limit(SHOWN_MOST)
    ).all()
    found = [_waits("goal", goal, person, goal.created_at) for goal, person in goals]
    found += [_waits("change", goal, person, at) for goal, person, at in changes]
    found += [_waits("step", goal, person, at, title) for goal, person, at, title in steps]
    return sorted(found, key=lambda one: one.at)


def _waits(kind: str, goal: Goal, person: Person, at: datetime, title: str = "") -> Unanswered:
    return Unanswered(kind, goal.id, title or goal.title, person.id, display_name(person), at)
