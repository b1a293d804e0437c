"""Launch → rows, in one write transaction: the login used up, the person in, the session made.

Nothing here does HTTP. What must be kept although the launch is refused (a deployment that waits for
the operator) is returned as a Refusal, so that the transaction still commits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from config.settings import Settings
from lti_tool.launch.claims import Launch
from lti_tool.launch.freshness import ask_for_fresh_grades
from lti_tool.launch.messages import open_message
from lti_tool.launch.origins import origin_of
from lti_tool.launch.places import remember_context, remember_link, remember_notices, remember_services
from lti_tool.launch.reasons import refuse
from lti_tool.launch.refusal import Refusal
from lti_tool.launch.session import digest, make_launch_secret
from lti_tool.launch.states import consume
from lti_tool.planning.enrolment import ensure_plans, withdraw_empty_plans
from lti_tool.planning.guardians import remember_students
from lti_tool.planning.people import find_or_make_person, set_membership
from lti_tool.plans.access import Role
from lti_tool.plans.roles import is_admin, is_test_user, session_role
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Context, Person
from lti_tool.records.launch import LaunchSession
from lti_tool.records.platform import Deployment, Registration

_log = structlog.get_logger()
MAX_FRAME_ORIGINS = 20
MAX_PLACEMENTS = 50


@dataclass(frozen=True)
class Admitted:
    """A launch that was let in: its public id, the secret for the browser's cookie, its first page.

    landing: below `/s/<public_id>/`; empty for the first page of the person's role. public_id is empty
    for an anonymous visitor: nothing is kept of one, and there is no session.
    """

    public_id: str
    secret: str
    landing: str = ""


def admit(
    session: Session,
    launch: Launch,
    *,
    login_id: int,
    registration_id: int,
    settings: Settings,
    jobs: Any,
    now: datetime,
) -> Admitted | Refusal:
    """Let the launch in, or say why not; the caller commits either way and then raises a Refusal.

    Raises:
        Refusal: the login was used meanwhile (nothing is stored).
    """
    if not consume(session, login_id, now):
        raise refuse("state_used")
    registration = session.get_one(Registration, registration_id)
    refusal = _other_platform(session, registration, launch, now)
    if refusal is not None:
        return refusal
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
    _remember_frame(deployment, launch.return_url)
    _remember_placement(deployment, launch.placement, now)
    remember_notices(deployment, launch)
    person = find_or_make_person(session, registration.id, _aliases(launch), launch.names, now=now)
    person.is_test = is_test_user(launch.roles)
    context = _enter_course(session, registration, deployment, launch, person, now)
    row, secret = _open_session(session, registration, deployment, launch, person, context, now)
    row.extra = opening.extra
    if context is not None and row.role in {Role.STAFF.value, Role.LEARNER.value}:
        ask_for_fresh_grades(session, context, person.id, settings=settings, jobs=jobs, now=now)
    return Admitted(row.public_id, secret, opening.landing)


def _other_platform(
    session: Session, registration: Registration, launch: Launch, now: datetime
) -> Refusal | None:
    """Pin the registration to the first platform guid it sees; refuse another one (lti.md §3)."""
    if launch.guid and registration.platform_guid is None:
        session.execute(
            sa.update(Registration)
            .where(Registration.id == registration.id, Registration.platform_guid.is_(None))
            .values(platform_guid=launch.guid)
        )
        session.refresh(registration)
    if launch.guid and launch.guid != registration.platform_guid:
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
    if launch.product_family and registration.product_family != launch.product_family:
        registration.product_family = launch.product_family
    return None


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


def _aliases(launch: Launch) -> dict[str, str]:
    """What this launch calls the person. Numeric ids are believed only of the LMS that makes them."""
    aliases = {"sub": launch.sub}
    if launch.product_family == "canvas":
        aliases["canvas_user_id"] = launch.number_from_custom("canvas_user_id")
    elif launch.product_family == "moodle" and re.fullmatch(r"[0-9]{1,30}", launch.sub):
        aliases["moodle_id"] = launch.sub
    return aliases


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


def _open_session(
    session: Session,
    registration: Registration,
    deployment: Deployment,
    launch: Launch,
    person: Person,
    context: Context | None,
    now: datetime,
) -> tuple[LaunchSession, str]:
    public_id, secret = make_launch_secret()
    role = session_role(launch.roles)
    if context is None and role is not Role.ADMIN:
        role = Role.NONE  # rights in a course need a course
    row = LaunchSession(
        public_id=public_id,
        secret_hash=digest(secret),
        registration_id=registration.id,
        deployment_id=deployment.id,
        person_id=person.id,
        context_id=context.id if context else None,
        sub=launch.sub,
        role=role.value,
        is_admin=is_admin(launch.roles),
        locale=launch.locale,
        return_url=launch.return_url,
        created_at=now,
        last_seen_at=now,
    )
    session.add(row)
    session.flush()
    session.add(
        AuditEntry(
            registration_id=registration.id,
            actor_id=person.id,
            actor_role=role.value,
            act="launch",
            subject=f"launch:{row.id}",
            context_id=row.context_id,
            at=now,
        )
    )
    return row, secret
