"""How far plans have come in a course: checklist, adoption, and what staff said after cycles (B15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.place import Place, place
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import GoalState
from lti_tool.plans.outcome import Outcome
from lti_tool.plans.profile import band_of
from lti_tool.records.conference import Conference
from lti_tool.records.course import Membership, Person
from lti_tool.records.goal import Goal
from lti_tool.records.learners import learns_in
from lti_tool.records.mentoring import AgreedCadence
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Connection, Registration
from lti_tool.records.rollout import CycleReview, Template
from lti_tool.records.step import Step

REVIEWS_MOST = 20


@dataclass(frozen=True)
class Adoption:
    """How many learners of a course use what. Counts of people, but for goals and conferences."""

    learners: int
    begun: int
    with_goal: int
    with_step: int
    goals_ended: int
    goals_reached: int
    conferences: int


@dataclass(frozen=True)
class Reviewed:
    """What staff said after a cycle."""

    who: str
    at: datetime
    worked: str
    changes: str
    figures: dict[str, Any]


@dataclass(frozen=True)
class Rollout:
    """A course's roll-out. checks: what (a key) → whether it is done.

    age_band: what its staff say of this course, empty where they do not; school_band: what the school says.
    """

    title: str
    zone: tzinfo
    owner: str
    age_band: str
    school_band: str
    goals_most: int | None
    checks: dict[str, bool]
    adoption: Adoption
    reviews: Sequence[Reviewed]


def rollout_of(session: Session, actor: Actor) -> Rollout:
    """For staff of the course. A constant number of statements. Raises Refused, NotFound."""
    require(actor, Act.SET_COURSE)
    here = place(session, actor, actor.context_id)
    school = session.get_one(Registration, here.context.registration_id)
    figures = adoption_of(session, here)
    connected = session.scalar(
        sa.select(sa.func.count())
        .select_from(Connection)
        .where(
            Connection.registration_id == school.id,
            Connection.state == "ok",
            sa.or_(Connection.context_id.is_(None), Connection.context_id == here.context.id),
        )
    )
    templates = session.scalar(
        sa.select(sa.func.count())
        .select_from(Template)
        .where(
            Template.registration_id == school.id,
            Template.retired_at.is_(None),
            sa.or_(Template.context_id.is_(None), Template.context_id == here.context.id),
        )
    )
    cadence = session.scalar(
        sa.select(sa.func.count())
        .select_from(AgreedCadence)
        .where(AgreedCadence.context_id == here.context.id, AgreedCadence.ended_at.is_(None))
    )
    return Rollout(
        title=here.title,
        zone=here.zone,
        owner=here.context.plan_owner,
        age_band=here.context.age_band or "",
        school_band=band_of(school.age_band).value,
        goals_most=here.context.goals_most,
        checks={
            "band": school.band_said_at is not None,
            "started": here.context.started_at is not None,
            "grades": bool(connected),
            "owner": bool(here.context.plan_owner),
            "cadence": bool(cadence),
            "talk": bool(school.talk_to),
            "templates": bool(templates),
            "goal": figures.with_goal > 0,
            "conference": figures.conferences > 0,
        },
        adoption=figures,
        reviews=_reviews(session, here),
    )


def adoption_of(session: Session, here: Place) -> Adoption:
    """The figures of a course now. Three statements."""
    learns = (
        learns_in(here.context.id),
        Person.is_test.is_(False),
    )
    goal_here = (
        sa.select(Goal.id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(
            Plan.person_id == Membership.person_id,
            Plan.closed_at.is_(None),
            Goal.context_id == here.context.id,
        )
    )
    step_here = goal_here.join(Step, Step.goal_id == Goal.id).where(Step.state == "active")
    begun = sa.select(Plan.id).where(
        Plan.person_id == Membership.person_id, Plan.closed_at.is_(None), Plan.started_at.is_not(None)
    )
    at_work = goal_here.where(Goal.state == GoalState.ACTIVE)

    def count(what: Any) -> Any:
        return sa.func.coalesce(sa.func.sum(sa.case((what.exists(), 1), else_=0)), 0)

    people = session.execute(
        sa.select(sa.func.count(), count(begun), count(at_work), count(step_here))
        .select_from(Membership)
        .join(Person, Person.id == Membership.person_id)
        .where(*learns)
    ).one()
    ended = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(_is_reached()), 0)).where(
            Goal.context_id == here.context.id, Goal.state == GoalState.CLOSED
        )
    ).one()
    held = session.scalar(
        sa.select(sa.func.count())
        .select_from(Conference)
        .where(Conference.context_id == here.context.id, Conference.held_at.is_not(None))
    )
    return Adoption(
        people[0], int(people[1]), int(people[2]), int(people[3]), ended[0], int(ended[1]), held or 0
    )


def _is_reached() -> Any:
    reached = (Outcome.REACHED.value, Outcome.REACHED_LATER.value)
    return sa.case((Goal.outcome.in_(reached), 1), else_=0)


def _reviews(session: Session, here: Place) -> list[Reviewed]:
    rows = session.execute(
        sa.select(CycleReview, Person)
        .outerjoin(Person, Person.id == CycleReview.author_id)
        .where(CycleReview.context_id == here.context.id)
        .order_by(CycleReview.id.desc())
        .limit(REVIEWS_MOST)
    )
    return [
        Reviewed(
            display_name(person) if person is not None else "",
            row.at.astimezone(here.zone),
            row.worked,
            row.changes,
            row.figures,
        )
        for row, person in rows
    ]


def figures_json(figures: Adoption) -> dict[str, int]:
    """As a review keeps them."""
    return asdict(figures)
