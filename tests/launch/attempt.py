"""One launch stopped just before its token is posted, for tests that meddle with it."""

from __future__ import annotations

import json
from typing import Any

import jwt
import requests
import sqlalchemy as sa

from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Person
from lti_tool.records.launch import LaunchSession
from tests.launch.rig import Rig
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import Form, LaunchClient
from tests.sandbox_lms.server import PracticeLms

Claims = dict[str, Any]


class Attempt:
    """One launch of a Moodle-like student, stopped just before the token is posted."""

    def __init__(self, rig: Rig, lms: PracticeLms) -> None:
        self.rig, self.world = rig, lms.worlds["moodle"]
        self.client = LaunchClient()
        self.form: Form = self.client.ready(lms.url("moodle"), seed.MOODLE_COURSE, seed.MOODLE_STUDENTS[0])
        self.claims: Claims = jwt.decode(self.form.fields["id_token"], options={"verify_signature": False})

    def post(self, token: str | None = None, client: LaunchClient | None = None) -> requests.Response:
        if token is not None:
            self.form.fields["id_token"] = token
        return (client or self.client).send(self.form)

    def signed(self, **header: Any) -> str:
        """With the platform's own key, whatever the claims are."""
        key = self.world.lti.signing_key()
        return jwt.api_jws.encode(
            json.dumps(self.claims).encode(), key.private_pem, "RS256", {"kid": key.kid, **header}
        )


def stored(rig: Rig) -> int:
    with rig.database.read() as session:
        tables = (LaunchSession, Person, AuditEntry)
        return sum(session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables)


def assert_refused(page: requests.Response, because: str = "") -> None:
    assert 400 <= page.status_code < 500, (because, page.status_code, page.text[:300])
    assert "What to do" in page.text, because
    assert "data-launch-user" not in page.text
    assert "frame-ancestors 'self' *" in page.headers["Content-Security-Policy"]
