"""Requests about people's own data, for those who must answer them: open ones first, the oldest on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.people import display_name
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.deadlines import Deadlines, deadlines
from lti_tool.plans.zones import zone_named
from lti_tool.records.course import Person
from lti_tool.records.platform import Registration
from lti_tool.records.privacy import PrivacyRequest

OPEN_MOST = 200
ANSWERED_MOST = 20
_About = aliased(Person)
_By = aliased(Person)


@dataclass(frozen=True)
class RequestLine:
    """One request. by: who asked, where that is another than whom it is about. Times are the registration's.

    late: open, and the first deadline is over.
    """

    id: int
    kind: str
    person_id: int
    name: str
    by: str
    asked_at: datetime
    deadlines: Deadlines
    late: bool
    answered_at: datetime | None
    note: str


def privacy_requests(
    session: Session, actor: Actor, *, now: datetime, answered: int = ANSWERED_MOST
) -> Sequence[RequestLine]:
    """Every open request of the registration, then the newest answered ones. Raises Refused."""
    require(actor, Act.ANSWER_PRIVACY)
    registration = session.get_one(Registration, actor.registration_id)
    query = (
        sa.select(PrivacyRequest, _About, _By)
        .join(_About, _About.id == PrivacyRequest.person_id)
        .join(_By, _By.id == PrivacyRequest.asked_by_id)
        .where(PrivacyRequest.registration_id == registration.id)
    )
    waiting = query.where(PrivacyRequest.answered_at.is_(None)).order_by(PrivacyRequest.asked_at)
    done = query.where(PrivacyRequest.answered_at.is_not(None)).order_by(PrivacyRequest.answered_at.desc())
    rows = session.execute(waiting.limit(OPEN_MOST)).all()
    rows = [*rows, *session.execute(done.limit(answered)).all()] if answered else rows
    zone = zone_named(registration.time_zone)
    lines = []
    for request, about, by in rows:
        asked_at = request.asked_at.astimezone(zone)
        due = deadlines(request.kind, asked_at.date())
        lines.append(
            RequestLine(
                id=request.id,
                kind=request.kind,
                person_id=about.id,
                name=display_name(about),
                by="" if by.id == about.id else display_name(by),
                asked_at=asked_at,
                deadlines=due,
                late=request.answered_at is None and due.late(now.astimezone(zone).date()),
                answered_at=request.answered_at and request.answered_at.astimezone(zone),
                note=request.note,
            )
        )
    return lines
