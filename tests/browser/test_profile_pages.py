"""The profile's pages in real Chromium: accessible, within their frame, kept while typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from lti_tool.plans.access import Role
from tests.browser.looking import looking
from tests.web.about import as_maya, as_teacher, entries, send, write
from tests.web.math8 import Math8, add_own_goal, make_math8
from tests.web.rig import Opened, Rig
from tests.web.test_conferences import agree, plan
from tests.web.test_guardians import make_guardian, sub_of
from tests.web.test_portfolio import add
from tests.web.uploads import photo

pytestmark = pytest.mark.browser


def filled_profile(rig: Rig, school: Math8) -> Opened:
    maya = as_maya(rig, school)
    write(maya, "strength", "I draw a problem to understand it", more="The balance drawing in unit 5")
    write(maya, "strength", "I keep trying")
    write(maya, "skill", "often", topic="together", more="The relay team")
    write(maya, "gap", "Signs in two-step equations", expected="8 of 10", present="5 of 10")
    write(maya, "skill", "not_yet", topic="organise")
    write(maya, "reflection", "A calm year in math.\nMore books.", topic="academic", share=False)
    write(maya, "dream", "Make my own video game", more="Finish a level in coding club by June")
    own = entries(rig, text="I draw a problem to understand it")[0]
    path = f"/students/{school.maya.id}/add/strength?beside={own.id}"
    send(as_teacher(rig, school), path, text="and you explain it to others")
    return maya


def test_the_profiles_pages_are_accessible_and_fit(browser: Browser, rig: Rig) -> None:
    school = make_math8(rig)
    add_own_goal(rig, school)
    maya, teacher = filled_profile(rig, school), as_teacher(rig, school)
    dream = entries(rig, kind="dream")[0]
    maya.post(f"/entries/{dream.id}", {"text": "Make a film", "more": "", "version": "1"})
    pages = [
        (maya, "home-about", "/"),
        (maya, "about", "/about"),
        (maya, "assess-skills", "/about/assess/skills"),
        (maya, "assess-dream", "/about/assess/dream"),
        (maya, "entry", f"/entries/{dream.id}"),
        (teacher, "about-staff", f"/students/{school.maya.id}/about"),
        (teacher, "view-new", f"/students/{school.maya.id}/add/gap"),
    ]
    for opened, name, path in pages:
        with looking(browser, opened, width=1200) as look:
            look.page.goto(opened.address + path)
            assert look.faults(name) == [], name


def test_the_portfolios_pages_are_accessible_and_show_photos(browser: Browser, rig: Rig) -> None:
    school = make_math8(rig)
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    why = {"why": "I chose it because drawing it made me see what x is.", "ready": "1"}
    picture = ("p.jpg", photo(size=(640, 320), place=False))
    add(maya, "photo", picture, title="My balance drawing", alt="A red wall", tag="strength", **why)
    add(maya, "work", item_id=school.items["h6"].id, title="Homework 6", tag="growth", **why)
    add(maya, "text", title="Saturday at the food bank", text="Boxes", tag="strength", outside="1")
    pages = [
        (maya, "portfolio", "/portfolio"),
        (maya, "artifact-new", "/portfolio/add/photo"),
        (teacher, "portfolio-staff", f"/students/{school.maya.id}/portfolio"),
    ]
    for opened, name, path in pages:
        with looking(browser, opened, width=360) as look:
            look.page.goto(opened.address + path)
            for shown in look.page.locator("img").all():
                shown.scroll_into_view_if_needed()
                expect(shown).to_have_js_property("naturalWidth", 640)
            assert look.faults(name) == [], name


def test_the_conferences_pages_are_accessible_and_print(browser: Browser, rig: Rig) -> None:
    school = make_math8(rig)
    maya, teacher = filled_profile(rig, school), as_teacher(rig, school)
    why = {"why": "I chose it because I lost points on signs again.", "ready": "1"}
    add(maya, "work", item_id=school.items["h6"].id, title="Homework 6", tag="growth", **why)
    add(maya, "photo", ("p.jpg", photo(size=(640, 320))), title="My drawing", alt="A red wall", **why)
    teacher.post("/rounds", {"kind": "start"})
    (row,) = plan(rig, school)
    agree(teacher, row.id, "Circle every minus sign before I start.")
    send(teacher, f"/conferences/{row.id}", notes="Signs, and how to check them.", summary="All well.")
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya))
    pages = [
        (teacher, "conferences", "/conferences"),
        (teacher, "conference", f"/conferences/{row.id}"),
        (maya, "conference-own", f"/conferences/{row.id}"),
        (maya, "talks", "/talks"),
        (rig.open(guardian, school.course, Role.MENTOR), "guardian-about", "/"),
    ]
    for opened, name, path in pages:
        with looking(browser, opened, width=1200) as look:
            look.page.goto(opened.address + path)
            assert look.faults(name) == [], name
    with looking(browser, teacher, width=1000) as look:
        look.page.goto(teacher.address + "/conferences/sheets")
        assert look.violations() == []
        look.page.emulate_media(media="print")
        look.keep_picture("sheets-print")
        expect(look.page.locator("nav, .btn, form").locator("visible=true")).to_have_count(0)
        expect(look.page.locator(".sign").first).to_be_visible()


def test_what_is_typed_survives_a_closed_tab(browser: Browser, rig: Rig) -> None:
    school = make_math8(rig)
    maya = as_maya(rig, school)
    with looking(browser, maya, width=360) as look:
        look.page.goto(maya.address + "/about/add/dream")
        look.page.fill("#text", "Make my own game")
        look.page.get_by_text("Kept. You can close this page").wait_for()
    with looking(browser, maya, width=360) as look:
        look.page.goto(maya.address + "/about/add/dream")
        expect(look.page.locator("#text")).to_have_value("Make my own game")
        look.page.get_by_role("button", name="Throw away what I typed").click()
        expect(look.page.locator("#text")).to_have_value("")


def test_a5_a_photo_is_added_and_seen_without_any_script(browser: Browser, rig: Rig) -> None:
    school = make_math8(rig)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    picture = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo(size=(640, 320), place=False)}
    with looking(browser, maya, width=360, script=False) as look:
        page = look.page
        page.goto(maya.address + "/portfolio")
        page.click("text=A photo")
        page.set_input_files("#file", picture)
        page.fill("#title", "My drawing")
        page.fill("#alt", "A red wall")
        page.fill("#why", "It is red")
        with page.expect_response("**/picture*") as seen:
            page.click("button:has-text('Save, ready for a conference')")
        assert seen.value.headers["content-type"].startswith("image/")
        shown = page.locator("img.artifact-photo")
        expect(shown).to_have_attribute("alt", "A red wall")
        assert shown.bounding_box() is not None
        assert look.complaints == []
