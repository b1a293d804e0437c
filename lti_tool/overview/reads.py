"""Who has read a student's plan, beside the student and their teachers: from the log (domain.md §5).

A disclosure record as schools must keep one (FERPA, 34 CFR 99.32); the student and staff of the course
read the same list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.overview.plan import learner_of
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.plans.zones import zone_named
from lti_tool.records.audit import READ, AuditEntry
from lti_tool.records.course import Person
from lti_tool.records.platform import Registration
from lti_tool.records.support import AccessGrant

MOST = 500
GAP = timedelta(minutes=30)


@dataclass(frozen=True)
class ReadLine:
    """One sitting of a reader. role: `guardian`, `mentor` or `counselor`; pages: how often it was opened."""

    name: str
    role: str
    at: datetime
    pages: int


@dataclass(frozen=True)
class Reads:
    """Whose plan, and the newest sittings; more: whether older ones are not shown."""

    person_id: int
    name: str
    lines: Sequence[ReadLine]
    more: bool


def own_reads(session: Session, actor: Actor) -> Reads:
    """Who has read the actor's own plan. Raises Refused, NotFound."""
    require(actor, Act.SEE_OWN_PLAN)
    person = session.get(Person, actor.person_id) if actor.person_id is not None else None
    if person is None:
        raise NotFound
    return _reads(session, person)


def reads_of(session: Session, actor: Actor, person_id: int) -> Reads:
    """Who has read the plan of a learner of the actor's course. Raises Refused, NotFound."""
    require(actor, Act.SEE_PLAN)
    here = place(session, actor, actor.context_id)
    person, _left_at = learner_of(session, here, person_id)
    return _reads(session, person)


def _reads(session: Session, person: Person) -> Reads:
    registration = session.get_one(Registration, person.registration_id)
    rows = session.execute(
        sa.select(AuditEntry.at, AuditEntry.actor_role, AuditEntry.details, Person)
        .outerjoin(Person, Person.id == AuditEntry.actor_id)
        .where(
            AuditEntry.registration_id == registration.id,
            AuditEntry.subject == f"person:{person.id}",
            AuditEntry.act == READ,
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(MOST + 1)
    ).all()
    grants = {
        grant.id: grant
        for grant in session.scalars(sa.select(AccessGrant).where(AccessGrant.person_id == person.id))
    }
    zone = zone_named(registration.time_zone)
    lines: list[ReadLine] = []
    for at, role, details, reader in rows[:MOST]:
        grant = grants.get(details.get("grant", 0))
        name = grant.name if grant else display_name(reader) if reader else ""
        role = grant.reader if grant else role
        at = at.astimezone(zone)
        last = lines[-1] if lines else None
        if last is not None and (last.name, last.role) == (name, role) and last.at - at <= GAP:
            lines[-1] = ReadLine(name, role, at, last.pages + 1)
        else:
            lines.append(ReadLine(name, role, at, 1))
    return Reads(person.id, display_name(person), lines, len(rows) > MOST)
