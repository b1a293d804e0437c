"""Asking for the weekly e-mail and the calendar, ending them, and taking the e-mails that are due."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.reminding import is_quiet, next_digest, next_morning
from lti_tool.plans.steps import Breaks
from lti_tool.plans.zones import course_zone
from lti_tool.records.course import Person
from lti_tool.records.platform import Registration
from lti_tool.records.reminding import CalendarFeed, Digest
from lti_tool.records.school import SchoolBreak

SECRET_BYTES = 32
SECRET_LONGEST = 64
FAILURES_MOST = 4  # weeks; then it ends by itself
AGAIN_IN = timedelta(hours=1)
LATE_MOST = timedelta(days=2)  # an e-mail about a week is not sent when the week is half over


@dataclass(frozen=True)
class DueDigest:
    """An e-mail in our hands: nobody else sends it."""

    id: int
    registration_id: int
    person_id: int
    email: str
    token: str
    locale: str


def ask_for_digest(session: Session, actor: Actor, locale: str, *, now: datetime) -> Digest:
    """The actor wants the weekly e-mail; asked twice it is one. Raises Refused, NotFound."""
    require(actor, Act.BE_REMINDED)
    person = _person(session, actor)  # locked: two clicks at once stand in line
    zone, breaks = school_days(session, actor.registration_id)
    row = session.scalar(sa.select(Digest).where(Digest.person_id == person.id).with_for_update())
    if row is not None and row.ended_at is None:
        return row
    if row is None:
        row = Digest(registration_id=actor.registration_id, person_id=person.id)
        session.add(row)
    row.token, row.locale = secrets.token_urlsafe(SECRET_BYTES), locale[:16]
    row.asked_at, row.ended_at, row.failures = now, None, 0
    row.next_at = next_digest(now, zone, breaks)
    session.flush()
    return row


def end_digest(session: Session, actor: Actor, *, now: datetime) -> None:
    """The actor wants no more of them. Raises Refused."""
    require(actor, Act.BE_REMINDED)
    _end(session, Digest.person_id == actor.person_id, now)


def end_digest_by_token(session: Session, token: str, *, now: datetime) -> None:
    """Somebody followed the address in the e-mail. Nothing tells whether there was one."""
    _end(session, Digest.token == token[:SECRET_LONGEST], now)


def _end(session: Session, which: sa.ColumnElement[bool], now: datetime) -> None:
    session.execute(sa.update(Digest).where(which, Digest.ended_at.is_(None)).values(ended_at=now))


def make_calendar(session: Session, actor: Actor, locale: str, *, now: datetime) -> str:
    """A new address of the actor's calendar: what it ends in, shown once. Earlier ones end.

    Raises Refused, NotFound.
    """
    require(actor, Act.BE_REMINDED)
    person = _person(session, actor)
    end_calendar(session, actor, now=now)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    session.add(
        CalendarFeed(
            registration_id=actor.registration_id,
            person_id=person.id,
            secret_hash=digest_of(secret),
            locale=locale[:16],
            made_at=now,
        )
    )
    return secret


def end_calendar(session: Session, actor: Actor, *, now: datetime) -> None:
    """The actor's calendar is handed out no more. Raises Refused."""
    require(actor, Act.BE_REMINDED)
    session.execute(
        sa.update(CalendarFeed)
        .where(CalendarFeed.person_id == actor.person_id, CalendarFeed.ended_at.is_(None))
        .values(ended_at=now)
    )


def digest_of(secret: str) -> str:
    """What is kept of a secret that was made by us, long and random."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def any_digest_due(session: Session, *, now: datetime) -> bool:
    """Whether to look closer; reads only."""
    due = sa.select(Digest.id).where(Digest.ended_at.is_(None), Digest.next_at <= now).limit(1)
    return session.scalar(due) is not None


def take_due_digests(session: Session, *, now: datetime, most: int) -> list[DueDigest]:
    """E-mails that are due and may be sent at this hour; each is moved on before anybody sends it."""
    rows = session.execute(
        sa.select(Digest, Person.email)
        .join(Person, Person.id == Digest.person_id)
        .join(Registration, Registration.id == Digest.registration_id)
        .where(Digest.ended_at.is_(None), Digest.next_at <= now, Registration.active)
        .order_by(Digest.next_at, Digest.id)
        .limit(most)
    ).all()
    days: dict[int, tuple[tzinfo, Breaks]] = {}
    taken = []
    for row, email in rows:
        if row.registration_id not in days:
            days[row.registration_id] = school_days(session, row.registration_id)
        zone, breaks = days[row.registration_id]
        late = now - row.next_at > LATE_MOST
        waits = is_quiet(now, zone) and not late
        until = next_morning(now, zone) if waits else next_digest(now, zone, breaks)
        moved = session.execute(
            sa.update(Digest)
            .where(Digest.id == row.id, Digest.next_at == row.next_at, Digest.ended_at.is_(None))
            .values(next_at=until)
            .returning(Digest.id)
            .execution_options(synchronize_session=False)
        ).all()
        if moved and email and not late and not waits:
            taken.append(DueDigest(row.id, row.registration_id, row.person_id, email, row.token, row.locale))
    return taken


def note_sent(session: Session, digest_id: int, *, now: datetime) -> None:
    """It is on its way."""
    session.execute(sa.update(Digest).where(Digest.id == digest_id).values(sent_at=now, failures=0))


def note_not_sent(session: Session, digest_id: int, *, again: bool, now: datetime) -> None:
    """It surely did not go out. again: try once more in an hour, else with the next week's.

    After some weeks of refusals it ends by itself.
    """
    row = session.get(Digest, digest_id)
    if row is None:
        return
    if again:
        row.next_at = min(row.next_at, now + AGAIN_IN)
        return
    row.failures += 1
    if row.failures >= FAILURES_MOST and row.ended_at is None:
        row.ended_at = now


def school_days(session: Session, registration_id: int) -> tuple[tzinfo, Breaks]:
    """The school's zone and its days off."""
    school = session.get_one(Registration, registration_id)
    rows = session.execute(
        sa.select(SchoolBreak.first_on, SchoolBreak.last_on).where(
            SchoolBreak.registration_id == registration_id
        )
    )
    return course_zone(None, school.time_zone), [(row.first_on, row.last_on) for row in rows]


def _person(session: Session, actor: Actor) -> Person:
    person = (
        session.get(Person, actor.person_id, with_for_update=True) if actor.person_id is not None else None
    )
    if person is None or person.registration_id != actor.registration_id:
        raise NotFound
    return person
