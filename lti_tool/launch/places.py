"""Where a launch came from: the course, its service addresses, the link in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.launch.claim_shapes import ResourceLinkClaim
from lti_tool.launch.claims import RESOURCE_LINK, Launch
from lti_tool.launch.copies import remember_origin
from lti_tool.launch.standing import course_number, moved_on
from lti_tool.records.course import Context, ContextService, ResourceLink
from lti_tool.records.platform import Deployment


def remember_context(session: Session, registration_id: int, launch: Launch, now: datetime) -> Context:
    """The course of this launch; its label and title follow the LMS."""
    claim = launch.context
    if claim is None:
        raise ValueError("a launch without a course")
    context: Context = _find_or_add(
        session,
        sa.select(Context).where(Context.registration_id == registration_id, Context.lms_id == claim.id),
        Context(registration_id=registration_id, lms_id=claim.id, created_at=now),
    )
    context.label = claim.label or context.label
    context.title = claim.title or context.title
    context.last_launch_at = moved_on(context.last_launch_at, now)
    number = course_number(launch, claim.id)
    if number:
        context.lms_course_id = number
    remember_origin(session, context, launch.copied_from, now)
    return context


def remember_services(
    session: Session, context: Context, deployment: Deployment, launch: Launch, now: datetime
) -> None:
    """Keep the NRPS and AGS addresses and scopes this launch brought, per deployment (lti.md §7)."""
    service = _find_or_add(
        session,
        sa.select(ContextService).where(
            ContextService.context_id == context.id, ContextService.deployment_id == deployment.id
        ),
        ContextService(context_id=context.id, deployment_id=deployment.id, seen_at=now),
    )
    service.nrps_url = launch.nrps_url or None
    service.lineitems_url = launch.lineitems_url or None
    service.scopes = launch.scopes
    service.seen_at = moved_on(service.seen_at, now)


def remember_notices(deployment: Deployment, launch: Launch) -> None:
    """Keep where notices are asked for; the worker does the asking (lms_sync/notices.py).

    A link's launch without an address takes it back: the administrator dropped the scope.
    """
    if launch.notices_url or launch.message_type == RESOURCE_LINK:
        deployment.notices_url = launch.notices_url or None


def remember_link(session: Session, context: Context, claim: ResourceLinkClaim, now: datetime) -> None:
    """Keep the place in the course the tool was opened from."""
    link = _find_or_add(
        session,
        sa.select(ResourceLink).where(ResourceLink.context_id == context.id, ResourceLink.lms_id == claim.id),
        ResourceLink(context_id=context.id, lms_id=claim.id, seen_at=now),
    )
    link.title = claim.title or link.title
    link.seen_at = moved_on(link.seen_at, now)


def _find_or_add(session: Session, query: sa.Select[Any], fresh: Any) -> Any:
    """The row that is there, or `fresh` added; two transactions at once end with one row."""
    found = session.scalar(query)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.add(fresh)
    except IntegrityError:
        return session.scalars(query).one()
    return fresh
