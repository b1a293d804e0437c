"""The earlier versions of a row, newest first, for who may read it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.records.course import Person
from lti_tool.records.history import Change

MOST = 50


@dataclass(frozen=True)
class ChangeLine:
    """One version: what it then said, whose it was and when."""

    number: int
    what: str
    who: str
    at: datetime
    reason: str
    content: dict[str, Any]


def changes_of(
    session: Session,
    registration_id: int,
    subject: str,
    subject_id: int,
    *,
    zone: tzinfo,
    since: int | None = None,
) -> Sequence[ChangeLine]:
    """The newest versions; since: earlier ones were their author's alone, and stay so."""
    query = (
        sa.select(Change, Person)
        .outerjoin(Person, Person.id == Change.author_id)
        .where(
            Change.registration_id == registration_id,
            Change.subject == subject,
            Change.subject_id == subject_id,
        )
        .order_by(Change.number.desc())
        .limit(MOST)
    )
    if since is not None:
        query = query.where(Change.number >= since)
    return [
        ChangeLine(
            row.number,
            row.what,
            display_name(author) if author is not None else "",
            row.at.astimezone(zone),
            row.reason,
            row.content,
        )
        for row, author in session.execute(query)
    ]
