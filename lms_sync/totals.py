"""The LMS's own total of a course, kept for each person: a changed one is a new row (domain.md §3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.platforms.base import TotalRow
from lti_tool.records.school import CourseTotal


def store_totals(session: Session, context_id: int, totals: Mapping[int, TotalRow], *, now: datetime) -> int:
    """Store what differs from the newest row of each person; how many. totals: by person id."""
    if not totals:
        return 0
    newest = (
        sa.select(sa.func.max(CourseTotal.id))
        .where(CourseTotal.context_id == context_id, CourseTotal.person_id.in_(totals))
        .group_by(CourseTotal.person_id)
    )
    stored = {
        row.person_id: (row.score, row.letter, row.has_hidden)
        for row in session.scalars(sa.select(CourseTotal).where(CourseTotal.id.in_(newest)))
    }
    add = []
    for person_id, row in totals.items():
        counted = (row.score, row.letter, row.hidden)
        if stored.get(person_id, (None, "", False)) == counted:
            continue
        values = dict(zip(("score", "letter", "has_hidden"), counted, strict=True))
        add.append({"context_id": context_id, "person_id": person_id, "read_at": now, **values})
    if add:
        session.execute(sa.insert(CourseTotal), add)
    return len(add)
