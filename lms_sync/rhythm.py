"""What a course's runs leave behind for the schedule: its row of course_rhythm."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lti_tool.records.rhythm import CourseRhythm


def note_end(session: Session, context_id: int, *, code: str, changed: int, now: datetime) -> None:
    """A run of the course has ended; code: empty when it went well."""
    values: dict[str, Any] = {}
    if changed:
        values["changed_at"] = now
    if not code:
        values["failures"] = 0
    elif code != "resting":  # the LMS was not even asked
        values |= {"failures": CourseRhythm.failures + 1, "failed_at": now}
    if not values:
        return
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = {**values, "failures": 1 if code else 0}
    session.execute(
        insert(CourseRhythm)
        .values(context_id=context_id, **first)
        .on_conflict_do_update(index_elements=["context_id"], set_=values)
        .execution_options(synchronize_session=False)
    )
