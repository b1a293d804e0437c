"""Platform Storage that is elsewhere, silent or forgetful; progress without cookies (lti.md §5)."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Route, expect

from lti_tool.records.course import Context
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Registration
from tests.browser.chromium import THIRD_PARTY_BLOCKED, chromium, tool_cookies_off
from tests.browser.school import (
    CANVAS,
    School,
    make_school,  # noqa: F401
    press,
    sqlite_url,  # noqa: F401
    tool,
    wait_for,
)

pytestmark = pytest.mark.browser


def target_is_parent(context: BrowserContext) -> None:
    """As a Canvas whose forwarding frame is switched off: the page itself keeps the data."""

    def other_target(route: Route) -> None:
        data = route.request.post_data or ""
        route.continue_(post_data=data.replace("post_message_forwarding", "_parent"))

    context.route("**/lti/login", other_target)
    context.route("**/storage-frame", lambda route: route.abort())


def test_the_parent_itself_may_keep_the_state(school: School, tmp_path: Path) -> None:
    personality, course, student, _ = CANVAS
    with chromium(tmp_path / "profile", tool_cookies_off(*school.sites)) as context:
        target = school.lms.url(personality)
        school.sign_in(context, personality, student)
        target_is_parent(context)
        page = context.new_page()
        page.goto(f"{target}/courses/{course}/tool")
        wait_for(tool(page), school.sub(personality, student))


def test_a_silent_storage_falls_back_to_the_cookie(school: School, tmp_path: Path) -> None:
    personality, course, student, _ = CANVAS
    with chromium(tmp_path / "profile", THIRD_PARTY_BLOCKED) as context:
        school.sign_in(context, personality, student)
        context.route("**/platform-storage.js", lambda route: route.abort())
        page = context.new_page()
        page.goto(f"{school.lms.url(personality)}/courses/{course}/tool")
        wait_for(tool(page), school.sub(personality, student))


def test_a_silent_storage_without_cookies_offers_a_new_window(
    school: School,
    tmp_path: Path,
) -> None:
    personality, course, student, _ = CANVAS
    with chromium(tmp_path / "profile", tool_cookies_off(*school.sites)) as context:
        school.sign_in(context, personality, student)
        context.route("**/platform-storage.js", lambda route: route.abort())
        page = context.new_page()
        page.goto(f"{school.lms.url(personality)}/courses/{course}/tool")
        expect(tool(page).locator("#offer h1")).to_be_visible()


def test_a_forgetful_storage_is_told(school: School, tmp_path: Path) -> None:
    personality, course, student, _ = CANVAS
    with chromium(tmp_path / "profile", tool_cookies_off(*school.sites)) as context:
        school.sign_in(context, personality, student)
        page = context.new_page()
        page.add_init_script("try { Storage.prototype.getItem = () => null; } catch (error) {}")
        page.goto(f"{school.lms.url(personality)}/courses/{course}/tool")
        refused = tool(page).locator("#refused")
        expect(refused).to_contain_text("kept neither our cookie nor our note")
        expect(refused.locator(".id")).to_contain_text("L-")
        expect(refused.locator("a[target=_top]")).to_be_visible()


def test_what_the_browser_itself_posts_carries_the_secret_in_its_body(
    school: School,
    tmp_path: Path,
) -> None:
    personality, course, student, _ = CANVAS
    with chromium(tmp_path / "profile", tool_cookies_off(*school.sites)) as context:
        page = school.open(context, personality, course, student)
        frame = tool(page)
        wait_for(frame, school.sub(personality, student))
        frame.evaluate(
            "document.querySelector('main').innerHTML = "
            "`<form method=post action='${location.pathname}start' data-native><button>Go</button></form>`"
        )
        frame.click("button")
        # the launch is known; only this person's role does not allow it
        expect(frame.locator("body")).to_contain_text("not for your role")


def test_progress_goes_on_without_cookies(school: School, tmp_path: Path) -> None:
    personality, course, _, teacher = CANVAS
    with chromium(tmp_path / "profile", tool_cookies_off(*school.sites)) as context:
        page = school.open(context, personality, course, teacher)
        frame = tool(page)
        wait_for(frame, school.sub(personality, teacher))
        now = school.rig.clock()
        with school.rig.database.write() as session:
            row = session.scalars(sa.select(Context)).one()
            row.started_at = now
            run = SyncRun(id="1", registration_id=row.registration_id, context_id=row.id, queued_at=now)
            run.kind, run.trigger, run.state, run.stage, run.done = "first", "start", "running", "roster", 3
            session.add(run)
        frame.evaluate(
            "document.querySelector('main').innerHTML = "
            "`<a id=next href='${location.pathname}setup'>set up</a>`; window.still = true"
        )
        press(frame, "#next")
        expect(frame.locator("#progress")).to_contain_text("3 people so far")
        with school.rig.database.write() as session:
            session.execute(sa.update(SyncRun).values(done=7))
        expect(frame.locator("#progress")).to_contain_text("7 people so far")
        with school.rig.database.write() as session:
            session.execute(sa.update(SyncRun).values(state="done", finished_at=now))
        expect(frame.locator("#progress")).to_have_count(0)
        expect(frame.locator("h1")).to_contain_text("Algebra")
        assert frame.evaluate("window.still")
        wait_for(frame, school.sub(personality, teacher))


def test_a_visitor_without_a_name_reads_why_there_is_no_plan(school: School, tmp_path: Path) -> None:
    personality, course, student, _ = CANVAS
    school.lms.worlds[personality].lti.visitors.add(student)
    with school.rig.database.write() as session:
        session.execute(sa.update(Registration).values(allow_anonymous=True))
    with chromium(tmp_path / "profile", tool_cookies_off(*school.sites)) as context:
        page = school.open(context, personality, course, student)
        expect(tool(page).locator("h1:visible")).to_have_text("Plans belong to people")
        expect(tool(page).locator("main")).not_to_contain_text("This page did not open")
