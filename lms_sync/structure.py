"""The structure of a course, read and stored: each list whole or not at all, nobody lost (canvas.md §5).

Asked at the first sync, by the nightly sweep and on demand; what our access may not ask is left as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.enrolments import store_enrolments
from lms_sync.platforms.canvas_course import CanvasCourse
from lms_sync.platforms.course_rows import (
    CourseFlags,
    GroupRow,
    ItemGroupRow,
    SchemeRow,
    SectionRow,
)
from lti_tool.records.structure import CourseSection, GradingScheme, ItemGroup, LmsGroup

Write = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Where:
    """The course rows belong to."""

    context_id: int
    registration_id: int


def read_structure(
    course: CanvasCourse, where: Where, flags: CourseFlags, write: Write, now: Callable[[], datetime]
) -> int:
    """Sections, groups, schemes, then every enrolment; how many rows were read. May raise LmsError.

    write: one transaction that counts as a page of the run.
    """
    sections, groups, schemes = course.sections(), course.groups(), course.schemes()
    enrolments = [row for page in course.enrolments() for row in page.rows]
    with write() as session:
        store_parts(session, where.context_id, sections, groups, schemes, flags, now=now())
    with write() as session:
        store_enrolments(session, where.context_id, where.registration_id, enrolments, flags, now=now())
    return len(sections) + len(groups) + len(schemes or ()) + len(enrolments)


def store_parts(
    session: Session,
    context_id: int,
    sections: Sequence[SectionRow],
    groups: Sequence[GroupRow],
    schemes: Sequence[SchemeRow] | None,
    flags: CourseFlags,
    *,
    now: datetime,
) -> None:
    """Store three whole lists; what a list no longer has is gone."""
    _store(session, CourseSection, context_id, [asdict(row) for row in sections], now)
    _store(session, LmsGroup, context_id, [asdict(row) for row in groups], now)
    if schemes is not None:
        rows = [
            {
                "lms_id": row.lms_id,
                "title": row.title,
                "bounds": [[name, str(least)] for name, least in row.bounds],
                "used": row.lms_id == flags.scheme_id,
            }
            for row in schemes
        ]
        _store(session, GradingScheme, context_id, rows, now)


def store_item_groups(
    session: Session, context_id: int, rows: Sequence[ItemGroupRow], *, now: datetime
) -> None:
    """Store the assignment groups, which every reading of the columns brings along."""
    values = [{**asdict(row), "never_drop": list(row.never_drop)} for row in rows]
    _store(session, ItemGroup, context_id, values, now)


def _store(
    session: Session, table: Any, context_id: int, rows: Iterable[dict[str, Any]], now: datetime
) -> None:
    """A whole list: new rows added, known ones changed, missing ones marked as gone."""
    stored = {
        row.lms_id: row for row in session.scalars(sa.select(table).where(table.context_id == context_id))
    }
    add: dict[str, dict[str, Any]] = {}
    for values in rows:
        old = stored.pop(values["lms_id"], None)
        if old is None:
            add.setdefault(values["lms_id"], {"context_id": context_id, "gone_at": None, **values})
            continue
        for name, value in {**values, "gone_at": None}.items():
            if getattr(old, name) != value:
                setattr(old, name, value)
    for old in stored.values():
        old.gone_at = old.gone_at or now
    if add:
        session.execute(sa.insert(table), list(add.values()))
    session.flush()
