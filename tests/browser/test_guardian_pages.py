"""The pages of guardians, counselors and their administrator in real Chromium: a phone, then a desk."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from lti_tool.planning.mentors import assign_counselor
from lti_tool.plans.access import Actor, Role
from lti_tool.records.platform import Registration
from tests import factories
from tests.browser.looking import Look, looking
from tests.web.math8 import Math8, add_own_goal, add_proposal, make_math8
from tests.web.rig import Rig
from tests.web.test_guardians import make_guardian, sub_of

pytestmark = pytest.mark.browser
WIDTHS = (360, 1200)


@pytest.fixture
def school(rig: Rig) -> Math8:
    made = make_math8(rig)
    add_own_goal(rig, made)
    add_proposal(rig, made, title="Homework to 85")
    return made


def assert_well(look: Look) -> None:
    """Nothing axe finds, nothing that scrolls sideways, at a phone's width and at a desk's."""
    for width in WIDTHS:
        look.page.set_viewport_size({"width": width, "height": 800})
        assert look.violations() == [], (look.page.url, width)
        assert not look.scrolls_sideways(), (look.page.url, width)


def test_a_guardian_reads_why_a_number_is_what_it_is(browser: Browser, rig: Rig, school: Math8) -> None:
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya), sub_of(rig, school.ben), "new")
    opened = rig.open(guardian, school.course, Role.MENTOR)
    with looking(browser, opened, width=360) as look:
        page = look.page
        page.goto(opened.address + "/")
        page.get_by_role("link", name="Maya").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("The plan of Maya Lindqvist")
        page.locator("summary").first.click()
        expect(page.get_by_text("27 of 41").first).to_be_visible()
        expect(page.locator("form, button:not([data-print])")).to_have_count(0)
        assert_well(look)


def test_a_sheet_is_made_and_its_code_opens_the_plan_on_a_phone(
    browser: Browser, rig: Rig, school: Math8
) -> None:
    staff = rig.open(school.teacher, school.course, Role.STAFF)
    with looking(browser, staff, width=360) as look:
        page = look.page
        page.goto(f"{staff.address}/students/{school.maya.id}/access")
        page.get_by_role("button", name="Make the sheet").click()
        expect(page.locator("#name[aria-invalid='true']")).to_be_visible()
        assert_well(look)
        page.get_by_label("For whom").fill("Grandmother Inés")
        page.get_by_role("button", name="Make the sheet").click()
        expect(page.locator(".qr")).to_be_visible()
        assert_well(look)
        address, code = page.locator(".address").inner_text(), page.locator(".code").inner_text()
        page.goto(address)
        assert_well(look)
        page.get_by_label("Code").fill("not it")
        page.get_by_role("button", name="Open the plan").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert_well(look)
        rig.clock.move(seconds=3)
        page.get_by_label("Code").fill(code.lower())
        page.get_by_role("button", name="Open the plan").click()
        page.wait_for_url(re.compile("/plan$"))
        assert code not in page.url
        expect(page.get_by_text("Homework average in Math 8 to 80").first).to_be_visible()
        assert_well(look)
        with page.expect_navigation():
            page.get_by_role("button", name="Close this page").click()
        page.goto(address + "/plan")
        assert page.url == address


def test_an_administrator_gives_a_counselor_a_course(browser: Browser, rig: Rig, school: Math8) -> None:
    with rig.database.write() as session:
        registration = session.get_one(Registration, school.course.registration_id)
        counselor = factories.make_person(session, registration, name="Nadia Counsel")
        admin = factories.make_person(session, registration, name="Ada Min")
        boss = Actor(registration.id, admin.id, Role.ADMIN, None, is_admin=True)
        assign_counselor(session, boss, counselor.id, student_id=school.maya.id, now=rig.clock())
    opened = rig.open(admin, None, Role.ADMIN, is_admin=True)
    with looking(browser, opened, width=360) as look:
        page = look.page
        page.goto(opened.address + "/support")
        page.get_by_label("Name, or LMS id").fill("nadia")
        page.get_by_role("button", name="Find").click()
        expect(page.get_by_role("link", name="Nadia Counsel")).to_have_count(2)  # found, and in the list
        assert_well(look)
        page.get_by_role("link", name="Nadia Counsel").first.click()
        page.get_by_label("Find a student, a course, or a successor").fill("math")
        page.get_by_role("button", name="Find").click()
        expect(page.get_by_role("button", name="Give all its students")).to_be_visible()
        assert_well(look)
        page.get_by_role("button", name="Give all its students").click()
        expect(page.get_by_text("(all students of the course)")).to_be_visible()
    opened = rig.open(counselor, None, Role.NONE)
    with looking(browser, opened, width=360) as look:
        page = look.page
        page.goto(opened.address + "/")
        assert_well(look)
        page.get_by_role("link", name="Maya Lindqvist").click()
        expect(page.get_by_text("Homework average in Math 8 to 80").first).to_be_visible()
        assert_well(look)
