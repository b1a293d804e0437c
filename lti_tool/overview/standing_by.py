"""The mentors and counselors of one student, and adults whom staff may choose as a mentor (B12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.mentoring import mentors_of
from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.overview.plan import learner_of
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.records.course import Membership, Person

FOUND_MOST = 20
TYPED_LEAST = 2


@dataclass(frozen=True)
class StandingBy:
    """mentors: (assignment, name, kind). found: (person, name) of adults whose name holds what was typed."""

    person_id: int
    name: str
    has_left: bool
    mentors: Sequence[tuple[int, str, str]]
    found: Sequence[tuple[int, str]]


def standing_by(session: Session, actor: Actor, person_id: int, typed: str = "") -> StandingBy:
    """A student of the actor's course. Only staff of courses are found, so no student's name shows.

    Raises Refused, NotFound.
    """
    require(actor, Act.ASSIGN_MENTOR)
    here = place(session, actor, actor.context_id)
    person, left_at = learner_of(session, here, person_id)
    return StandingBy(
        person_id=person.id,
        name=display_name(person),
        has_left=left_at is not None,
        mentors=mentors_of(session, actor.registration_id, person.id),
        found=_adults(session, actor, typed, person.id) if len(typed) >= TYPED_LEAST else [],
    )


def _adults(session: Session, actor: Actor, typed: str, student_id: int) -> list[tuple[int, str]]:
    staff = sa.exists().where(
        Membership.person_id == Person.id, Membership.role == Role.STAFF, Membership.left_at.is_(None)
    )
    rows = session.scalars(
        sa.select(Person)
        .where(
            Person.registration_id == actor.registration_id,
            Person.id != student_id,
            sa.func.lower(Person.name).contains(typed.lower(), autoescape=True),
            staff,
        )
        .order_by(Person.name, Person.id)
        .limit(FOUND_MOST)
    )
    return [(one.id, display_name(one)) for one in rows]
