"""A student's first page before plans have started in their course: a whole class opens it at once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from lti_tool.db import Driver
from lti_tool.overview.place import place_of
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
