"""The pages of guardians, counselors and their administrator in real Chromium: a phone, then a desk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from lti_tool.planning.mentors import assign_counselor
from lti_tool.plans.access import Actor, Role
from lti_tool.records.platform import Registration
from tests import factories
from tests.browser.chromium import EXECUTABLE, chromium
from tests.web.conftest import database, database_url, empty_file, rig  # noqa: F401
from tests.web.math8 import Math8, add_own_goal, add_proposal, make_math8
from tests.web.rig import Opened, Rig
from tests.web.test_guardians import make_guardian, sub_of

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "vendor" / "axe" / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (360, 1200)


@pytest.fixture
def browser_window(tmp_path: Path) -> Iterator[BrowserContext]:
    if not Path(EXECUTABLE).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"Chromium is needed when CI=true: {EXECUTABLE} is missing")
        pytest.skip(f"NO CHROMIUM HERE, so no page is looked at: {EXECUTABLE} is missing")
    with chromium(tmp_path / "browser", {}) as context:
        yield context


@pytest.fixture
def school(rig: Rig) -> Math8:  # noqa: F811
    made = make_math8(rig)
    add_own_goal(rig, made)
    add_proposal(rig, made, title="Homework to 85")
    return made


def show(window: BrowserContext, opened: Opened, path: str) -> Page:
    """The page of a launch, in a window that holds the launch's cookie."""
    cookie = {"name": opened.cookie_name, "value": opened.secret, "domain": "127.0.0.1"}
    window.add_cookies([{**cookie, "path": f"/s/{opened.launch_id}"}])
    page = window.pages[0]
    page.goto(opened.address + path)
    return page


def assert_well(page: Page) -> None:
    """Nothing axe finds, nothing that scrolls sideways, at a phone's width and at a desk's."""
    page.evaluate(AXE)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        root = "document.documentElement"
        assert not page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"), (page.url, width)
        found = page.evaluate("axe.run()")["violations"]
        assert [(rule["id"], node["target"]) for rule in found for node in rule["nodes"]] == []


def test_a_guardian_reads_why_a_number_is_what_it_is(
    rig: Rig,  # noqa: F811
    school: Math8,
    browser_window: BrowserContext,
) -> None:
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya), sub_of(rig, school.ben), "new")
    page = show(browser_window, rig.open(guardian, school.course, Role.MENTOR), "/")
    page.get_by_role("link", name="Maya").click()
    assert page.get_by_role("heading", level=1).inner_text() == "The plan of Maya Lindqvist"
    page.locator("summary").first.click()
    page.get_by_text("27 of 41").first.wait_for()
    assert page.locator("form, button").count() == 0
    assert_well(page)


def test_a_sheet_is_made_and_its_code_opens_the_plan_on_a_phone(
    rig: Rig,  # noqa: F811
    school: Math8,
    browser_window: BrowserContext,
) -> None:
    staff = rig.open(school.teacher, school.course, Role.STAFF)
    page = show(browser_window, staff, f"/students/{school.maya.id}/access")
    page.get_by_role("button", name="Make the sheet").click()
    page.locator("#name[aria-invalid='true']").wait_for()
    assert_well(page)
    page.get_by_label("For whom").fill("Grandmother Inés")
    page.get_by_role("button", name="Make the sheet").click()
    page.locator(".qr").wait_for()
    assert_well(page)
    address, code = page.locator(".address").inner_text(), page.locator(".code").inner_text()
    page.goto(address)
    assert_well(page)
    page.get_by_label("Code").fill("not it")
    page.get_by_role("button", name="Open the plan").click()
    page.get_by_role("alert").wait_for()
    assert_well(page)
    rig.clock.move(seconds=3)
    page.get_by_label("Code").fill(code.lower())
    page.get_by_role("button", name="Open the plan").click()
    page.wait_for_url(re.compile("/plan$"))
    assert code not in page.url
    page.get_by_text("Homework average in Math 8 to 80").first.wait_for()
    assert_well(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Close this page").click()
    page.goto(address + "/plan")
    assert page.url == address


def test_an_administrator_gives_a_counselor_a_course(
    rig: Rig,  # noqa: F811
    school: Math8,
    browser_window: BrowserContext,
) -> None:
    with rig.database.write() as session:
        registration = session.get_one(Registration, school.course.registration_id)
        counselor = factories.make_person(session, registration, name="Nadia Counsel")
        admin = factories.make_person(session, registration, name="Ada Min")
        boss = Actor(registration.id, admin.id, Role.ADMIN, None, is_admin=True)
        assign_counselor(session, boss, counselor.id, student_id=school.maya.id, now=rig.clock())
    page = show(browser_window, rig.open(admin, None, Role.ADMIN, is_admin=True), "/support")
    page.get_by_label("Name, or LMS id").fill("nadia")
    page.get_by_role("button", name="Find").click()
    assert_well(page)
    page.get_by_role("link", name="Nadia Counsel").first.click()
    page.get_by_label("Find a student, a course, or a successor").fill("math")
    page.get_by_role("button", name="Find").click()
    assert_well(page)
    page.get_by_role("button", name="Give all its students").click()
    page.get_by_text("(all students of the course)").wait_for()
    page = show(browser_window, rig.open(counselor, None, Role.NONE), "/")
    assert_well(page)
    page.get_by_role("link", name="Maya Lindqvist").click()
    page.get_by_text("Homework average in Math 8 to 80").first.wait_for()
    assert_well(page)
