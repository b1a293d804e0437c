"""The pages of steps: axe, quiet console, no sideways scrolling, at phone and desktop width."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from lti_tool.plans.access import Role
from tests.browser.looking import looking
from tests.web.math8 import add_own_goal, make_math8
from tests.web.rig import Rig
from tests.web.test_steps import fields, the_step

pytestmark = pytest.mark.browser


def test_the_pages_of_steps_are_accessible_quiet_and_fit(browser: Browser, rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    maya.post(f"/goals/{goal}/steps/new", fields(amount="30", unit="minutes", link="https://x.example/a"))
    maya.post(f"/steps/{the_step(rig).id}/done", {})
    teacher.post(f"/goals/{goal}/steps/new", fields(token="b", owner="teacher", title="Review the guide"))
    teacher.post(f"/goals/{goal}/steps/new", fields(token="c", title="Ask one question a lesson"))
    seen = [
        (maya, f"/goals/{goal}", "Take the tick back"),
        (maya, f"/goals/{goal}/steps/new?take=practice", "How does this help?"),
        (teacher, "/todo", "Review the guide"),
    ]
    for opened, path, words in seen:
        with looking(browser, opened, width=360) as look:
            look.page.goto(opened.address + path)
            assert words in look.page.inner_text("main")
            assert look.faults("steps-" + path.strip("/").replace("/", "-").split("?")[0]) == []
