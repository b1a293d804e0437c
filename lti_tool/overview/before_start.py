"""First pages before plans have started in a course: a whole class opens theirs at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from lti_tool.db import Driver
from lti_tool.overview.place import place_at, place_of
from lti_tool.overview.plan import PlanView, empty_plan, frame_of
from lti_tool.plans.access import Act, Actor, NotFound, Role, require
from lti_tool.records.base import Plain, table_of
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.platform import Registration
from lti_tool.records.prepared import Prepared

_PARTS = Plain(Person, Context, Registration)
_person, _member, _context, _registration = map(table_of, (Person, Membership, Context, Registration))
_HOME = Prepared(
    sa.select(*_PARTS.columns, _member.c.left_at)
    .select_from(_person)
    .join(_member, _member.c.person_id == _person.c.id)
    .join(_context, _context.c.id == _member.c.context_id)
    .join(_registration, _registration.c.id == _context.c.registration_id)
    .where(
        _person.c.id == sa.bindparam("person"),
        _person.c.registration_id == sa.bindparam("registration"),
        _member.c.context_id == sa.bindparam("context"),
        _member.c.role == Role.LEARNER.value,
        _context.c.registration_id == _person.c.registration_id,
    )
)

_TITLE = Prepared(
    sa.select(sa.func.coalesce(sa.func.nullif(_context.c.title, ""), _context.c.label).label("title")).where(
        _context.c.registration_id == sa.bindparam("registration"),
        _context.c.lms_id == sa.bindparam("lms_id"),
    )
)


@dataclass(frozen=True)
class Invitation:
    """A course whose staff may start plans. lms: what people call its LMS, empty where nobody said.

    copied_from: the course this one is a copy of, as people call it; empty where we do not know it.
    """

    title: str
    lms: str
    is_copy: bool
    copied_from: str


def invitation(door: Driver, actor: Actor) -> Invitation:
    """What staff are asked before plans have started. One statement, two in a copied course.

    Raises Refused, NotFound.
    """
    require(actor, Act.START_PLANS)
    here = place_at(door, actor, actor.context_id)
    copied_from = here.context.copied_from
    return Invitation(here.title, here.lms, bool(copied_from), _title_of(door, actor, copied_from))


def _title_of(door: Driver, actor: Actor, lms_id: str | None) -> str:
    """The name of another course of this registration; nothing else of that course is read."""
    found = _TITLE.run(door, {"registration": actor.registration_id, "lms_id": lms_id}) if lms_id else []
    return (found[0].title or "") if found else ""


def plan_before_start(door: Driver, actor: Actor, *, now: datetime) -> PlanView | None:
    """The actor's plan while plans have not started in this course; None once they have.

    One statement. Raises Refused, NotFound.
    """
    require(actor, Act.SEE_OWN_PLAN)
    ids = {"person": actor.person_id, "registration": actor.registration_id, "context": actor.context_id}
    found = _HOME.run(door, ids)
    if not found:
        raise NotFound
    person, context, registration, left_at = _PARTS.split(found[0])
    frame = frame_of(place_of(context, registration), now, has_left=left_at is not None)
    return None if frame.has_started else empty_plan(person, frame)
