"""A teacher picks in real Chromium, in the LMS's frame: the answer leaves by itself, under our CSP."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chromium import THIRD_PARTY_BLOCKED, chromium, tool_cookies_off
from tests.browser.school import (
    School,
    make_school,  # noqa: F401
    sqlite_url,  # noqa: F401
    tool,
)
from tests.launch.picking import COURSE, TEACHER

pytestmark = pytest.mark.browser


def picker(school: School, context: BrowserContext, personality: str) -> Page:
    school.sign_in(context, personality, TEACHER[personality])
    page = context.new_page()
    page.goto(f"{school.lms.url(personality)}/courses/{COURSE[personality]}/tool?message=deep-linking")
    tool(page).wait_for_selector("input[name=target]")
    return page


@pytest.mark.parametrize("personality", ["canvas", "moodle"])
def test_what_was_picked_comes_to_the_course(school: School, tmp_path: Path, personality: str) -> None:
    with chromium(tmp_path / "profile", THIRD_PARTY_BLOCKED) as context:
        page = picker(school, context, personality)
        tool(page).click("button:has-text('Add to the course')")
        expect(tool(page).locator("#problem")).to_contain_text("Choose what to add")
        tool(page).get_by_label("My plan").check()
        tool(page).get_by_label("Portfolio").check()
        tool(page).click("button:has-text('Add to the course')")
        expect(tool(page).locator("h1")).to_contain_text("2 links added")
        assert len(school.lms.worlds[personality].lti.deep_linked[0]["links"]) == 2


def test_picking_without_any_cookie(school: School, tmp_path: Path) -> None:
    with chromium(tmp_path / "profile", tool_cookies_off(*school.sites)) as context:
        page = picker(school, context, "canvas")
        tool(page).click("button:has-text('Add to the course')")
        expect(tool(page).locator("#problem")).to_contain_text("Choose what to add")
        tool(page).get_by_label("Check-in").check()
        tool(page).click("button:has-text('Add to the course')")
        expect(tool(page).locator("h1")).to_contain_text("1 link added")
