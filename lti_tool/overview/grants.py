"""The grants of one student in one course, as staff see them; the door and the visits of a grant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.overview.plan import learner_of
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.records.course import Person
from lti_tool.records.platform import Registration
from lti_tool.records.support import AccessGrant, GrantVisit

SHOWN_MOST = 100


@dataclass(frozen=True)
class GrantRow:
    """A grant on a page. state: `open`, `used` (a one-time code), `over` (its day came) or `ended`."""

    id: int
    public_id: str
    name: str
    reader: str
    kind: str
    state: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Grants:
    """A student's grants, newest first. zone: the course's."""

    person_id: int
    name: str
    given_name: str
    course: str
    has_left: bool
    zone: tzinfo
    rows: Sequence[GrantRow]


def grants_of(session: Session, actor: Actor, person_id: int, *, now: datetime) -> Grants:
    """Who reads this student's plan by a grant of this course.

    Raises:
        Refused: not staff. NotFound: nobody who learns, or learned, in this course.
    """
    require(actor, Act.LET_IN)
    here = place(session, actor, actor.context_id)
    person, left_at = learner_of(session, here, person_id)
    found = session.execute(
        sa.select(AccessGrant, Person.name)
        .outerjoin(Person, Person.id == AccessGrant.made_by_id)
        .where(AccessGrant.person_id == person.id, AccessGrant.context_id == here.context.id)
        .order_by(AccessGrant.id.desc())
        .limit(SHOWN_MOST)
    )
    return Grants(
        person_id=person.id,
        name=display_name(person),
        given_name=person.given_name.strip() or display_name(person),
        course=here.title,
        has_left=left_at is not None,
        zone=here.zone,
        rows=[_row(grant, by or "", here.zone, now) for grant, by in found],
    )


def _row(grant: AccessGrant, made_by: str, zone: tzinfo, now: datetime) -> GrantRow:
    return GrantRow(
        id=grant.id,
        public_id=grant.public_id,
        name=grant.name,
        reader=grant.reader,
        kind=grant.kind,
        state=_state(grant, now),
        made_by=made_by,
        made_at=grant.made_at.astimezone(zone),
        expires_at=grant.expires_at.astimezone(zone),
        used_at=None if grant.used_at is None else grant.used_at.astimezone(zone),
    )


def _state(grant: AccessGrant, now: datetime) -> str:
    if grant.revoked_at is not None:
        return "ended"
    if grant.expires_at <= now:
        return "over"
    return "used" if grant.kind == "once" and grant.used_at is not None else "open"


def kind_of(session: Session, public_id: str) -> str:
    """`link`, or `once` where a passphrase is asked for too; an unknown address looks like a link."""
    return session.scalar(sa.select(AccessGrant.kind).where(AccessGrant.public_id == public_id)) or "link"


@dataclass(frozen=True)
class Inside:
    """A browser that a grant let in."""

    visit_id: int
    grant_id: int
    person_id: int
    actor: Actor
    last_seen_at: datetime


def who_is_inside(
    session: Session, public_id: str, secret_hash: str, *, now: datetime, idle: timedelta, longest: timedelta
) -> Inside | None:
    """Who holds this cookie; None when the visit, its grant or its registration is over."""
    found = session.execute(
        sa.select(GrantVisit, AccessGrant)
        .join(AccessGrant, AccessGrant.id == GrantVisit.grant_id)
        .join(Registration, Registration.id == AccessGrant.registration_id)
        .where(
            AccessGrant.public_id == public_id,
            GrantVisit.secret_hash == secret_hash,
            GrantVisit.ended_at.is_(None),
            AccessGrant.revoked_at.is_(None),
            AccessGrant.expires_at > now,
            Registration.active,
        )
    ).one_or_none()
    if found is None:
        return None
    visit, grant = found
    if now - visit.last_seen_at > idle or now - visit.created_at > longest:
        return None
    actor = Actor(grant.registration_id, None, Role.GUARDIAN, grant.context_id)
    return Inside(visit.id, grant.id, grant.person_id, actor, visit.last_seen_at)
