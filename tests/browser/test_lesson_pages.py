"""The pages of lessons: axe, quiet console, no sideways scrolling, at phone and desktop width."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests import factories
from tests.browser.looking import looking
from tests.rows.people import as_student, as_teacher
from tests.rows.test_lessons import TOPIC, answers, give, make
from tests.web.math8 import add_own_goal, make_math8
from tests.web.rig import Opened, Rig

pytestmark = pytest.mark.browser


def test_the_pages_of_lessons_are_accessible_quiet_and_fit(browser: Browser, rig: Rig) -> None:
    school = make_math8(rig)
    maya, teacher = as_student(rig, school), as_teacher(rig, school)
    goal = add_own_goal(rig, school)
    lesson = make(rig, teacher, shows=["write", "explain", "record"])
    quiz = str(school.items["quiz"].id)
    make(rig, teacher, title="The quiz again", topic="Quizzes", item_id=quiz, below="70")
    with rig.database.write() as session:
        factories.make_result(session, school.items["quiz"], school.maya, 6)
    give(teacher, lesson, to=TOPIC)
    maya.post(f"/lessons/{lesson}/way", {"part": "1"})
    said = answers(rig, "-4", "two", "true", once="x", well="I drew a line", hard="Two signs")
    maya.post(f"/lessons/{lesson}/check", {**said, "finish": "1"})
    pages: dict[Opened, list[str]] = {
        maya: ["/lessons", f"/lessons/{lesson}", f"/goals/{goal}/ways"],
        teacher: [f"/lessons/{lesson}", "/lessons/needed", "/lessons", "/lessons/new"],
    }
    for opened, paths in pages.items():
        who = "staff" if opened is teacher else "student"
        for path in paths:
            with looking(browser, opened, width=360) as look:
                look.page.goto(opened.address + path)
                assert look.faults(who + path.replace("/", "-")) == [], path
