"""A school's days off, as pages and rules read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.records.prepared import Prepared
from lti_tool.records.school import SchoolBreak


@dataclass(frozen=True)
class DaysOff:
    """One break, first and last day included."""

    id: int
    first_on: date
    last_on: date
    name: str


DAYS_OFF = Prepared(
    sa.select(SchoolBreak.id, SchoolBreak.first_on, SchoolBreak.last_on, SchoolBreak.name)
    .where(SchoolBreak.registration_id == sa.bindparam("registration"))
    .order_by(SchoolBreak.first_on, SchoolBreak.id)
)


def days_off(session: Session, registration_id: int) -> list[DaysOff]:
    """The breaks of a registration, in order; one statement."""
    return [DaysOff(*row) for row in DAYS_OFF.read(session, {"registration": registration_id})]


def breaks_of(session: Session, registration_id: int) -> list[tuple[date, date]]:
    """(first, last) of each break."""
    return [(one.first_on, one.last_on) for one in days_off(session, registration_id)]
