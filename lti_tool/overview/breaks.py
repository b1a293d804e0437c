"""A school's days off, as pages and rules read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.records.school import SchoolBreak


@dataclass(frozen=True)
class DaysOff:
    """One break, first and last day included."""

    id: int
    first_on: date
    last_on: date
    name: str


def days_off(session: Session, registration_id: int) -> list[DaysOff]:
    """The breaks of a registration, in order; one statement."""
    rows = session.execute(
        sa.select(SchoolBreak.id, SchoolBreak.first_on, SchoolBreak.last_on, SchoolBreak.name)
        .where(SchoolBreak.registration_id == registration_id)
        .order_by(SchoolBreak.first_on, SchoolBreak.id)
    )
    return [DaysOff(*row) for row in rows]


def breaks_of(session: Session, registration_id: int) -> list[tuple[date, date]]:
    """(first, last) of each break."""
    return [(one.first_on, one.last_on) for one in days_off(session, registration_id)]
