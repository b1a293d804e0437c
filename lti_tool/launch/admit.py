"""Launch → rows, in one write transaction: the login used up, the person in, the session made.

The longer way in; whoever brings nothing new takes the short one (again.py).

Nothing here does HTTP. What must be kept although the launch is refused (a deployment that waits for
the operator) is returned as a Refusal, so that the transaction still commits.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from config.settings import Settings
from lti_tool.launch.claims import Launch
from lti_tool.launch.freshness import ask_for_fresh_grades, takes_part
from lti_tool.launch.messages import open_message
from lti_tool.launch.opening import Admitted, Arrival, open_session
from lti_tool.launch.origins import origin_of
from lti_tool.launch.places import remember_context, remember_link, remember_notices, remember_services
from lti_tool.launch.reasons import refuse
from lti_tool.launch.refusal import Refusal
from lti_tool.launch.standing import aliases_of
from lti_tool.launch.states import Login, use_up
from lti_tool.planning.enrolment import ensure_plans, withdraw_empty_plans
from lti_tool.planning.guardians import remember_students
from lti_tool.planning.people import find_or_make_person, set_membership
from lti_tool.plans.access import Role
from lti_tool.plans.roles import is_test_user
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Context, Person
from lti_tool.records.platform import Deployment, Registration

_log = structlog.get_logger()
MAX_FRAME_ORIGINS = 20
MAX_PLACEMENTS = 50


def admit(
    session: Session, launch: Launch, login: Login, *, settings: Settings, jobs: Any, now: datetime
) -> Admitted | Refusal:
    """Let the launch in, or say why not; the caller commits either way and then raises a Refusal.

    Raises:
        Refusal: the login was used meanwhile (nothing is stored).
    """
    use_up(session.connection(), login, now)
    registration = session.get_one(Registration, login.registration_id)
    found = _take_over(session, registration, launch, now)
    session.flush()
    if not isinstance(found, Arrival):
        return found
    admitted = open_session(session.connection(), registration.id, launch, found, now)
    if found.context_id is not None and takes_part(launch):
        context = session.get_one(Context, found.context_id)
        ask_for_fresh_grades(session, context, found.person_id, settings=settings, jobs=jobs, now=now)
    return admitted


def _take_over(
    session: Session, registration: Registration, launch: Launch, now: datetime
) -> Arrival | Admitted | Refusal:
    """Store what is new in this launch, unless it is refused or from a visitor nobody names."""
    if launch.guid and registration.platform_guid not in {None, launch.guid}:
        return _other_platform(session, registration, launch, now)
    deployment = _deployment(session, registration, launch, now)
    if not deployment.active:
        return refuse(
            "deployment_waiting",
            status=403,
            return_url=launch.return_url,
            issuer=registration.issuer,
            client=registration.client_id,
            deployment=deployment.lms_id,
        )
    if not launch.sub:
        return Admitted("", "")
    opening = open_message(session, registration, deployment, launch)
    if isinstance(opening, Refusal):
        return opening
    refusal = _pin(session, registration, launch, now)
    if refusal is not None:
        return refusal
    _remember_frame(deployment, launch.return_url)
    _remember_placement(deployment, launch.placement, now)
    remember_notices(deployment, launch)
    person = find_or_make_person(session, registration.id, aliases_of(launch), launch.names, now=now)
    person.is_test = is_test_user(launch.roles)
    context = _enter_course(session, registration, deployment, launch, person, now)
    session.flush()
    return Arrival(deployment.id, person.id, context.id if context else None, opening)


def _pin(session: Session, registration: Registration, launch: Launch, now: datetime) -> Refusal | None:
    """Pin the registration to the first platform that is let in, not to one that waits (lti.md §3)."""
    if launch.guid and registration.platform_guid is None:
        session.execute(
            sa.update(Registration)
            .where(Registration.id == registration.id, Registration.platform_guid.is_(None))
            .values(platform_guid=launch.guid)
        )
        session.refresh(registration)
        if launch.guid != registration.platform_guid:  # another one came first, at the same moment
            return _other_platform(session, registration, launch, now)
    if launch.product_family and registration.product_family != launch.product_family:
        registration.product_family = launch.product_family
    return None


def _other_platform(session: Session, registration: Registration, launch: Launch, now: datetime) -> Refusal:
    """Another LMS than the one this registration is pinned to; the operator is shown that it came."""
    session.add(
        AuditEntry(
            registration_id=registration.id,
            actor_role=Role.SYSTEM.value,
            act="refused another platform",
            subject=f"registration:{registration.id}",
            details={"guid": launch.guid, "deployment": launch.deployment_id},
            at=now,
        )
    )
    return refuse(
        "other_platform",
        status=403,
        return_url=launch.return_url,
        issuer=registration.issuer,
        client=registration.client_id,
        deployment=launch.deployment_id,
        guid=launch.guid,
    )


def _deployment(session: Session, registration: Registration, launch: Launch, now: datetime) -> Deployment:
    """The deployment's row; a new one is active only where the registration takes any."""
    query = sa.select(Deployment).where(
        Deployment.registration_id == registration.id, Deployment.lms_id == launch.deployment_id
    )
    found = session.scalar(query)
    if found is None:
        try:
            with session.begin_nested():
                found = Deployment(
                    registration_id=registration.id,
                    lms_id=launch.deployment_id,
                    active=registration.any_deployment,
                    created_at=now,
                )
                session.add(found)
        except sa.exc.IntegrityError:
            found = session.scalars(query).one()
        _log.info("deployment.new", registration_id=registration.id, active=found.active)
    return found


def _remember_frame(deployment: Deployment, return_url: str) -> None:
    origin = origin_of(return_url)
    if origin and origin not in deployment.frame_origins:
        deployment.frame_origins = [*deployment.frame_origins, origin][-MAX_FRAME_ORIGINS:]


def _remember_placement(deployment: Deployment, placement: str, now: datetime) -> None:
    """The newest day it was opened from here, written once a day (which places are left on: canvas.md §2)."""
    day = now.date().isoformat()
    known = deployment.placements or {}
    if placement and known.get(placement) != day and (placement in known or len(known) < MAX_PLACEMENTS):
        deployment.placements = {**known, placement: day}


def _enter_course(
    session: Session,
    registration: Registration,
    deployment: Deployment,
    launch: Launch,
    person: Person,
    now: datetime,
) -> Context | None:
    """The course with this person in it; None for a launch from outside any course."""
    if launch.context is None:
        return None
    context = remember_context(session, registration.id, launch, now)
    remember_services(session, context, deployment, launch, now)
    if launch.resource_link is not None:
        remember_link(session, context, launch.resource_link, now)
    member = set_membership(session, context.id, person.id, launch_roles=launch.roles, now=now)
    if member.role == Role.LEARNER.value:
        ensure_plans(session, registration.id, [person.id], now=now)
    elif member.role == Role.STAFF.value:
        withdraw_empty_plans(session, [person.id], now=now)
    elif member.role == Role.MENTOR.value:
        remember_students(
            session,
            registration.id,
            context.id,
            person.id,
            launch.students,
            source=launch.students_from,
            now=now,
        )
    return context
