"""The session of a launch that may come in, and its line in the audit log: two plain inserts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lti_tool.launch.claims import Launch
from lti_tool.launch.messages import Opening
from lti_tool.launch.session import digest, make_launch_secret
from lti_tool.plans.access import Role
from lti_tool.plans.roles import is_admin, session_role
from lti_tool.records.audit import AuditEntry
from lti_tool.records.base import table_of
from lti_tool.records.launch import LaunchSession
from lti_tool.records.prepared import Step, insert_into, together

_NEW_SESSION = insert_into(table_of(LaunchSession), "ended_at")
_NEW_ENTRY = insert_into(table_of(AuditEntry))


@dataclass(frozen=True)
class Arrival:
    """It may come in. stale: its course's grades may be old. noted: what is written with the session."""

    deployment_id: int
    person_id: int
    context_id: int | None
    opening: Opening
    stale: bool
    noted: Sequence[Step] = ()


def open_session(
    connection: sa.Connection, registration_id: int, launch: Launch, arrival: Arrival, now: datetime
) -> tuple[str, str]:
    """(public id, secret) of the new session, which stands in the audit log too."""
    public_id, secret = make_launch_secret()
    role = session_role(launch.roles)
    if arrival.context_id is None and role is not Role.ADMIN:
        role = Role.NONE  # rights in a course need a course
    new_session = {
        "public_id": public_id,
        "secret_hash": digest(secret),
        "registration_id": registration_id,
        "deployment_id": arrival.deployment_id,
        "person_id": arrival.person_id,
        "context_id": arrival.context_id,
        "sub": launch.sub,
        "role": role.value,
        "is_admin": is_admin(launch.roles),
        "locale": launch.locale,
        "return_url": launch.return_url,
        "extra": arrival.opening.extra,
        "created_at": now,
        "last_seen_at": now,
    }
    entry: dict[str, Any] = {
        "registration_id": registration_id,
        "actor_id": arrival.person_id,
        "actor_role": role.value,
        "act": "launch",
        "subject": f"launch:{public_id}",
        "context_id": arrival.context_id,
        "details": {},
        "at": now,
    }
    steps = (*arrival.noted, (_NEW_SESSION, new_session), (_NEW_ENTRY, entry))
    together(connection, *steps, commit=not arrival.stale)
    return public_id, secret
