"""Enrolments as the LMS's API lists them → rows, groups, posted totals, and whom an observer watches.

Page by page; what the list leaves out is decided after its last page. Absence of a person is never
inferred from a connection (design.md): the roster alone says who is here. An enrolment of somebody we do
not know yet is left for the next time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.people import people_here
from lms_sync.platforms.base import TotalRow
from lms_sync.platforms.course_rows import CourseFlags, LmsEnrolmentRow
from lms_sync.totals import store_totals
from lti_tool.planning.observers import keep_observers
from lti_tool.records.course import Membership
from lti_tool.records.structure import CourseSection, LmsEnrolment, LmsGroup, LmsGroupMember

ALIAS, STUDENT, OBSERVER, GONE = "canvas_user_id", "StudentEnrollment", "ObserverEnrollment", "gone"
HERE = frozenset({"active", "invited", "creation_pending"})


@dataclass
class Enrolments:
    """One course's list on its way in.

    seen_at: when this reading began. pairs: (observer, student) met so far. unknown: people of the list
    whom neither the roster nor a launch has told us of.
    """

    context_id: int
    registration_id: int
    flags: CourseFlags
    seen_at: datetime
    pairs: set[tuple[int, int]] = field(default_factory=set)
    unknown: int = 0

    def add(self, session: Session, rows: Sequence[LmsEnrolmentRow]) -> None:
        """Store one page. A constant number of statements."""
        people = self._people(session, rows)
        known = [row for row in rows if row.user_id in people]
        self.unknown += len(rows) - len(known)
        self._store_rows(session, known, people)
        self._store_groups(session, known, people)
        self._store_totals(session, known, people)
        self.pairs |= {
            (people[row.user_id], people[row.watches])
            for row in known
            if row.kind == OBSERVER and row.state in HERE and row.watches in people
        }

    def finish(self, session: Session, *, whole: bool) -> None:
        """After the last page. whole: our access sees every section, so what is left out is gone."""
        keep_observers(
            session, self.registration_id, self.context_id, self.pairs, whole=whole, now=self.seen_at
        )
        if not whole:
            return
        session.execute(
            sa.update(LmsEnrolment)
            .where(LmsEnrolment.context_id == self.context_id, LmsEnrolment.seen_at < self.seen_at)
            .values(state=GONE)
            .execution_options(synchronize_session=False)
        )
        ours = sa.select(LmsGroup.id).where(LmsGroup.context_id == self.context_id)
        session.execute(
            sa.delete(LmsGroupMember)
            .where(LmsGroupMember.group_id.in_(ours), LmsGroupMember.seen_at < self.seen_at)
            .execution_options(synchronize_session=False)
        )

    def _people(self, session: Session, rows: Sequence[LmsEnrolmentRow]) -> dict[str, int]:
        """LMS user id → person, of those who are or were in this course by its roster or a launch."""
        wanted = {number for row in rows for number in (row.user_id, row.watches) if number}
        found = people_here(session, self.context_id, self.registration_id, (ALIAS,), wanted)
        here = set(
            session.scalars(
                sa.select(Membership.person_id).where(
                    Membership.context_id == self.context_id, Membership.person_id.in_(found.values())
                )
            )
        )
        return {number: person for number, person in found.items() if person in here}

    def _store_rows(self, session: Session, rows: Sequence[LmsEnrolmentRow], people: dict[str, int]) -> None:
        sections = _ids(session, CourseSection, self.context_id, {row.section_id for row in rows})
        mine = {
            row.lms_id: {
                "context_id": self.context_id,
                "lms_id": row.lms_id,
                "person_id": people[row.user_id],
                "kind": row.kind,
                "state": row.state,
                "section_id": sections.get(row.section_id),
                "watches_id": people.get(row.watches),
                "limited": row.limited,
                "seen_at": self.seen_at,
            }
            for row in rows
        }
        known = _ids(session, LmsEnrolment, self.context_id, set(mine))
        old = [{"id": known[lms_id], **values} for lms_id, values in mine.items() if lms_id in known]
        new = [values for lms_id, values in mine.items() if lms_id not in known]
        if old:
            session.execute(sa.update(LmsEnrolment), old)
        if new:
            session.execute(sa.insert(LmsEnrolment), new)

    def _store_groups(
        self, session: Session, rows: Sequence[LmsEnrolmentRow], people: dict[str, int]
    ) -> None:
        here = [(group, row) for row in rows if row.state in HERE for group in row.groups]
        groups = _ids(session, LmsGroup, self.context_id, {group for group, _row in here})
        wanted = {(groups[group], people[row.user_id]) for group, row in here if group in groups}
        stored = {
            (row.group_id, row.person_id)
            for row in session.execute(
                sa.select(LmsGroupMember.group_id, LmsGroupMember.person_id).where(
                    LmsGroupMember.group_id.in_(groups.values()),
                    LmsGroupMember.person_id.in_({person for _group, person in wanted}),
                )
            )
        }
        values = [
            {"group_id": group, "person_id": person, "seen_at": self.seen_at}
            for group, person in sorted(wanted)
        ]
        old = [row for row in values if (row["group_id"], row["person_id"]) in stored]
        new = [row for row in values if (row["group_id"], row["person_id"]) not in stored]
        if old:
            session.execute(sa.update(LmsGroupMember), old)
        if new:
            session.execute(sa.insert(LmsGroupMember), new)

    def _store_totals(
        self, session: Session, rows: Sequence[LmsEnrolmentRow], people: dict[str, int]
    ) -> None:
        """Canvas gives a student the same total in each of their sections, hidden grades left out of it."""
        totals = {
            people[row.user_id]: TotalRow(row.user_id, row.score, row.grade, self.flags.totals_hidden)
            for row in rows
            if row.kind == STUDENT and row.state in HERE
        }
        store_totals(session, self.context_id, totals, now=self.seen_at)


def _ids(session: Session, table: Any, context_id: int, lms_ids: set[str]) -> dict[str, int]:
    rows = session.execute(
        sa.select(table.lms_id, table.id).where(table.context_id == context_id, table.lms_id.in_(lms_ids))
    )
    return {row.lms_id: row.id for row in rows}
