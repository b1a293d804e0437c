"""A term at a school: one browser, a tool and an LMS whose clocks are moved together, and what people do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Frame, Page

from lms_sync.run import SyncDeps, run_sync
from lms_sync.schedule import settle_ends, tick
from lti_tool.jobs import Jobs
from lti_tool.records.course import Context, PersonAlias
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Connection, Registration
from tests.browser.school import School, tool, wait_for
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import Course, Item, World

COURSE = seed.CANVAS_COURSE


@dataclass
class Term:
    """The course as it goes on. jobs: the real door to the worker, whose work `sync` does here."""

    school: School
    browser: BrowserContext
    jobs: Jobs
    page: Page | None = None
    days: int = 0
    homework: list[int] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.school.lms.worlds["canvas"]

    @property
    def course(self) -> Course:
        return self.world.courses[COURSE]

    def connect(self) -> None:
        """What an administrator does once: the LMS's API, by a token."""
        with self.school.rig.database.write() as session:
            registration = session.scalars(
                sa.select(Registration).where(Registration.product_family == "canvas")
            ).one()
            session.add(
                Connection(
                    registration_id=registration.id,
                    kind="canvas",
                    api_url=self.world.issuer,
                    token=seed.CANVAS_API_TOKEN,
                    created_at=self.school.rig.clock(),
                )
            )

    def set_homework(self, count: int) -> None:
        """One piece of homework a week, out of 20, the first a week from now."""
        for number in range(1, count + 1):
            due = self.world.now() + timedelta(days=7 * number)
            item = Item(
                300 + number, f"Homework week {number}", Decimal(20), due_at=due.replace(microsecond=0)
            )
            item.created_at = self.world.now()
            self.course.items[item.id] = item
            self.homework.append(item.id)

    def open(self, person: int) -> Frame:
        """This person signs in to the LMS and opens the tool in the course; the page before is closed."""
        before, self.page = self.page, None
        self.page = self.school.open(self.browser, "canvas", COURSE, person)
        if before is not None:
            before.close()
        frame = tool(self.page)
        wait_for(frame, self.school.sub("canvas", person))
        return frame

    @property
    def frame(self) -> Frame:
        """The tool's frame of whoever opened it last."""
        assert self.page is not None
        return tool(self.page)

    def person_id(self, person: int) -> int:
        """Our number of somebody of the LMS."""
        sub = sa.select(PersonAlias.person_id).where(
            PersonAlias.kind == "sub", PersonAlias.value == self.school.sub("canvas", person)
        )
        with self.school.rig.database.read() as session:
            return session.scalars(sub).one()

    def address(self, path: str) -> str:
        """The address of a page in the launch that is open."""
        tool_url, _, rest = self.frame.url.partition("/s/")
        return f"{tool_url}/s/{rest.partition('/')[0]}{path}"

    def day(self, ahead: int = 0) -> date:
        """The day it will be so many days from now."""
        return (self.school.rig.clock() + timedelta(days=ahead)).date()

    def course_id(self) -> int:
        """Our number of the course."""
        with self.school.rig.database.read() as session:
            return session.scalars(sa.select(Context.id).where(Context.started_at.is_not(None))).one()

    def settle(self) -> None:
        """What the worker does each day with goals whose day is over."""
        rig = self.school.rig
        settle_ends(rig.database, rig.clock())

    def later(self, days: int) -> None:
        """Both clocks go on."""
        self.days += days
        self.school.rig.clock.ahead += timedelta(days=days)

    def grade(self, item: int, person: int, score: Decimal | float) -> None:
        """The teacher types a score into the LMS's own gradebook."""
        self.world.set_score(self.course, item, person, Decimal(str(score)))

    def sync(self, kind: str = "changes") -> None:
        """The worker's work, done here: the run that waits, else a new one."""
        rig = self.school.rig
        with rig.database.write() as session:
            self.jobs.request_sync(
                session, context_id=self.course_id(), kind=kind, trigger="schedule", now=rig.clock()
            )
        self._work()

    def minutes(self, count: int) -> None:
        """So many minutes go by, with the worker awake: what is due then is read."""
        rig = self.school.rig
        rig.clock.ahead += timedelta(minutes=count)
        tick(rig.database, self.jobs, rig.settings, rig.clock())
        self._work()

    def _work(self) -> None:
        rig = self.school.rig
        with rig.database.read() as session:
            waiting = list(session.scalars(sa.select(SyncRun.id).where(SyncRun.state == "queued")))
        for run_id in waiting:
            run_sync(run_id, SyncDeps.make(rig.settings, rig.database, owner="story#1", now=rig.clock))
            with rig.database.read() as session:
                run = session.get_one(SyncRun, run_id)
                assert (run.state, run.error) == ("done", ""), run.error


def words(frame: Frame) -> str:
    """The page's words, each space one."""
    return re.sub(r"\s+", " ", frame.inner_text("main"))
