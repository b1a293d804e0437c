"""One running tool that every row of the suite is sent to, and what it kept of it."""

from __future__ import annotations

import sqlalchemy as sa

from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Context, Membership, Person, PersonAlias, ResourceLink
from lti_tool.records.launch import LaunchSession
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Deployment, Registration
from tests.hostile.platform import SmallPlatform
from tests.launch.rig import Rig

KEPT = (LaunchSession, Person, PersonAlias, Context, Membership, ResourceLink, Plan)


def introduce(rig: Rig, platform: SmallPlatform, **more: bool) -> None:
    """Register the small platform with the running tool."""
    doors = platform.registration
    with rig.database.write() as session:
        row = Registration(
            issuer=doors["issuer"],
            client_id=doors["client-id"],
            auth_login_url=doors["auth-login-url"],
            token_url=doors["token-url"],
            jwks_url=doors["jwks-url"],
            created_at=rig.clock(),
            **more,
        )
        session.add(row)
        session.flush()
        deployment = Deployment(registration_id=row.id, lms_id=doors["deployment-id"], created_at=rig.clock())
        session.add(deployment)


def kept(rig: Rig) -> dict[str, int]:
    """How many rows a launch would have added to, by table."""
    with rig.database.read() as session:
        count = {
            table.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in KEPT
        }
        launches = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.act == "launch")
        return count | {"launches": session.scalar(launches) or 0}
