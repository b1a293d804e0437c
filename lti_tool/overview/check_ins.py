"""Whose turn it is: check-ins due and missed over all of an adult's students, and one student's (B12)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.breaks import breaks_of
from lti_tool.overview.people import Named, display_name, sort_name
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.checkins import Cadence, Due, Turn, next_check_in
from lti_tool.plans.steps import Breaks
from lti_tool.plans.zones import course_zone
from lti_tool.records.bonds import assigned_pairs, taught
from lti_tool.records.checkin import CheckIn
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.learners import LEARNS
from lti_tool.records.mentoring import AgreedCadence, CheckInNote
from lti_tool.records.platform import Registration
from lti_tool.records.support import CounselorAssignment

LINES_MOST = 300
NOTHING: tuple[Cadence, date | None] = (Cadence.NONE, None)
Key = tuple[str, int | None, int]  # (role, course, student)


@dataclass(frozen=True)
class Line:
    """One student of the actor, in one course or by an assignment. due: None where nothing is agreed."""

    person_id: int
    name: str
    role: str
    context_id: int | None
    course: str
    last: date | None
    due: Due | None
    cadence: Cadence
    order: tuple[Any, ...] = field(compare=False, default=())


@dataclass(frozen=True)
class Scope:
    """What a cadence is set for: (`course`, id) or (`assigned`, id), with its name and what holds now."""

    kind: str
    id: int
    name: str
    cadence: Cadence


@dataclass(frozen=True)
class Queue:
    """lines: those with a day, the longest waiting first. others: how many have none. more: not shown."""

    lines: Sequence[Line]
    others: int
    scopes: Sequence[Scope]
    more: int = 0

    def of(self, turn: Turn) -> list[Line]:
        """The lines whose turn it is so."""
        return [line for line in self.lines if line.due is not None and line.due.turn is turn]


@dataclass(frozen=True)
class Met:
    """Where students are met: a course, or an assignment."""

    kind: str
    id: int
    name: str
    role: str
    context_id: int | None
    zone: tzinfo


def queue(session: Session, actor: Actor, *, now: datetime) -> Queue:
    """Everyone the actor stands by, over all courses and assignments. A constant number of statements."""
    require(actor, Act.CHECK_IN)
    places, met = _met(session, actor)
    cadences = cadences_of(session, places)
    talks = talks_of(session, met)
    breaks = breaks_of(session, actor.registration_id)
    lines = []
    for place, person in met:
        general = cadences.get((place.kind, place.id, None), NOTHING)
        held = cadences.get((place.kind, place.id, person.id), general)
        talk = talks.get((place.role, place.context_id, person.id))
        lines.append(_line(place, person, held, talk, now, breaks))
    dated = sorted((line for line in lines if line.due is not None), key=lambda line: line.order)
    return Queue(
        lines=dated[:LINES_MOST],
        others=len(lines) - len(dated),
        scopes=[
            Scope(one.kind, one.id, one.name, cadences.get((one.kind, one.id, None), NOTHING)[0])
            for one in places
        ],
        more=max(len(dated) - LINES_MOST, 0),
    )


_NAMED = (Person.id, Person.name, Person.given_name, Person.family_name)  # all a line needs of somebody


def _met(session: Session, actor: Actor) -> tuple[list[Met], list[tuple[Met, Named]]]:
    """The places and, in each, the students; three statements."""
    school = session.scalar(sa.select(Registration.time_zone).where(Registration.id == actor.registration_id))
    courses = {
        row.id: Met(
            "course",
            row.id,
            row.title or row.label or row.lms_id,
            "teacher",
            row.id,
            course_zone(row.time_zone, school),
        )
        for row in session.scalars(
            sa.select(Context)
            .where(Context.id.in_(taught(actor)), Context.read_only.is_(False))
            .order_by(Context.title, Context.id)
        )
    }
    met: list[tuple[Met, Named]] = [
        (courses[row.context_id], row)
        for row in session.execute(
            sa.select(*_NAMED, Membership.context_id)
            .select_from(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.context_id.in_(courses),
                LEARNS,
                Person.is_test.is_(False),
            )
        )
    ]
    rows = session.execute(
        assigned_pairs(actor)
        .add_columns(Context.title)
        .outerjoin(Context, Context.id == CounselorAssignment.context_id)
        .order_by(CounselorAssignment.id)
    )
    places: dict[int, Met] = {}
    seen: set[tuple[str, int]] = set()
    for person, row, course in rows:
        name, zone = course or display_name(person), course_zone(None, school)
        places.setdefault(row.id, Met("assigned", row.id, name, row.kind, None, zone))
        if (row.kind, person.id) not in seen:
            seen.add((row.kind, person.id))
            met.append((places[row.id], person))
    return [*courses.values(), *places.values()], met


def cadences_of(
    session: Session, places: Iterable[Met]
) -> dict[tuple[str, int, int | None], tuple[Cadence, date | None]]:
    """(kind, id, student or None) → what holds now and since when; one statement."""
    courses = [one.id for one in places if one.kind == "course"]
    assigned = [one.id for one in places if one.kind == "assigned"]
    rows = session.scalars(
        sa.select(AgreedCadence).where(
            AgreedCadence.ended_at.is_(None),
            sa.or_(AgreedCadence.context_id.in_(courses), AgreedCadence.assignment_id.in_(assigned)),
        )
    )
    found: dict[tuple[str, int, int | None], tuple[Cadence, date | None]] = {}
    for row in rows:
        if row.context_id is not None:
            found["course", row.context_id, row.person_id] = (Cadence(row.cadence), row.since)
        elif row.assignment_id is not None:
            found["assigned", row.assignment_id, row.person_id] = (Cadence(row.cadence), row.since)
    return found


@dataclass(frozen=True)
class Talk:
    """The newest talk: when, and the day that was agreed there."""

    at: datetime
    agreed: date | None = None


_TALK = (
    *(CheckInNote.by_role, CheckInNote.context_id, CheckInNote.person_id),
    *(CheckInNote.at, CheckInNote.next_on),
)


def talks_of(session: Session, met: Sequence[tuple[Met, Named]]) -> dict[Key, Talk]:
    """The newest talk of each; two statements. A mentor's counts whoever was the mentor then."""
    courses = {place.id for place, _person in met if place.kind == "course"}
    people = {person.id for place, person in met if place.kind == "assigned"}
    newest = (
        sa.select(sa.func.max(CheckInNote.id))
        .where(
            sa.or_(
                CheckInNote.context_id.in_(courses),
                sa.and_(CheckInNote.context_id.is_(None), CheckInNote.person_id.in_(people)),
            )
        )
        .group_by(CheckInNote.person_id, CheckInNote.context_id, CheckInNote.by_role)
    )
    found = {
        (row.by_role, row.context_id, row.person_id): Talk(row.at, row.next_on)
        for row in session.execute(sa.select(*_TALK).where(CheckInNote.id.in_(newest)))
    }
    counted = session.execute(
        sa.select(CheckIn.context_id, CheckIn.person_id, sa.func.max(CheckIn.done_at))
        .where(CheckIn.context_id.in_(courses))
        .group_by(CheckIn.context_id, CheckIn.person_id)
    )
    for context_id, person_id, at in counted:
        key = ("teacher", context_id, person_id)
        if key not in found or found[key].at < at:
            found[key] = Talk(at)
    return found


def due_of(
    cadence: Cadence, since: date | None, talk: Talk | None, zone: tzinfo, now: datetime, breaks: Breaks
) -> Due | None:
    today = now.astimezone(zone).date()
    return next_check_in(
        cadence,
        last=None if talk is None else talk.at.astimezone(zone).date(),
        since=since or today,
        agreed=None if talk is None else talk.agreed,
        today=today,
        breaks=breaks,
    )


def _line(
    place: Met,
    person: Named,
    held: tuple[Cadence, date | None],
    talk: Talk | None,
    now: datetime,
    breaks: Breaks,
) -> Line:
    due = due_of(*held, talk, place.zone, now, breaks)
    return Line(
        person_id=person.id,
        name=display_name(person),
        role=place.role,
        context_id=place.context_id,
        course=place.name if place.kind == "course" else "",
        last=None if talk is None else talk.at.astimezone(place.zone).date(),
        due=due,
        cadence=held[0],
        order=(date.max if due is None else due.on, sort_name(person), person.id),
    )
