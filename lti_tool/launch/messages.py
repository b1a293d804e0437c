"""What each kind of message asks for, and whether this person may ask it (lti.md §9).

Judged before the person or the course is stored: a refused message leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.launch.claims import DATA_PRIVACY, DEEP_LINKING, SUBMISSION_REVIEW, Launch
from lti_tool.launch.link_targets import landing_of, target_of
from lti_tool.launch.origins import origin_of
from lti_tool.launch.reasons import refuse
from lti_tool.launch.refusal import Refusal
from lti_tool.plans.access import Role
from lti_tool.plans.roles import is_admin, session_role
from lti_tool.records.course import Context, Membership, PersonAlias
from lti_tool.records.learners import LEARNS
from lti_tool.records.platform import Deployment, Registration

NOBODY = 0  # `about` of a data-privacy launch for somebody we know nothing of


@dataclass(frozen=True)
class Opening:
    """Where the launch lands below `/s/<id>/`, and what its session must remember."""

    landing: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def open_message(
    session: Session, registration: Registration, deployment: Deployment, launch: Launch
) -> Opening | Refusal:
    """What this message opens for this person, or why not."""
    if launch.message_type == DEEP_LINKING:
        return _picker(registration, deployment, launch)
    if launch.message_type == SUBMISSION_REVIEW:
        return _review(session, registration, launch)
    if launch.message_type in DATA_PRIVACY:
        return _privacy(session, registration, launch)
    return _link(session, registration, launch)


def open_link(launch: Launch, *, started: bool) -> Opening:
    """What the launch of a link opens. started: whether plans have started in its course."""
    target = target_of(launch.custom)
    if target is None:
        return Opening()
    landing = landing_of(target, session_role(launch.roles), started=started)
    return Opening(landing, {"plan_target": target.value})


def _picker(registration: Registration, deployment: Deployment, launch: Launch) -> Opening | Refusal:
    settings = launch.deep_linking
    if settings is None:
        raise ValueError("a picker without its settings")
    if session_role(launch.roles) is not Role.STAFF and not is_admin(launch.roles):
        return _refuse("picking_not_yours", launch, registration, status=403)
    if not _may_answer_to(settings.deep_link_return_url, registration, deployment):
        return _refuse("picker_elsewhere", launch, registration)
    kept = {**settings.model_dump(), "deployment": launch.deployment_id, "placement": launch.placement}
    return Opening("deep-linking", {"deep_linking": kept})


def _may_answer_to(url: str, registration: Registration, deployment: Deployment) -> bool:
    """Over https, or to a host of the platform's own (a development machine has no https)."""
    known = {
        origin_of(registration.issuer),
        origin_of(registration.auth_login_url),
        *deployment.frame_origins,
    }
    origin = origin_of(url)
    return "@" not in url.partition("://")[2].partition("/")[0] and (
        origin.startswith("https://") or origin in known
    )


def _review(session: Session, registration: Registration, launch: Launch) -> Opening | Refusal:
    role = session_role(launch.roles)
    if role is Role.LEARNER and launch.for_user == launch.sub:
        return Opening()
    if role is not Role.STAFF or launch.context is None:
        return _refuse("review_not_yours", launch, registration, status=403)
    student = session.scalar(
        sa.select(Membership.person_id)
        .join(Context, Context.id == Membership.context_id)
        .join(PersonAlias, PersonAlias.person_id == Membership.person_id)
        .where(
            *_called(registration, launch.for_user),
            Context.registration_id == registration.id,
            Context.lms_id == launch.context.id,
            LEARNS,
        )
    )
    if student is None:
        return _refuse("review_nobody", launch, registration, status=404)
    return Opening(f"students/{student}")


def _privacy(session: Session, registration: Registration, launch: Launch) -> Opening | Refusal:
    if launch.for_user in {"", launch.sub}:
        return Opening("privacy")
    if not is_admin(launch.roles):
        return _refuse("privacy_not_yours", launch, registration, status=403)
    person_id = session.scalar(
        sa.select(PersonAlias.person_id).where(*_called(registration, launch.for_user))
    )
    return Opening("privacy", {"about": person_id or NOBODY})


def _link(session: Session, registration: Registration, launch: Launch) -> Opening:
    started = (
        target_of(launch.custom) is not None
        and launch.context is not None
        and session.scalar(
            sa.select(Context.started_at).where(
                Context.registration_id == registration.id, Context.lms_id == launch.context.id
            )
        )
    )
    return open_link(launch, started=bool(started))


def _called(registration: Registration, sub: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        PersonAlias.registration_id == registration.id,
        PersonAlias.kind == "sub",
        PersonAlias.value == sub,
    )


def _refuse(code: str, launch: Launch, registration: Registration, *, status: int = 400) -> Refusal:
    return refuse(
        code,
        status=status,
        return_url=launch.return_url,
        issuer=registration.issuer,
        client=registration.client_id,
        deployment=launch.deployment_id,
    )
