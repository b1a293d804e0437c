"""A tool and an LMS on two sites for Chromium, with the steps people take there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Error, Frame, Locator, Page, Request, TimeoutError

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.records.course import Context
from lti_tool.records.gradebook import Item
from tests.launch.rig import Rig, running
from tests.sandbox_lms import seed
from tests.sandbox_lms.seed import seed_canvas, seed_moodle
from tests.sandbox_lms.server import PracticeLms

# (personality, course, a student, a teacher)
CANVAS = ("canvas", seed.CANVAS_COURSE, seed.CANVAS_STUDENTS[0], seed.CANVAS_TEACHER)
MOODLE = ("moodle", seed.MOODLE_COURSE, seed.MOODLE_STUDENTS[0], seed.MOODLE_TEACHER)


@pytest.fixture(name="database_url")
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@dataclass
class School:
    """A tool and an LMS on two sites, and everything the browser asked the tool for."""

    rig: Rig
    lms: PracticeLms
    asked: list[Request] = field(default_factory=list)

    @property
    def sites(self) -> tuple[str, ...]:
        return (self.rig.url, self.lms.url("canvas"), self.lms.url("moodle"))

    def sub(self, personality: str, person: int) -> str:
        return self.lms.worlds[personality].people[person].sub

    def sign_in(self, context: BrowserContext, personality: str, person: int) -> None:
        page = context.new_page()
        page.goto(f"{self.lms.url(personality)}/storage-frame")
        page.evaluate(
            """id => fetch("/control/sign-in", {method: "POST", body: JSON.stringify({person_id: id}),
                headers: {"Content-Type": "application/json"}})""",
            person,
        )
        page.close()

    def open(self, context: BrowserContext, personality: str, course: int, person: int) -> Page:
        """The course page with the tool in its frame."""
        self.sign_in(context, personality, person)
        page = context.new_page()
        page.on("request", lambda request: self.asked.append(request))
        page.on("requestfailed", lambda request: _LOST.append(f"{request.url}: {request.failure}"))
        page.goto(f"{self.lms.url(personality)}/courses/{course}/tool")
        return page

    def start(self) -> None:
        """Plans are started in every course, and there is one piece of work."""
        with self.rig.database.write() as session:
            for context in session.scalars(sa.select(Context)):
                context.started_at = self.rig.clock()
                item = {"key": "assignment:1", "lms_id": "1", "kind": "points", "position": 1}
                session.add(Item(context_id=context.id, name="Unit test", possible=Decimal(100), **item))


@pytest.fixture(name="school")
def make_school(settings: Settings, database: Database) -> Iterator[School]:
    worlds = [seed_canvas("http://localhost:0"), seed_moodle("http://localhost:0")]
    with PracticeLms().start(worlds) as lms, running(settings, database) as rig:
        for world in lms.worlds.values():
            rig.register(world)
        yield School(rig, lms)


def tool(page: Page) -> Frame:
    """The tool's frame, its tab in front: Chromium draws nothing, and waits for nothing, in a tab behind."""
    page.bring_to_front()
    frame = page.frame("tool")
    assert frame is not None
    return frame


# Requests of this test process that came to nothing, the last of them.
_LOST: deque[str] = deque(maxlen=9)


@contextmanager
def telling(frame: Frame) -> Iterator[None]:
    """Whoever waits here in vain is told what there is instead, and which requests came to nothing."""
    try:
        yield
    except TimeoutError as error:
        said = "nothing"
        with suppress(Error):
            said = frame.locator("body").inner_text(timeout=5_000)[:1500]
        raise TimeoutError(f"{error.message}\n{frame.url} says: {said}\nlost: {[*_LOST]}") from error


def wait_for(frame: Frame, sub: str) -> None:
    """Until this person's page is there, whole: its words come after its body's first line."""
    with telling(frame):
        frame.wait_for_selector(f'body[data-launch-user="{sub}"]')
        frame.wait_for_load_state()


def press(frame: Frame, what: str | Locator) -> None:
    """Press a button or a link, and wait for the page it leads to: a new one, or a new body in the same."""
    with telling(frame):
        frame.evaluate("document.body.dataset.before = '1'")
        (frame.locator(what).first if isinstance(what, str) else what).click()
        frame.wait_for_selector("body:not([data-before]) main", state="attached")
        frame.wait_for_load_state()  # the words of a page come after its first lines


def no_cookies_of(context: BrowserContext, url: str) -> bool:
    return not context.cookies(url)
