"""What was said in check-ins, as each reader may see it, with what a note said before it was corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.plans.mentoring import NOTE, may_read_note
from lti_tool.records.course import Context, Person
from lti_tool.records.history import Change
from lti_tool.records.mentoring import CheckInNote

NOTES_MOST = 50


@dataclass(frozen=True)
class Earlier:
    """What a note said before it was corrected, until `until`."""

    well: str
    hard: str
    agreed: str
    next_on: date | None
    until: datetime


@dataclass(frozen=True)
class Said:
    """A check-in's note. by: who wrote it; course: empty for a counselor's or mentor's. at: in the zone.

    mine: the reader wrote it. why: of its newest correction, at `corrected_at`; earlier: what it said before,
    newest first, as far as it was for this reader then.
    """

    id: int
    by: str
    by_role: str
    course: str
    at: datetime
    lines: Sequence[str]
    well: str
    hard: str
    agreed: str
    next_on: date | None
    readers: str
    mine: bool = False
    corrected_at: datetime | None = None
    why: str = ""
    earlier: Sequence[Earlier] = ()


def notes_of(
    session: Session,
    registration_id: int,
    person_id: int,
    reader: str,
    *,
    context_id: int | None,
    me: int | None,
    zone: tzinfo,
) -> list[Said]:
    """Check-ins of a student that a reader (a key of MAY_READ) may see, newest first; two statements at most.

    context_id: the one course they read, with those of no course; empty for all. Whether they may read this
    student's plan at all was asked before.
    """
    query = (
        sa.select(CheckInNote, Person, Context.title)
        .outerjoin(Person, Person.id == CheckInNote.by_id)
        .outerjoin(Context, Context.id == CheckInNote.context_id)
        .where(CheckInNote.registration_id == registration_id, CheckInNote.person_id == person_id)
        .order_by(CheckInNote.at.desc(), CheckInNote.id.desc())
        .limit(NOTES_MOST)
    )
    if context_id is not None:
        query = query.where(sa.or_(CheckInNote.context_id == context_id, CheckInNote.context_id.is_(None)))
    rows = [
        (row, by, course)
        for row, by, course in session.execute(query)
        if may_read_note(row.readers, reader, own=me is not None and row.by_id == me)
    ]
    versions = _versions(session, [row.id for row, *_rest in rows if row.version > 1])
    return [
        _said(row, by, course or "", versions.get(row.id, []), reader, me, zone) for row, by, course in rows
    ]


def _said(
    row: CheckInNote,
    by: Person | None,
    course: str,
    versions: Sequence[Change],
    reader: str,
    me: int | None,
    zone: tzinfo,
) -> Said:
    """versions: oldest first, the newest is what the row says; none where it was never corrected."""
    mine = me is not None and row.by_id == me
    earlier = [
        _earlier(before.content, after.at.astimezone(zone))
        for before, after in pairwise(versions)
        if may_read_note(str(before.content.get("readers", "")), reader, own=mine)
    ]
    return Said(
        id=row.id,
        by="" if by is None else display_name(by),
        by_role=row.by_role,
        course=course,
        at=row.at.astimezone(zone),
        lines=row.lines,
        well=row.well,
        hard=row.hard,
        agreed=row.agreed,
        next_on=row.next_on,
        readers=row.readers,
        mine=mine,
        corrected_at=versions[-1].at.astimezone(zone) if versions else None,
        why=versions[-1].reason if versions else "",
        earlier=earlier[::-1],
    )


def _earlier(content: Mapping[str, Any], until: datetime) -> Earlier:
    well, hard, agreed = (str(content.get(name, "")) for name in ("well", "hard", "agreed"))
    on = content.get("next_on")
    return Earlier(well, hard, agreed, date.fromisoformat(on) if on else None, until)


def _versions(session: Session, note_ids: Sequence[int]) -> dict[int, list[Change]]:
    """note → its versions, oldest first; no statement where none was corrected."""
    found: dict[int, list[Change]] = defaultdict(list)
    if note_ids:
        query = sa.select(Change).where(Change.subject == NOTE, Change.subject_id.in_(note_ids))
        for change in session.scalars(query.order_by(Change.number)):
            found[change.subject_id].append(change)
    return found
