"""The session of a launch that may come in, and its line in the audit log: what is written, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lti_tool.db import Driver
from lti_tool.launch.claims import Launch
from lti_tool.launch.messages import Opening
from lti_tool.launch.session import digest, make_launch_secret
from lti_tool.plans.access import Role
from lti_tool.plans.roles import is_admin, session_role
from lti_tool.records.audit import AuditEntry
from lti_tool.records.base import table_of
from lti_tool.records.launch import LaunchSession
from lti_tool.records.prepared import Prepared, binds_for, names_of

# column → the name of its value; both rows may be written by one statement, so no name is there twice
NEW_SESSION = binds_for(table_of(LaunchSession), "session", left_out={"id", "ended_at"})
NEW_ENTRY = binds_for(table_of(AuditEntry), "entry", left_out={"id"})
_SESSION = Prepared(names_of(table_of(LaunchSession), NEW_SESSION))
_ENTRY = Prepared(names_of(table_of(AuditEntry), NEW_ENTRY))


@dataclass(frozen=True)
class Admitted:
    """A launch that was let in: its public id, the secret for the browser's cookie, its first page.

    landing: below `/s/<public_id>/`; empty for the first page of the person's role. public_id is empty
    for an anonymous visitor: nothing is kept of one, and there is no session.
    """

    public_id: str
    secret: str
    landing: str = ""


@dataclass(frozen=True)
class Arrival:
    """Who may come in, where, and what opens for them."""

    deployment_id: int
    person_id: int
    context_id: int | None
    opening: Opening


def open_session(
    connection: sa.Connection | Driver, registration_id: int, launch: Launch, arrival: Arrival, now: datetime
) -> Admitted:
    """Make the session, which stands in the audit log too, in the transaction that is open."""
    admitted, session = new_session(registration_id, launch, arrival, now)
    _SESSION.run(connection, session)
    _ENTRY.run(connection, entry_of(registration_id, session, now))
    return admitted


def new_session(
    registration_id: int, launch: Launch, arrival: Arrival, now: datetime
) -> tuple[Admitted, dict[str, Any]]:
    """What the browser is given, and the values of the session's row, by their names in NEW_SESSION."""
    public_id, secret = make_launch_secret()
    role = session_role(launch.roles)
    if arrival.context_id is None and role is not Role.ADMIN:
        role = Role.NONE  # rights in a course need a course
    row = {
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
    named = {NEW_SESSION[column]: value for column, value in row.items()}
    return Admitted(public_id, secret, arrival.opening.landing), named


def entry_of(registration_id: int, session: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The values of the audit line of a new session, by their names in NEW_ENTRY."""
    row = {
        "registration_id": registration_id,
        "actor_id": session[NEW_SESSION["person_id"]],
        "actor_role": session[NEW_SESSION["role"]],
        "act": "launch",
        "subject": f"launch:{session[NEW_SESSION['public_id']]}",
        "context_id": session[NEW_SESSION["context_id"]],
        "details": {},
        "at": now,
    }
    return {NEW_ENTRY[column]: value for column, value in row.items()}
