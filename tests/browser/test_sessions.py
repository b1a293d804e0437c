"""Launches in real Chromium, in a frame of another site, under each rule about cookies (lti.md §5)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from lti_tool.records.launch import LaunchSession
from tests.browser.chromium import (
    THIRD_PARTY_BLOCKED,
    chromium,
    tool_cookies_off,
    tool_cookies_off_in_frames,
)
from tests.browser.school import (
    CANVAS,
    MOODLE,
    School,
    make_school,  # noqa: F401
    no_cookies_of,
    press,
    sqlite_url,  # noqa: F401
    tool,
    wait_for,
)
from tests.sandbox_lms import seed

pytestmark = pytest.mark.browser
ENDED = "open Personal Plans again"


@pytest.mark.parametrize("who", [CANVAS, MOODLE], ids=["canvas", "moodle"])
def test_a_partitioned_cookie_lives_where_third_party_cookies_are_blocked(
    school: School, tmp_path: Path, who: Any
) -> None:
    personality, course, student, _ = who
    with chromium(tmp_path / "profile", THIRD_PARTY_BLOCKED) as context:
        page = school.open(context, personality, course, student)
        wait_for(tool(page), school.sub(personality, student))
        assert tool(page).url.startswith(school.rig.url + "/s/")
        tool(page).goto(tool(page).url)  # a page of its own again: only the cookie can say who this is
        wait_for(tool(page), school.sub(personality, student))
        # the plain twin would not have come this far: no third-party cookie is kept
        names = {cookie["name"]: cookie for cookie in context.cookies()}
        assert "plans_launch_plain" not in names
        assert names["plans_launch"].get("partitionKey")


def launch_by_storage(school: School, page: Page, sub: str) -> str:
    """Wait for the launch; the secret that the tool handed to the page."""
    wait_for(tool(page), sub)
    proof = next(request for request in school.asked if request.url.endswith("/lti/launch/proof"))
    secret: str = proof.response().json()["secret"]
    return secret


def test_platform_storage_alone_opens_the_tool_and_keeps_it_open(school: School, tmp_path: Path) -> None:
    personality, course, student, _ = CANVAS
    with chromium(tmp_path / "profile", tool_cookies_off(*school.sites)) as context:
        page = school.open(context, personality, course, student)
        secret = launch_by_storage(school, page, school.sub(personality, student))
        school.start()
        frame = tool(page)
        landing = frame.url
        frame.evaluate("window.still = 'the same document'")
        # a new first page by the address of the same page, a link, a form, back again
        frame.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend', "
            "`<a id=again href='${location.pathname}'>again</a>`)"
        )
        press(frame, "#again")
        press(frame, "text=Make my first goal")
        frame.fill("#title", "Pass the unit test")
        frame.check("input[value=score]")
        frame.check("input[name=items]")
        frame.fill("#target", "90")
        press(frame, "button:has-text('Make this my goal')")  # no date yet: the form comes back
        expect(frame.locator("#errors")).to_be_focused()
        expect(frame.locator("#title")).to_have_value("Pass the unit test")
        frame.fill("#due_on", (school.rig.clock() + timedelta(days=60)).date().isoformat())
        press(frame, "button:has-text('See how it is counted')")  # to be seen before it can be made
        expect(frame.locator("main")).to_contain_text("You reach this goal when")
        press(frame, "button:has-text('Make this my goal')")
        expect(frame.locator("h1")).to_have_text("Pass the unit test")
        frame.wait_for_url("**/goals/*")
        press(frame, ".crumb")
        expect(frame.locator(".goal h3")).to_have_text("Pass the unit test")
        frame.evaluate("history.back()")
        expect(frame.locator("h1")).to_have_text("Pass the unit test")
        assert frame.evaluate("window.still") == "the same document"
        assert no_cookies_of(context, school.rig.url)
        for request in school.asked:
            assert secret not in request.url
            assert secret not in request.all_headers().get("referer", "")
        frame.goto(landing)  # loaded anew, the page has forgotten
        expect(frame.locator("body")).to_contain_text(ENDED)


def new_window(page: Page) -> Page:
    with page.expect_popup() as popup:
        tool(page).click("button:has-text('Open in a new window')")
    popup.value.bring_to_front()  # as it is for a person; a tab behind draws nothing and is waited for
    return popup.value


def test_without_storage_and_cookies_in_the_frame_a_new_window_opens(school: School, tmp_path: Path) -> None:
    personality, course, student, _ = MOODLE
    with chromium(tmp_path / "profile", tool_cookies_off_in_frames(*school.sites)) as context:
        page = school.open(context, personality, course, student)
        popup = new_window(page)
        popup.wait_for_selector(f'body[data-launch-user="{school.sub(personality, student)}"]')
        assert popup.url.startswith(school.rig.url + "/s/")
        assert popup.evaluate("window.opener") is None
        popup.reload()
        popup.wait_for_selector(f'body[data-launch-user="{school.sub(personality, student)}"]')
        expect(tool(page).locator("#opened")).to_be_visible()


def test_the_new_window_needs_no_script(school: School, tmp_path: Path) -> None:
    personality, course, student, _ = MOODLE
    rules = tool_cookies_off_in_frames(*school.sites)
    with chromium(tmp_path / "first", THIRD_PARTY_BLOCKED) as context:
        school.sign_in(context, personality, student)
        cookies = context.cookies(school.lms.url(personality))
    with chromium(tmp_path / "profile", rules, java_script_enabled=False) as context:
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(f"{school.lms.url(personality)}/courses/{course}/tool")
        tool(page).click("button:has-text('Continue')")  # the LMS's own form
        popup = new_window(page)
        popup.click("button:has-text('Continue')")
        popup.wait_for_selector(f'body[data-launch-user="{school.sub(personality, student)}"]')


def test_where_nothing_works_the_tool_says_why(school: School, tmp_path: Path) -> None:
    personality, course, student, _ = MOODLE
    with chromium(tmp_path / "profile", tool_cookies_off(*school.sites)) as context:
        page = school.open(context, personality, course, student)
        popup = new_window(page)
        expect(popup.locator("h1")).to_have_text("This page did not open")
        expect(popup.locator("body")).to_contain_text("did not keep our cookie")
        expect(popup.locator("body")).to_contain_text("Allow cookies for this site")
        expect(popup.locator(".id")).to_contain_text("L-")
    with school.rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(LaunchSession)) == 0


@pytest.mark.parametrize("rules", ["cookies", "no cookies"])
def test_two_people_and_two_courses_side_by_side_never_mix(
    school: School, tmp_path: Path, rules: str
) -> None:
    personality, course, student, teacher = CANVAS
    preferences = THIRD_PARTY_BLOCKED if rules == "cookies" else tool_cookies_off(*school.sites)
    opened = [(course, student), (course, teacher), (seed.CANVAS_EMPTY_COURSE, teacher)]
    with chromium(tmp_path / "profile", preferences) as context:
        pages = []
        for place, person in opened:
            page = school.open(context, personality, place, person)
            wait_for(tool(page), school.sub(personality, person))
            pages.append(page)
        for _round in range(2):
            for page, (place, person) in zip(pages, opened, strict=True):
                frame = tool(page)
                frame.evaluate(
                    "document.querySelector('main').innerHTML = "
                    "`<a id=again href='${location.pathname}'>again</a>`"
                )
                press(frame, "#again")
                wait_for(frame, school.sub(personality, person))
                if person == teacher:
                    title = school.lms.worlds[personality].courses[place].title
                    expect(frame.locator("h1")).to_contain_text(title)


@pytest.mark.parametrize("rules", ["cookies", "no cookies"])
def test_a_stale_tab_keeps_what_was_typed(school: School, tmp_path: Path, rules: str) -> None:
    personality, course, student, _ = CANVAS
    preferences = THIRD_PARTY_BLOCKED if rules == "cookies" else tool_cookies_off(*school.sites)
    with chromium(tmp_path / "profile", preferences) as context:
        page = school.open(context, personality, course, student)
        frame = tool(page)
        wait_for(frame, school.sub(personality, student))
        school.start()
        frame.evaluate(
            "document.querySelector('main').innerHTML = "
            "`<a id=new href='${location.pathname}goals/new'>new</a>`"
        )
        press(frame, "#new")
        frame.fill("#title", "Words that took an hour")
        frame.fill("#target", "9o")
        school.rig.clock.ahead = timedelta(minutes=121)
        frame.click("button:has-text('Make this my goal')")
        expect(frame.locator("[role=alert]")).to_contain_text(ENDED)
        expect(frame.locator("#title")).to_have_value("Words that took an hour")
        expect(frame.locator("#target")).to_have_value("9o")
        school.rig.clock.ahead = timedelta()
        context.set_offline(True)
        frame.click("button:has-text('Make this my goal')")
        expect(frame.locator("[role=alert]")).to_contain_text("Try again in a moment")
        expect(frame.locator("#title")).to_have_value("Words that took an hour")
        context.set_offline(False)
        frame.click("button:has-text('Make this my goal')")
        expect(frame.locator("#errors")).to_be_visible()
        expect(frame.locator("#title")).to_have_value("Words that took an hour")
        assert json.dumps(frame.url).count("/s/") == 1
