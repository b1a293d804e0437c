"""The pages of groups: axe, quiet console, no sideways scrolling, at phone and desktop width."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.looking import looking
from tests.rows.people import as_student, as_teacher, send
from tests.rows.test_groups import goal_with_steps, make, named
from tests.rows.test_peers import ask, the_pair
from tests.web.math8 import make_math8
from tests.web.rig import Opened, Rig

pytestmark = pytest.mark.browser


def test_the_pages_of_groups_are_accessible_quiet_and_fit(browser: Browser, rig: Rig) -> None:
    school = make_math8(rig)
    maya, ben, teacher = (
        as_student(rig, school),
        as_student(rig, school, school.ben),
        as_teacher(rig, school),
    )
    goal = goal_with_steps(rig, school)
    group = make(rig, school)
    named(school, rig, group, school.ben, until="2026-05-29")
    agenda = "Each says what they want to reach\nSwap work and read it once"
    send(teacher, f"/groups/{group}", name="Table 4", agenda=agenda)
    maya.post(f"/together/{group}/share", {"goal": goal})
    ask(rig, school, school.ben)
    pair = the_pair(rig, school).id
    for one in (maya, ben):
        one.post(f"/peers/{pair}/answer", {"yes": "1"})
    maya.post(f"/peers/{pair}/share", {"goal": goal})
    pages: dict[Opened, list[str]] = {
        maya: ["/groups"],
        ben: [f"/together/{group}", f"/peers/{pair}"],
        teacher: ["/groups", f"/groups/{group}", "/groups/alike", "/peers"],
    }
    for opened, paths in pages.items():
        who = "staff" if opened is teacher else "student"
        for path in paths:
            with looking(browser, opened, width=360) as look:
                look.page.goto(opened.address + path)
                assert look.faults(who + path.replace("/", "-")) == [], path
