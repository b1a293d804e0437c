"""A teacher in the LMS's picker: opens it, chooses, and lets the LMS have the answer."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import jwt
import requests

from tests.launch.rig import Rig
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import Form, LaunchClient, read_form
from tests.sandbox_lms.server import PracticeLms

SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
ITEMS = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
COURSE = {"canvas": seed.CANVAS_COURSE, "moodle": seed.MOODLE_COURSE}
TEACHER = {"canvas": seed.CANVAS_TEACHER, "moodle": seed.MOODLE_TEACHER}
STUDENTS = {"canvas": seed.CANVAS_STUDENTS, "moodle": seed.MOODLE_STUDENTS}
ADMIN = {"canvas": seed.CANVAS_ADMIN, "moodle": seed.MOODLE_ADMIN}
BOTH = ["canvas", "moodle"]


class Picker:
    """One picker of one personality. settings: changes to the claim, before the LMS signs it."""

    def __init__(
        self,
        rig: Rig,
        lms: PracticeLms,
        personality: str,
        *,
        person: int | None = None,
        settings: dict[str, Any] | None = None,
        **more: str,
    ) -> None:
        self.rig, self.world, self.client = rig, lms.worlds[personality], LaunchClient()
        self.course = self.world.courses[COURSE[personality]]
        form = self.client.ready(
            lms.url(personality),
            self.course.id,
            person or TEACHER[personality],
            message="deep-linking",
            **more,
        )
        if settings is not None:
            change_claims(self.world, form, lambda claims: claims[SETTINGS].update(settings))
        self.page = self.client.send(form)

    def post(self, *targets: str, **more: str) -> requests.Response:
        fields = [("target", target) for target in targets] + list(more.items())
        return self.client.browser.post(self.page.url, data=fields, timeout=60)

    def pick(self, *targets: str) -> tuple[requests.Response, dict[str, Any]]:
        """What the LMS says to the answer, and the answer's claims (not verified here: the LMS does)."""
        page = self.post(*targets)
        assert page.status_code == 200, page.text
        form = read_form(page)
        assert "send-on.js" in page.text
        assert f"form-action 'self' {self.world.issuer};" in page.headers["Content-Security-Policy"]
        claims = jwt.decode(form.fields["JWT"], options={"verify_signature": False})
        return self.client.send(form), claims


def change_claims(world: Any, form: Form, change: Any) -> None:
    """Alter the claims of a form that is about to be posted, and sign them again with the LMS's key."""
    claims = jwt.decode(form.fields["id_token"], options={"verify_signature": False})
    change(claims)
    key = world.lti.signing_key()
    form.fields["id_token"] = jwt.api_jws.encode(
        json.dumps(claims).encode(), key.private_pem, "RS256", {"kid": key.kid}
    )


def words_of(page: requests.Response) -> str:
    """The page's words, without tags, one space at a time."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())
