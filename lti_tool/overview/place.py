"""The course a page is about, with its zone and its LMS's name: where every overview begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.access import Actor, NotFound, Role
from lti_tool.plans.zones import course_zone
from lti_tool.records.base import Plain, table_of
from lti_tool.records.course import Context, Membership, Person
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


_OF_CONTEXT = (
    *("id", "registration_id", "lms_id", "label", "title", "copied_from", "time_zone"),
    *("started_at", "read_only", "ended_at", "grades_read_at", "age_band"),
)
_OF_REGISTRATION = (
    *("id", "name", "time_zone", "product_family"),
    *("issuer", "auth_login_url", "talk_words", "talk_to", "band_said_at", "age_band", "guardians"),
)


@dataclass(frozen=True)
class Known:
    """What was read with the visit already, as plain values: the columns that first pages tell of.

    context: its values are None outside a course; member: the same for somebody who is not in it.
    """

    person: Person
    context: Context
    registration: Registration
    member: Membership

    # By record, as records.base.Plain takes them.
    COLUMNS: ClassVar = (
        (Person, ("id", "registration_id", "name", "given_name", "family_name")),
        (Context, _OF_CONTEXT),
        (Registration, _OF_REGISTRATION),
        (Membership, ("role", "left_at", "grades_unread")),
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
    """The actor's course.

    Raises:
        NotFound: not a course of the actor's registration, or not the one they opened.
    """
    anywhere = actor.role in (Role.OPERATOR, Role.SYSTEM)
    if context_id is None or (context_id != actor.context_id and not anywhere):
        raise NotFound
    ids = {"context_id": context_id, "registration_id": actor.registration_id}
    found = _PLACE.run(session.connection(), ids)
    if not found:
        raise NotFound
    return place_of(*_PARTS.split(found[0]))


def place_of(context: Context, registration: Registration) -> Place:
    """A course whose columns were read already."""
    zone = course_zone(context.time_zone, registration.time_zone)
    family = (registration.product_family or "").lower()
    return Place(context, zone, LMS_NAMES.get(family, registration.name), family)
