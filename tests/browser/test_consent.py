"""Connecting grades in real Chromium: the LMS's frame, a window of its own, and back (canvas.md §6)."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from lti_tool.plans.consent import SCOPES
from lti_tool.records.platform import Connection, Registration
from tests.browser.chromium import THIRD_PARTY_BLOCKED, chromium, tool_cookies_off_in_frames
from tests.browser.school import (
    CANVAS,
    School,
    make_school,  # noqa: F401
    press,
    sqlite_url,  # noqa: F401
    tool,
    wait_for,
)
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import ApiKey

pytestmark = pytest.mark.browser
KEY = "10000000000042"


def store_key(school: School) -> None:
    """The operator stored the school's API key; its administrator entered our address on it."""
    world = school.lms.worlds["canvas"]
    back = f"{school.rig.url}/connect/callback"
    world.api_keys[KEY] = ApiKey(KEY, "its secret", "Personal Plans", [back], scopes=list(SCOPES))
    with school.rig.database.write() as session:
        registration = session.scalars(
            sa.select(Registration).where(Registration.issuer == school.lms.url("canvas"))
        ).one()
        row = Connection(
            registration_id=registration.id, kind="canvas", api_url=world.issuer, state="waiting"
        )
        row.oauth_client_id, row.oauth_secret, row.created_at = KEY, "its secret", school.rig.clock()
        session.add(row)


def test_a_teacher_connects_grades_in_a_new_window(school: School, tmp_path: Path) -> None:
    personality, course, _student, teacher = CANVAS
    store_key(school)
    with chromium(tmp_path / "profile", THIRD_PARTY_BLOCKED) as context:
        page = school.open(context, personality, course, teacher)
        wait_for(tool(page), school.sub(personality, teacher))
        school.start()
        frame = tool(page)
        frame.goto(frame.url.rstrip("/") + "/setup")
        expect(frame.locator("text=someone has to allow it in Canvas")).to_be_visible()
        with page.expect_popup() as popup:
            frame.click("button:has-text('Connect grades')")
        window = popup.value
        expect(window.locator("h1")).to_contain_text("wants to use Canvas as you")
        expect(frame.locator("#connecting")).to_contain_text("Answer in the other window")
        window.select_option("select[name=person_id]", str(seed.CANVAS_TEACHER))
        window.click("button:has-text('Authorize')")
        expect(window.locator("h1")).to_have_text("Grades are connected")
        expect(window.locator("body")).to_contain_text("You can close this window")
        window.close()
        page.bring_to_front()
        expect(frame.locator("text=Grades come from Canvas.")).to_be_visible()
        expect(frame.locator("button:has-text('Connect grades')")).to_have_count(0)
        for request in school.asked:
            assert "ticket" not in request.url


def test_a_refusal_is_said_in_the_window_and_the_page_keeps_its_button(
    school: School, tmp_path: Path
) -> None:
    personality, course, _student, teacher = CANVAS
    store_key(school)
    with chromium(tmp_path / "profile", tool_cookies_off_in_frames(*school.sites)) as context:
        page = school.open(context, personality, course, teacher)
        wait_for(
            tool(page), school.sub(personality, teacher)
        )  # by Platform Storage: the frame has no cookies
        school.start()
        frame = tool(page)
        frame.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend', "
            "`<a id=go href='${location.pathname}setup'>go</a>`)"
        )
        press(frame, "#go")
        with page.expect_popup() as popup:
            frame.click("button:has-text('Connect grades')")
        window = popup.value
        window.click("button:has-text('Cancel')")
        expect(window.locator("h1")).to_have_text("Grades are not connected")
        expect(window.locator("body")).to_contain_text("You did not allow it in Canvas")
        window.close()
        page.bring_to_front()
        expect(frame.locator("button:has-text('Connect grades')")).to_be_visible()
