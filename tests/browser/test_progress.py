"""The progress bar in real Chromium: it moves by itself, follows its step, ends with run or launch."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Request

from lti_tool.records.course import Context
from lti_tool.records.gradebook import SyncRun
from tests.browser.looking import looking
from tests.browser.test_pages import setting_up
from tests.web.rig import Opened, Rig

pytestmark = pytest.mark.browser


def at_work(rig: Rig) -> Opened:
    """A teacher of a course whose people are being read: 12 of about 30."""
    return setting_up(rig)[0]


def change(rig: Rig, **fields: object) -> None:
    with rig.database.write() as session:
        session.execute(sa.update(SyncRun).values(**fields))


def test_the_bar_moves_by_itself_and_follows_its_step(browser: Browser, rig: Rig) -> None:
    opened = at_work(rig)
    with looking(browser, opened, width=1200) as look:
        look.page.goto(opened.address + "/setup")
        change(rig, done=21)
        look.page.wait_for_selector("text=21 of about 30 people")
        with rig.database.write() as session:
            session.execute(sa.update(Context).values(roster_read_at=rig.clock()))
        change(rig, stage="grades", done=5)
        now = look.page.locator("li[aria-current=step]", has_text="Connect grades")
        now.locator("label", has_text="Grades of 5 of 30 students").wait_for()
        change(rig, state="done", finished_at=rig.clock())
        look.page.wait_for_selector("#progress", state="detached")
        assert look.complaints == []


def test_without_javascript_the_page_comes_again(browser: Browser, rig: Rig) -> None:
    opened = at_work(rig)
    with looking(browser, opened, width=1200, script=False) as look:
        look.page.goto(opened.address + "/setup")
        change(rig, done=21)
        look.page.wait_for_selector("text=21 of about 30 people")


def test_a_launch_that_ends_stops_the_asking_and_says_so(browser: Browser, rig: Rig) -> None:
    opened = at_work(rig)
    assert opened.get("/setup").status_code == 200
    with looking(browser, opened, width=1200) as look:
        look.page.goto(opened.address + "/setup")
        rig.clock.move(hours=rig.settings.session_max_hours + 1)
        look.page.wait_for_selector("[role=alert] >> text=open Personal Plans again")
        asked: list[Request] = []

        def note(request: Request) -> None:
            asked.append(request)

        look.page.on("request", note)
        look.page.wait_for_timeout(1_500)  # it asked each second
        look.page.remove_listener("request", note)
        assert asked == []
