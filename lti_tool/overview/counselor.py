"""One's own page outside a course: a student's whole plan, a counselor's students (lti.md §2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name, sort_name
from lti_tool.overview.plan import Frame, PlanView, plan_of
from lti_tool.overview.whose import Wanted
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.zones import course_zone
from lti_tool.records.bonds import assigned_pairs
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.learners import LEARNS
from lti_tool.records.platform import Registration
from lti_tool.records.support import CounselorAssignment


@dataclass(frozen=True)
class Assigned:
    """A student of a counselor. why: the courses they come from; empty for one given by name."""

    person_id: int
    name: str
    why: str


def assigned(session: Session, actor: Actor) -> Sequence[Assigned]:
    """The students whose whole plans the actor reads, by family name. Raises Refused."""
    require(actor, Act.SEE_ASSIGNED)
    found: dict[int, tuple[Person, list[str]]] = {}
    for person, _row, course in session.execute(_assigned(actor)):
        _who, courses = found.setdefault(person.id, (person, []))
        if course and course not in courses:
            courses.append(course)
    ordered = sorted(found.values(), key=lambda pair: sort_name(pair[0]))
    return [Assigned(one.id, display_name(one), ", ".join(sorted(courses))) for one, courses in ordered]


def assigned_plan(session: Session, actor: Actor, person_id: int, *, now: datetime) -> PlanView:
    """The whole plan, over all courses, of one of the actor's students. Raises Refused, NotFound."""
    require(actor, Act.SEE_ASSIGNED)
    if not is_row_id(person_id):
        raise NotFound
    row = session.execute(_assigned(actor).where(Person.id == person_id).limit(1)).first()
    if row is None:
        raise NotFound
    return _whole(session, row[0], now)


def own_home(session: Session, actor: Actor, *, now: datetime) -> PlanView | None:
    """The actor's own plan over all courses; None for somebody who learns in no course with plans."""
    require(actor, Act.SEE_HOME)
    person = session.scalar(
        sa.select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .join(Context, Context.id == Membership.context_id)
        .where(
            Person.id == actor.person_id,
            Person.registration_id == actor.registration_id,
            LEARNS,
            Context.started_at.is_not(None),
        )
        .limit(1)
    )
    return None if person is None else _whole(session, person, now)


def _whole(session: Session, person: Person, now: datetime) -> PlanView:
    """All goals of a plan. Fresh as the course that was read longest ago; the day is the registration's."""
    registration = session.get_one(Registration, person.registration_id)
    zone = course_zone(None, registration.time_zone)
    read_at = session.scalar(
        sa.select(sa.func.min(Context.grades_read_at))
        .join(Membership, Membership.context_id == Context.id)
        .where(
            Membership.person_id == person.id, Membership.left_at.is_(None), Context.started_at.is_not(None)
        )
    )
    frame = Frame(
        course="",
        today=now.astimezone(zone).date(),
        read_at=None if read_at is None else read_at.astimezone(zone),
        now=now,
    )
    return plan_of(session, person, Wanted(person.id, person.registration_id), frame)


def _assigned(actor: Actor) -> sa.Select[Person, CounselorAssignment, str]:
    """(student, assignment, title of the course they come from) by name or by course, those who are here."""
    return (
        assigned_pairs(actor)
        .add_columns(Context.title)
        .outerjoin(Context, Context.id == CounselorAssignment.context_id)
    )
