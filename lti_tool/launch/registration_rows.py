"""What we keep of a registration with a platform: new or the same again, waiting or active (lti.md §8).

Without an invitation a new registration waits for `lti-tool activate`, and nothing that is there is
changed. With one, a new or waiting registration is active at once; an active one changes only by an
invitation that was made for it.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.launch.invitations import use_invitation
from lti_tool.launch.registration import Configuration, Registered, RegistrationRefused
from lti_tool.planning.people import clean_text
from lti_tool.plans.profile import Band
from lti_tool.records.platform import Deployment, Registration
from lti_tool.records.registering import Invitation, RegistrationAnswer

_log = structlog.get_logger()
MOST_WAITING = 200


def store_registration(
    session: Session,
    configuration: Configuration,
    registered: Registered,
    *,
    origin: str,
    name: str,
    invitation: Invitation | None,
    age_band: str = "",
    now: datetime,
) -> Registration:
    """Keep the registration and what the platform answered; one row for each (issuer, client id).

    Args:
        origin: where the configuration was read from.
        invitation: the one that came with it; it is used up here.
        age_band: plans.profile.Band of the students, as the administrator said; it counts until somebody
            who looks after the registration here says it.

    Raises:
        RegistrationRefused: it is there already and may not be changed from outside.
    """
    row, is_new = _find_or_add(session, configuration, registered, name, now)
    fits = invitation is not None and (not row.active or invitation.for_registration_id == row.id)
    invited = fits and invitation is not None and use_invitation(session, invitation, row.id, now)
    answer = session.scalar(
        sa.select(RegistrationAnswer).where(RegistrationAnswer.registration_id == row.id).with_for_update()
    )
    if is_new and not invited:
        _not_too_many(session)
    if not (is_new or invited or (answer is not None and answer.origin == origin)):
        # Not known to speak for this registration: it may say what is there already, and nothing else.
        if _differs(row, configuration):
            raise RegistrationRefused("already_active" if row.active else "already_waiting")
        return row
    if _differs(row, configuration):
        if row.active and not invited:
            raise RegistrationRefused("already_active")
        for field, value in _addresses(configuration).items():
            setattr(row, field, value)
    if age_band in set(Band) and row.band_said_at is None and (is_new or invited):
        row.age_band, row.band_said_at = age_band, now
    if invited and not row.active:
        row.active = True
    _keep_answer(session, row, answer, configuration, registered, origin, now)
    _keep_deployment(session, row, registered.deployment_id, invited, now)
    _pin_if_known(session, row, configuration)
    _log.info("registration.stored", registration_id=row.id, active=row.active, new=is_new, invited=invited)
    return row


def _differs(row: Registration, configuration: Configuration) -> bool:
    return any(getattr(row, field) != value for field, value in _addresses(configuration).items())


def _not_too_many(session: Session) -> None:
    """Anyone can register; so many that wait at once are not people."""
    waiting = sa.select(sa.func.count()).select_from(Registration).where(sa.not_(Registration.active))
    if (session.scalar(waiting) or 0) > MOST_WAITING:
        raise RegistrationRefused("too_many_waiting")


def _addresses(configuration: Configuration) -> dict[str, str | None]:
    return {
        "auth_login_url": configuration.authorization_endpoint,
        "token_url": configuration.token_endpoint,
        "jwks_url": configuration.jwks_uri,
        "token_audience": configuration.authorization_server,
    }


def _find_or_add(
    session: Session, configuration: Configuration, registered: Registered, name: str, now: datetime
) -> tuple[Registration, bool]:
    query = sa.select(Registration).where(
        Registration.issuer == configuration.issuer, Registration.client_id == registered.client_id
    )
    found = session.scalar(query.with_for_update())
    if found is not None:
        return found, False
    row = Registration(
        issuer=configuration.issuer,
        client_id=registered.client_id,
        name=name,
        active=False,
        product_family=clean_text(configuration.platform.product_family_code, 64).lower() or None,
        created_at=now,
        **_addresses(configuration),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return session.scalars(query.with_for_update()).one(), False
    return row, True


def _keep_answer(
    session: Session,
    row: Registration,
    answer: RegistrationAnswer | None,
    configuration: Configuration,
    registered: Registered,
    origin: str,
    now: datetime,
) -> None:
    if answer is None:
        answer = RegistrationAnswer(registration_id=row.id)
        session.add(answer)
    answer.origin = origin
    answer.guid = clean_text(configuration.platform.guid, 255) or None
    answer.scopes, answer.placements = registered.scopes, registered.placements
    answer.answered_at = now
    session.flush()


def _keep_deployment(session: Session, row: Registration, lms_id: str, invited: bool, now: datetime) -> None:
    """The deployment that came with the registration counts as soon as the registration does."""
    if not lms_id:
        return
    known = session.scalar(
        sa.select(Deployment).where(Deployment.registration_id == row.id, Deployment.lms_id == lms_id)
    )
    if known is None:
        active = invited or not row.active
        session.add(Deployment(registration_id=row.id, lms_id=lms_id, active=active, created_at=now))
    elif invited:
        known.active = True


def _pin_if_known(session: Session, row: Registration, configuration: Configuration) -> None:
    """A platform we know by its guid from launches is pinned at once; others by their first launch."""
    guid = clean_text(configuration.platform.guid, 255)
    if not guid or row.platform_guid is not None:
        return
    seen = sa.select(Registration.id).where(
        Registration.issuer == row.issuer, Registration.platform_guid == guid
    )
    if session.scalar(seen.limit(1)) is not None:
        row.platform_guid = guid
