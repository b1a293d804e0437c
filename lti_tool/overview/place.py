"""The course a page is about, with its zone and its LMS's name: where every overview begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.db import Driver
from lti_tool.plans.access import Actor, NotFound, Role
from lti_tool.plans.zones import course_zone
from lti_tool.records.base import Plain, table_of
from lti_tool.records.course import Context
from lti_tool.records.platform import Registration
from lti_tool.records.prepared import Prepared

_PARTS = Plain(Context, Registration)
_context, _registration = table_of(Context), table_of(Registration)
_PLACE = Prepared(
    sa.select(*_PARTS.columns)
    .select_from(_context)
    .join(_registration, _registration.c.id == _context.c.registration_id)
    .where(
        _context.c.id == sa.bindparam("context_id"),
        _context.c.registration_id == sa.bindparam("registration_id"),
    )
)
LMS_NAMES = {"canvas": "Canvas", "moodle": "Moodle"}


@dataclass(frozen=True)
class Place:
    """A course, its columns only. lms: what people call its LMS, empty if nobody said; family: its kind."""

    context: Context
    zone: tzinfo
    lms: str
    family: str = ""

    @property
    def title(self) -> str:
        """What people call the course; the LMS's own id where it has no title."""
        return self.context.title or self.context.label or self.context.lms_id


def place(session: Session, actor: Actor, context_id: int | None) -> Place:
    """The actor's course. Raises NotFound, as `place_at`."""
    return place_at(session.connection(), actor, context_id)


def place_at(door: sa.Connection | Driver, actor: Actor, context_id: int | None) -> Place:
    """The actor's course, where no session is open. One statement.

    Raises:
        NotFound: not a course of the actor's registration, or not the one they opened.
    """
    anywhere = actor.role in (Role.OPERATOR, Role.SYSTEM)
    if context_id is None or (context_id != actor.context_id and not anywhere):
        raise NotFound
    ids = {"context_id": context_id, "registration_id": actor.registration_id}
    found = _PLACE.run(door, ids)
    if not found:
        raise NotFound
    return place_of(*_PARTS.split(found[0]))


def place_of(context: Context, registration: Registration) -> Place:
    """A course whose columns were read already."""
    zone = course_zone(context.time_zone, registration.time_zone)
    family = (registration.product_family or "").lower()
    return Place(context, zone, LMS_NAMES.get(family, registration.name), family)
