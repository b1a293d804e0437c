"""Whom observers watch, as the LMS's own list of enrolments says: the same tie a launch makes (lti.md §6).

A launch's claim is missing where the school shares no names; the list is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.records.course import PersonAlias
from lti_tool.records.guardians_here import has_guardians
from lti_tool.records.support import MentorRelation

OBSERVER = "observer"


def keep_observers(
    session: Session,
    registration_id: int,
    context_id: int,
    pairs: Iterable[tuple[int, int]],
    *,
    whole: bool,
    now: datetime,
) -> None:
    """Store (observer, student) pairs of one course, people of ours.

    whole: the list was; then a tie that it alone had made, and no longer has, ends. Ties a launch made
    stay: absence is never inferred from a connection.
    """
    pairs = list(pairs) if has_guardians(session, registration_id, context_id) else []
    subs = _subs(session, [student for _observer, student in pairs])
    wanted = {(observer, subs[student]) for observer, student in pairs if student in subs}
    stored = {
        (row.mentor_id, row.student_sub): row
        for row in session.scalars(sa.select(MentorRelation).where(MentorRelation.context_id == context_id))
    }
    for pair, row in stored.items():
        if pair in wanted:
            row.seen_at, row.ended_at = now, None
        elif whole and row.source == OBSERVER and row.ended_at is None:
            row.ended_at = now
    new = sorted(wanted - set(stored))
    session.add_all(
        MentorRelation(
            registration_id=registration_id,
            mentor_id=observer,
            context_id=context_id,
            student_sub=sub,
            source=OBSERVER,
            first_seen_at=now,
            seen_at=now,
        )
        for observer, sub in new
    )
    session.flush()


def _subs(session: Session, people: list[int]) -> dict[int, str]:
    rows = session.execute(
        sa.select(PersonAlias.person_id, PersonAlias.value)
        .where(PersonAlias.person_id.in_(set(people)), PersonAlias.kind == "sub")
        .order_by(PersonAlias.id)
    )
    return {row.person_id: row.value for row in rows}
