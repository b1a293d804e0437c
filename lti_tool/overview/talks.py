"""Conferences by themselves: when, who came, what was agreed; a student's own, newest first (A7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.records.conference import Agreement, Conference, Invitee
from lti_tool.records.course import Person
from lti_tool.records.history import Change


@dataclass(frozen=True)
class Agreed:
    """One thing that was agreed. owner: a role. before: what it said earlier, oldest first."""

    id: int
    owner: str
    text: str
    when_words: str
    made_at: datetime
    undone: bool
    goal_id: int | None = None
    step_id: int | None = None

    before: Sequence[str] = ()

    def promised_by(self, role: str) -> bool:
        """Whether somebody of this role does it, and it is no goal or step of its own."""
        return self.owner == role and not (self.undone or self.goal_id or self.step_id)


@dataclass(frozen=True)
class Talk:
    """A conference. at, held_at: in the course's zone. came: role → whether they came (None: not said).

    group: the same for all who meet at one time; empty for a talk with one student. held_by: the teacher
    who gave out the time.
    """

    id: int
    person_id: int
    at: datetime | None
    minutes: int
    held_at: datetime | None
    next_on: date | None
    notes: str
    summary: str
    version: int
    group: str
    came: dict[str, bool | None]
    agreed: Sequence[Agreed]
    held_by: str = ""


def own_talks(session: Session, actor: Actor) -> list[Talk]:
    """The actor's own conferences in the course, newest first. Raises Refused, NotFound."""
    require(actor, Act.SEE_CONFERENCE)
    here = place(session, actor, actor.context_id)
    if actor.person_id is None:
        raise NotFound
    return talks_of(session, actor.registration_id, actor.person_id, here.context.id, here.zone)


def talks_of(
    session: Session, registration_id: int, person_id: int, context_id: int | None, zone: tzinfo
) -> list[Talk]:
    """A student's conferences, of one course or all, newest first; whether anybody may was asked before."""
    query = (
        sa.select(Conference)
        .where(Conference.registration_id == registration_id, Conference.person_id == person_id)
        .order_by(Conference.id.desc())
    )
    if context_id is not None:
        query = query.where(Conference.context_id == context_id)
    rows = session.scalars(query).all()
    talks = talks_with(session, rows, zone)
    return [talks[row.id] for row in rows]


def talks_with(session: Session, rows: Iterable[Conference], zone: tzinfo) -> dict[int, Talk]:
    """id → conference with who came and what was agreed; four statements."""
    rows = list(rows)
    ids = [row.id for row in rows]
    makers = {row.made_by_id for row in rows if row.made_by_id is not None}
    staff: dict[int | None, Person] = {}
    if makers:
        staff = {one.id: one for one in session.scalars(sa.select(Person).where(Person.id.in_(makers)))}
    came: dict[int, dict[str, bool | None]] = defaultdict(dict)
    agreed: dict[int, list[Agreed]] = defaultdict(list)
    if ids:
        for one in session.scalars(sa.select(Invitee).where(Invitee.conference_id.in_(ids))):
            came[one.conference_id][one.role] = one.came
        query = sa.select(Agreement).where(Agreement.conference_id.in_(ids)).order_by(Agreement.id)
        rewordings = session.execute(
            sa.select(Change.subject_id, Change.content)
            .join(Agreement, sa.and_(Agreement.id == Change.subject_id, Change.subject == "agreement"))
            .where(Agreement.conference_id.in_(ids))
            .order_by(Change.subject_id, Change.number)
        )
        before: dict[int, list[str]] = defaultdict(list)
        for agreement_id, content in rewordings:
            before[agreement_id].append(str(content.get("text", "")))
        for made in session.scalars(query):
            agreed[made.conference_id].append(
                Agreed(
                    made.id,
                    made.owner,
                    made.text,
                    made.when_words,
                    made.made_at,
                    made.undone_at is not None,
                    made.goal_id,
                    made.step_id,
                    before[made.id],
                )
            )
    return {
        row.id: Talk(
            id=row.id,
            person_id=row.person_id,
            at=row.at.astimezone(zone) if row.at else None,
            minutes=row.minutes,
            held_at=row.held_at.astimezone(zone) if row.held_at else None,
            next_on=row.next_on,
            notes=row.notes,
            summary=row.summary,
            version=row.version,
            group=row.together,
            came=came[row.id],
            agreed=agreed[row.id],
            held_by=display_name(staff[row.made_by_id]) if row.made_by_id in staff else "",
        )
        for row in rows
    }
