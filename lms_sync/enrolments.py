"""Enrolments as the LMS's API lists them → rows, groups, posted totals, and whom an observer watches.

Absence is never inferred from a connection (design.md): the roster alone says who is here. An enrolment
of somebody we do not know yet is left for the next time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.people import find_people
from lms_sync.platforms.course_rows import CourseFlags, LmsEnrolmentRow
from lti_tool.planning.observers import keep_observers
from lti_tool.records.course import Membership
from lti_tool.records.school import CourseTotal
from lti_tool.records.structure import CourseSection, LmsEnrolment, LmsGroup, LmsGroupMember

ALIAS, STUDENT, OBSERVER, GONE = "canvas_user_id", "StudentEnrollment", "ObserverEnrollment", "gone"
HERE = frozenset({"active", "invited", "creation_pending"})
PART = 500


def store_enrolments(
    session: Session,
    context_id: int,
    registration_id: int,
    rows: Sequence[LmsEnrolmentRow],
    flags: CourseFlags,
    *,
    now: datetime,
) -> int:
    """Store a whole list of enrolments; how many of them are of people we do not know.

    flags.limited: the list was narrowed to some sections, so what it leaves out says nothing.
    """
    people = _people(session, context_id, registration_id, rows)
    known = [row for row in rows if row.user_id in people]
    _store_rows(session, context_id, known, people, whole=not flags.limited)
    _store_groups(session, context_id, known, people, whole=not flags.limited)
    _store_totals(session, context_id, known, people, flags, now)
    pairs = {
        (people[row.user_id], people[row.watches])
        for row in known
        if row.kind == OBSERVER and row.state in HERE and row.watches in people
    }
    keep_observers(session, registration_id, context_id, pairs, whole=not flags.limited, now=now)
    return len(rows) - len(known)


def _people(
    session: Session, context_id: int, registration_id: int, rows: Sequence[LmsEnrolmentRow]
) -> dict[str, int]:
    """LMS user id → person, of those who are or were in this course by its roster or a launch."""
    wanted = sorted({number for row in rows for number in (row.user_id, row.watches) if number})
    found: dict[str, int] = {}
    for start in range(0, len(wanted), PART):
        aliases = find_people(
            session, registration_id, ((ALIAS, one) for one in wanted[start : start + PART])
        )
        found |= {number: person for (_kind, number), person in aliases.items()}
    here = set(session.scalars(sa.select(Membership.person_id).where(Membership.context_id == context_id)))
    return {number: person for number, person in found.items() if person in here}


def _store_rows(
    session: Session,
    context_id: int,
    rows: Sequence[LmsEnrolmentRow],
    people: dict[str, int],
    *,
    whole: bool,
) -> None:
    sections = _ids(session, CourseSection, context_id)
    stored = {
        row.lms_id: row
        for row in session.scalars(sa.select(LmsEnrolment).where(LmsEnrolment.context_id == context_id))
    }
    add: dict[str, dict[str, Any]] = {}
    for row in rows:
        values = {
            "person_id": people[row.user_id],
            "kind": row.kind,
            "state": row.state,
            "section_id": sections.get(row.section_id),
            "watches_id": people.get(row.watches),
            "limited": row.limited,
        }
        old = stored.pop(row.lms_id, None)
        if old is None:
            add.setdefault(row.lms_id, {"context_id": context_id, "lms_id": row.lms_id, **values})
            continue
        for name, value in values.items():
            if getattr(old, name) != value:
                setattr(old, name, value)
    if whole:
        for old in stored.values():
            if old.state != GONE:
                old.state = GONE
    if add:
        session.execute(sa.insert(LmsEnrolment), list(add.values()))
    session.flush()


def _store_groups(
    session: Session,
    context_id: int,
    rows: Sequence[LmsEnrolmentRow],
    people: dict[str, int],
    *,
    whole: bool,
) -> None:
    groups = _ids(session, LmsGroup, context_id)
    wanted = {
        (groups[group], people[row.user_id])
        for row in rows
        if row.state in HERE
        for group in row.groups
        if group in groups
    }
    stored = {
        (row.group_id, row.person_id)
        for row in session.execute(
            sa.select(LmsGroupMember.group_id, LmsGroupMember.person_id)
            .join(LmsGroup, LmsGroup.id == LmsGroupMember.group_id)
            .where(LmsGroup.context_id == context_id)
        )
    }
    gone = stored - wanted if whole else set()
    for group_id in {group for group, _person in gone}:
        left = [person for group, person in gone if group == group_id]
        session.execute(
            sa.delete(LmsGroupMember).where(
                LmsGroupMember.group_id == group_id, LmsGroupMember.person_id.in_(left)
            )
        )
    if new := sorted(wanted - stored):
        session.execute(
            sa.insert(LmsGroupMember), [{"group_id": group, "person_id": person} for group, person in new]
        )


def _store_totals(
    session: Session,
    context_id: int,
    rows: Sequence[LmsEnrolmentRow],
    people: dict[str, int],
    flags: CourseFlags,
    now: datetime,
) -> None:
    """A changed total is a new row. Canvas gives a student the same one in each of their sections."""
    totals = {people[row.user_id]: row for row in rows if row.kind == STUDENT and row.state in HERE}
    newest = (
        sa.select(sa.func.max(CourseTotal.id))
        .where(CourseTotal.context_id == context_id)
        .group_by(CourseTotal.person_id)
    )
    stored = {
        row.person_id: (row.score, row.letter, row.has_hidden)
        for row in session.scalars(sa.select(CourseTotal).where(CourseTotal.id.in_(newest)))
    }
    add = []
    for person_id, row in totals.items():
        counted = (row.score, row.grade, flags.totals_hidden)
        if stored.get(person_id, (None, "", False)) == counted:
            continue
        values = dict(zip(("score", "letter", "has_hidden"), counted, strict=True))
        add.append({"context_id": context_id, "person_id": person_id, "read_at": now, **values})
    if add:
        session.execute(sa.insert(CourseTotal), add)


def _ids(session: Session, table: Any, context_id: int) -> dict[str, int]:
    rows = session.execute(sa.select(table.lms_id, table.id).where(table.context_id == context_id))
    return {row.lms_id: row.id for row in rows}
