"""A teacher's two windows at a practice Canvas: the tool's page, and the consent page it opens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.plans.consent import SCOPES
from lti_tool.records.course import Person
from lti_tool.records.platform import Connection
from tests import factories
from tests.sandbox_lms import seed
from tests.sandbox_lms.seed import seed_canvas
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import ApiKey, World
from tests.web.course import NOW, Course, make_course
from tests.web.rig import Opened, Rig

KEY, SECRET = "10000000000042", "the key's secret"


@dataclass
class Consenting:
    """A started course that is the practice Canvas's own, whose operator stored the API key."""

    rig: Rig
    world: World
    course: Course
    colleague: Person
    others: dict[int, Person] = field(default_factory=dict)

    def open(self, person: Person | None = None, role: Role = Role.STAFF, **more: Any) -> Opened:
        return self.rig.open(person or self.course.teacher, self.course.context, role, **more)

    def connections(self) -> list[Connection]:
        with self.rig.database.read() as session:
            return list(session.scalars(sa.select(Connection).order_by(Connection.id)))

    def own(self) -> Connection | None:
        return next((row for row in self.connections() if row.context_id is not None), None)

    def press(self, opened: Opened, path: str = "/setup") -> Window:
        """Press “Connect grades” on a page; the window that opens."""
        page = opened.get(path).text
        ticket = re.search(r'name="ticket" value="([^"]+)"', page)
        assert ticket is not None, "no button"
        return self.begin(unescape(ticket[1]))

    def begin(self, ticket: str) -> Window:
        window = Window(self, requests.Session())
        window.page = window.http.post(
            f"{self.rig.url}/connect/begin",
            data={"ticket": ticket},
            headers={"Sec-Fetch-Site": "same-origin"},
            timeout=60,
        )
        return window


@dataclass
class Window:
    """The window of one consent: a browser of its own, since the frame's cookies are not here."""

    at: Consenting
    http: requests.Session
    page: requests.Response = field(default_factory=requests.Response)

    @property
    def address(self) -> str:
        found = re.search(r'content="0;url=([^"]+)"', self.page.text)
        assert found is not None, self.page.text
        return unescape(found[1])

    def asked(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.address).query).items()}

    def answer(self, person: int = seed.CANVAS_TEACHER, answer: str = "allow", **more: str) -> str:
        """Answer Canvas's page as this person; the address it leads back to."""
        form = {**self.asked(), "person_id": str(person), "answer": answer, **more}
        given = requests.post(self.address.partition("?")[0], data=form, allow_redirects=False, timeout=60)
        assert given.status_code == 302, (given.status_code, given.text)
        return given.headers["Location"]

    def back(self, address: str) -> requests.Response:
        return self.http.get(address, timeout=60)

    def allow(self, person: int = seed.CANVAS_TEACHER) -> requests.Response:
        return self.back(self.answer(person))


@contextmanager
def consenting(rig: Rig) -> Iterator[Consenting]:
    with PracticeLms().start([seed_canvas("http://localhost:0")]) as lms:
        world = lms.worlds["canvas"]
        back = f"{rig.url}/connect/callback"
        world.api_keys[KEY] = ApiKey(KEY, SECRET, "Personal Plans", [back], scopes=list(SCOPES))
        world.clock = rig.clock
        with rig.database.write() as session:
            course = make_course(
                session,
                lms_id=world.courses[seed.CANVAS_COURSE].lti_id,
                lms_course_id=str(seed.CANVAS_COURSE),
                title="Algebra I",
            )
            key = session.scalars(sa.select(Connection)).one()
            key.state, key.api_url = "waiting", world.issuer
            key.oauth_client_id, key.oauth_secret = KEY, SECRET
            colleague = factories.make_teacher(session, course.context, name="Theo O'Neill")
            factories.make_alias(session, course.teacher, "canvas_user_id", str(seed.CANVAS_TEACHER))
            factories.make_alias(session, colleague, "canvas_user_id", str(seed.CANVAS_TEACHER_2))
        assert key.created_at == NOW
        yield Consenting(rig, world, course, colleague)
