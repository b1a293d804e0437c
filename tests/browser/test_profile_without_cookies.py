"""The portfolio and what is kept while typed, where the browser keeps no cookies at all (lti.md §5)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import chromium, tool_cookies_off
from tests.browser.school import (
    CANVAS,
    School,
    make_school,  # noqa: F401
    no_cookies_of,
    press,
    sqlite_url,  # noqa: F401
    tool,
    wait_for,
)
from tests.web.uploads import photo

pytestmark = pytest.mark.browser


def test_a_photo_is_sent_and_shown_and_a_text_is_kept_without_cookies(school: School, tmp_path: Path) -> None:
    personality, course, student, _ = CANVAS
    picture = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo(size=(640, 320), place=False)}
    with chromium(tmp_path / "profile", tool_cookies_off(*school.sites)) as context:
        page = school.open(context, personality, course, student)
        frame = tool(page)
        wait_for(frame, school.sub(personality, student))
        school.start()
        frame.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend', "
            "`<a id=again href='${location.pathname}'>again</a>`)"
        )
        press(frame, "#again")
        press(frame, "nav >> text=Portfolio")
        press(frame, "text=A photo")
        frame.set_input_files("#file", picture)
        frame.fill("#title", "My drawing")
        frame.fill("#alt", "A red wall")
        frame.fill("#why", "It is red")
        press(frame, "button:has-text('Save, ready for a conference')")
        shown = frame.locator("img.artifact-photo")
        expect(shown).to_have_js_property("naturalWidth", 640)
        expect(shown).to_have_attribute("src", re.compile("^blob:"))
        press(frame, "nav >> text=About me")
        press(frame, "text=Write my dream")
        frame.fill("#text", "Make my own game")
        expect(frame.locator("[data-kept]")).to_have_text("Kept. You can close this page and go on later.")
        press(frame, "nav >> text=My plan")
        press(frame, "nav >> text=About me")
        press(frame, "text=Write my dream")
        expect(frame.locator("#text")).to_have_value("Make my own game")
        assert no_cookies_of(context, school.rig.url)
