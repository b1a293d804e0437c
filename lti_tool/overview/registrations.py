"""What an LMS gives us of what we asked for, and which registrations are of one platform (lti.md §8).

What counts is what the newest launch carried; an administrator can drop scopes and placements at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.asked import (
    Asked,
    Translate,
    dropped,
    placements_asked,
    scopes_asked,
)
from lti_tool.records.course import Context, ContextService
from lti_tool.records.platform import Deployment, Registration
from lti_tool.records.registering import RegistrationAnswer


@dataclass(frozen=True)
class Given:
    """What a registration's LMS gives.

    scopes_seen_at: the newest launch in a course; None before the first. missing_scopes: asked for, but
    not in that launch (before the first: not in the LMS's answer to the registration).
    missing_placements: not in that answer. opened_from: each place of ours → the day it was last
    opened from, empty where that never happened or the LMS does not say.
    """

    scopes_seen_at: datetime | None
    missing_scopes: tuple[Asked, ...]
    missing_placements: tuple[Asked, ...]
    opened_from: tuple[tuple[Asked, str], ...]
    same_platform: tuple[int, ...]


def given_by(session: Session, row: Registration, _: Translate) -> Given:
    """What this registration's LMS gives. Four statements; the caller has checked who asks."""
    answer = session.scalar(sa.select(RegistrationAnswer).where(RegistrationAnswer.registration_id == row.id))
    newest = session.execute(
        sa.select(ContextService.scopes, ContextService.seen_at)
        .join(Context, Context.id == ContextService.context_id)
        .where(Context.registration_id == row.id)
        .order_by(ContextService.seen_at.desc(), ContextService.id.desc())
        .limit(1)
    ).first()
    carried = newest.scopes if newest is not None else answer.scopes if answer is not None else None
    places = placements_asked(_) if row.product_family == "canvas" else ()
    days = _days(session, row.id)
    missing = dropped(places, answer.placements if answer is not None else None)
    return Given(
        scopes_seen_at=newest.seen_at if newest is not None else None,
        missing_scopes=dropped(scopes_asked(_, row.product_family), carried),
        missing_placements=tuple(each for each in missing if each.key not in days),
        opened_from=tuple((each, days.get(each.key, "")) for each in places),
        same_platform=tuple(same_platform(session, row, answer.guid if answer is not None else None)),
    )


def _days(session: Session, registration_id: int) -> dict[str, str]:
    """Each placement → the newest day it was opened from, over all deployments."""
    days: dict[str, str] = {}
    rows = session.scalars(
        sa.select(Deployment.placements).where(Deployment.registration_id == registration_id)
    )
    for placements in rows:
        for name, day in (placements or {}).items():
            days[name] = max(str(day), days.get(name, ""))
    return days


def same_platform(session: Session, row: Registration, guid: str | None) -> list[int]:
    """Other registrations that this platform has already under another client id, oldest first.

    By the platform's own guid (of its launches, or of its configuration), else by its token address,
    which no two platforms share.
    """
    guid = row.platform_guid or guid
    if guid:
        answered = sa.select(RegistrationAnswer.registration_id).where(RegistrationAnswer.guid == guid)
        unknown = sa.and_(Registration.token_url == row.token_url, Registration.platform_guid.is_(None))
        same = sa.or_(Registration.platform_guid == guid, Registration.id.in_(answered), unknown)
    else:
        same = Registration.token_url == row.token_url
    query = sa.select(Registration.id).where(
        same, Registration.id != row.id, Registration.issuer == row.issuer
    )
    return list(session.scalars(query.order_by(Registration.id)))
