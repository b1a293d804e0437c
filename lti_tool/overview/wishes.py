"""Goals students want to talk about before they start, and what a student has aside: drafts, pauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.plans.access import Actor
from lti_tool.plans.goal import GoalState
from lti_tool.records.course import Person
from lti_tool.records.goal import Goal
from lti_tool.records.history import Draft
from lti_tool.records.plan import Plan
from lti_tool.records.prepared import Prepared
from lti_tool.records.wish import GoalWish

DRAFTS = "goal:"  # the names of goal forms begin so; the rest is the form's own key
SHOWN_MOST = 200


@dataclass(frozen=True)
class Wish:
    """A goal somebody wants to talk about. fields: the form as it was sent. at: in the course's zone."""

    id: int
    person_id: int
    by: str
    title: str
    fields: dict[str, Any]
    missing: Sequence[str]
    at: datetime


@dataclass(frozen=True)
class Shelf:
    """What a student has besides goals at work. drafts: (form key, title); paused: (goal id, title).

    talks: titles of goals they asked to talk about.
    """

    drafts: Sequence[tuple[str, str]]
    paused: Sequence[tuple[int, str]]
    talks: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.drafts or self.paused or self.talks)


def wishes_of(session: Session, context_id: int, zone: tzinfo) -> list[Wish]:
    """What waits in a course, oldest first. Whether anybody may read it: asked before."""
    rows = session.execute(
        sa.select(GoalWish, Person)
        .join(Person, Person.id == GoalWish.person_id)
        .where(GoalWish.context_id == context_id, GoalWish.settled_at.is_(None))
        .order_by(GoalWish.id)
        .limit(SHOWN_MOST)
    )
    return [
        Wish(
            row.id,
            row.person_id,
            display_name(person),
            row.title,
            row.fields,
            row.missing,
            row.at.astimezone(zone),
        )
        for row, person in rows
    ]


def wishes_waiting(session: Session, context_id: int) -> int:
    """How many wait in a course."""
    query = (
        sa.select(sa.func.count())
        .select_from(GoalWish)
        .where(GoalWish.context_id == context_id, GoalWish.settled_at.is_(None))
    )
    return session.scalar(query) or 0


OWN_DRAFTS = Prepared(
    sa.select(Draft.form, Draft.fields)
    .where(
        Draft.author_id == sa.bindparam("person"),
        Draft.registration_id == sa.bindparam("registration"),
        Draft.form.startswith(DRAFTS),
    )
    .order_by(Draft.saved_at.desc())
    .limit(sa.literal_column("10"))
)
OWN_PAUSED = Prepared(
    sa.select(Goal.id, Goal.title)
    .join(Plan, Plan.id == Goal.plan_id)
    .where(
        Plan.person_id == sa.bindparam("person"),
        Plan.closed_at.is_(None),
        Goal.state == GoalState.PAUSED.value,
    )
    .order_by(Goal.id)
)
OWN_TALKS = Prepared(
    sa.select(GoalWish.title)
    .where(GoalWish.person_id == sa.bindparam("person"), GoalWish.settled_at.is_(None))
    .order_by(GoalWish.id)
)


def shelf_of(session: Session, actor: Actor) -> Shelf:
    """The actor's own drafts, goals that rest and talks asked for. Three statements."""
    me = {"person": actor.person_id, "registration": actor.registration_id}
    drafts, paused, talks = (query.read(session, me) for query in (OWN_DRAFTS, OWN_PAUSED, OWN_TALKS))
    return Shelf(
        [(row.form.removeprefix(DRAFTS), str(row.fields.get("title", "")).strip()) for row in drafts],
        [(row.id, row.title) for row in paused],
        [row.title for row in talks],
    )


def count_in_plan(session: Session, actor: Actor) -> int:
    """How many goals the actor works on in all their courses together."""
    query = (
        sa.select(sa.func.count())
        .select_from(Goal)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(
            Plan.person_id == actor.person_id,
            Plan.registration_id == actor.registration_id,
            Plan.closed_at.is_(None),
            Goal.state == GoalState.ACTIVE,
        )
    )
    return session.scalar(query) or 0


def goals_at_work(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """(id, title) of the actor's own goals in this course that a step could belong to."""
    rows = session.execute(
        sa.select(Goal.id, Goal.title)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(
            Plan.person_id == actor.person_id,
            Plan.closed_at.is_(None),
            Goal.context_id == actor.context_id,
            Goal.state == GoalState.ACTIVE,
        )
        .order_by(Goal.due_on, Goal.id)
    )
    return [(row.id, row.title) for row in rows]
