"""A profile as somebody reads it: strengths first, each view beside what the student wrote (A2–A4, B10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.place import Place, place
from lti_tool.overview.plan import learner_of
from lti_tool.plans.access import Act, Actor, NotFound, may, require
from lti_tool.plans.goal import MEASURED
from lti_tool.plans.profile import MAY_READ, Band, Kind, Level, Part, band_of
from lti_tool.records.course import Person
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration
from lti_tool.records.profile import Entry

Goals = dict[int | None, list[tuple[int, str]]]


@dataclass(frozen=True)
class Grade:
    """One grade behind a gap, in points."""

    item: str
    score: Decimal
    possible: Decimal


@dataclass(frozen=True)
class EntryView:
    """One entry. who: its author's name; mine: the reader wrote it; private: nobody else reads it yet.

    grades: behind a gap from grades, where the reader may see them; numbers: whether they may.
    goals: (id, title) of the goals made from it. beside: others' views of it.
    """

    id: int
    kind: Kind
    topic: str
    text: str
    more: str
    expected: str
    present: str
    source: str
    who: str
    role: str
    mine: bool
    private: bool
    at: datetime
    version: int
    artifact_id: int | None = None
    conference_id: int | None = None
    numbers: bool = True
    grades: Sequence[Grade] = ()
    goals: Sequence[tuple[int, str]] = ()
    beside: Sequence[EntryView] = ()


@dataclass(frozen=True)
class ProfileView:
    """A profile for one reader. skills: often and sometimes; the ones not there yet are among `gaps`."""

    person_id: int
    name: str
    given_name: str
    band: Band
    own: bool
    strengths: Sequence[EntryView] = ()
    skills: Sequence[EntryView] = ()
    gaps: Sequence[EntryView] = ()
    reflections: Sequence[EntryView] = ()
    dream: Sequence[EntryView] = ()
    parts: frozenset[Part] = field(default_factory=frozenset)
    has_left: bool = False

    @property
    def private(self) -> int:
        """How many entries only their author reads."""
        everything = (*self.strengths, *self.skills, *self.gaps, *self.reflections, *self.dream)
        return sum(one.private for one in everything)


def profile(session: Session, actor: Actor, person_id: int | None = None) -> ProfileView:
    """The actor's own profile, or that of a learner of their course for staff. Five statements.

    Raises:
        Refused: neither. NotFound: nobody who learns, or learned, in the actor's course.
    """
    require(actor, Act.SEE_PROFILE)
    here = place(session, actor, actor.context_id)
    staff = may(actor, Act.ADD_VIEW)
    wanted = person_id if staff else actor.person_id
    if person_id is not None and not staff and person_id != actor.person_id:
        raise NotFound
    person, left_at = learner_of(session, here, wanted)
    registration = session.get_one(Registration, actor.registration_id)
    return profile_of(
        session,
        person,
        "staff" if staff else "student",
        me=actor.person_id,
        context_id=here.context.id,
        band=band_of(here.context.age_band, registration.age_band),
        zone=here.zone,
        has_left=left_at is not None,
    )


def profile_of(
    session: Session,
    person: Person,
    reader: str,
    *,
    me: int | None,
    context_id: int | None,
    band: Band,
    zone: tzinfo,
    has_left: bool = False,
) -> ProfileView:
    """A profile as `reader` (plans.profile.MAY_READ) sees it; whether anybody may was asked before.

    context_id: the course whose grades they may see. me: their own drafts are theirs to see.
    """
    found = profiles_of(session, [person], reader, me=me, context_id=context_id, band=band, zone=zone)
    return replace(found[person.id], has_left=has_left)


def profiles_of(
    session: Session,
    people: Sequence[Person],
    reader: str,
    *,
    me: int | None,
    context_id: int | None,
    band: Band,
    zone: tzinfo,
) -> dict[int, ProfileView]:
    """person → profile, as `profile_of`; two statements for any number of people."""
    parts, own = MAY_READ[reader], reader == "student"
    readable = Entry.shared_at.is_not(None)
    query = (
        sa.select(Entry, Person)
        .outerjoin(Person, Person.id == Entry.author_id)
        .where(
            Entry.person_id.in_([person.id for person in people]),
            Entry.retired_at.is_(None),
            readable if me is None else sa.or_(readable, Entry.author_id == me),
        )
        .order_by(Entry.created_at, Entry.id)
    )
    rows = session.execute(query).all()
    goals = _goals(session, people, None if own else context_id)
    views: dict[int, list[EntryView]] = defaultdict(list)
    beside: dict[int | None, list[EntryView]] = defaultdict(list)
    for row, author in rows:
        if row.beside_id is not None:
            beside[row.beside_id].append(_view(row, author, me, False, zone))
    for row, author in rows:
        if row.beside_id is None:
            numbers = Part.GRADES in parts and (own or row.evidence.get("context_id") == context_id)
            seen = _view(row, author, me, numbers, zone, beside=beside[row.id], goals=goals.get(row.id, []))
            views[row.person_id].append(seen)
    return {
        person.id: ProfileView(
            person_id=person.id,
            name=display_name(person),
            given_name=person.given_name.strip() or display_name(person),
            band=band,
            own=own,
            parts=parts,
            **_sorted(views[person.id], parts),
        )
        for person in people
    }


def _sorted(views: list[EntryView], parts: frozenset[Part]) -> dict[str, Any]:
    """The entries by where they stand on a page; parts the reader may not see are empty."""

    def of(part: Part, *kinds: Kind) -> list[EntryView]:
        return [one for one in views if part in parts and one.kind in kinds]

    skills = of(Part.STRENGTHS, Kind.SKILL)
    not_yet = of(Part.GAPS, Kind.SKILL)
    return {
        "strengths": of(Part.STRENGTHS, Kind.STRENGTH),
        "skills": [one for one in skills if one.text != Level.NOT_YET],
        "gaps": of(Part.GAPS, Kind.GAP) + [one for one in not_yet if one.text == Level.NOT_YET],
        "reflections": of(Part.REFLECTIONS, Kind.REFLECTION),
        "dream": of(Part.DREAM, Kind.DREAM),
    }


def _view(
    row: Entry,
    author: Person | None,
    me: int | None,
    numbers: bool,
    zone: tzinfo,
    *,
    beside: Sequence[EntryView] = (),
    goals: Sequence[tuple[int, str]] = (),
) -> EntryView:
    from_grades = row.source == "grades"
    shown = numbers or not from_grades
    return EntryView(
        id=row.id,
        kind=Kind(row.kind),
        topic=row.topic,
        text=row.text,
        more=row.more,
        expected=row.expected if shown else "",
        present=row.present if shown else "",
        source=row.source,
        who=display_name(author) if author is not None else "",
        role=row.author_role,
        mine=me is not None and row.author_id == me,
        private=row.shared_at is None,
        at=row.changed_at.astimezone(zone),
        version=row.version,
        artifact_id=row.artifact_id,
        conference_id=row.conference_id,
        numbers=shown,
        grades=grades_in(row.evidence) if from_grades and numbers else (),
        goals=goals,
        beside=beside,
    )


def grades_in(evidence: dict[str, Any]) -> list[Grade]:
    """The grades kept with a gap."""
    return [
        Grade(item, Decimal(score), Decimal(possible))
        for item, _version, score, possible in evidence.get("grades", [])
    ]


def _goals(session: Session, people: Sequence[Person], context_id: int | None) -> Goals:
    """entry → goals made from it; of one course only, where one is given."""
    query = (
        sa.select(Goal.gap_id, Goal.id, Goal.title)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(
            Plan.person_id.in_([person.id for person in people]),
            Plan.closed_at.is_(None),
            Goal.gap_id.is_not(None),
            Goal.state.in_(MEASURED),
        )
        .order_by(Goal.id)
    )
    if context_id is not None:
        query = query.where(Goal.context_id == context_id)
    found: Goals = defaultdict(list)
    for gap_id, goal_id, title in session.execute(query):
        found[gap_id].append((goal_id, title))
    return found


def own_strengths(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """(id, words) of the strengths in the actor's own profile, their own and others' (B11)."""
    require(actor, Act.SEE_OWN_PLAN)
    rows = session.execute(
        sa.select(Entry.id, Entry.text)
        .where(
            Entry.person_id == actor.person_id,
            Entry.registration_id == actor.registration_id,
            Entry.kind == Kind.STRENGTH,
            Entry.beside_id.is_(None),
            Entry.retired_at.is_(None),
            sa.or_(Entry.shared_at.is_not(None), Entry.author_id == actor.person_id),
        )
        .order_by(Entry.created_at, Entry.id)
    )
    return [(row.id, row.text) for row in rows]


def band_here(session: Session, here: Place) -> Band:
    """The age of the students of a course."""
    registration = session.get_one(Registration, here.context.registration_id)
    return band_of(here.context.age_band, registration.age_band)
