"""One long word, as LMSs let people type it, breaks; it never pushes a page or its neighbours aside."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from lti_tool.plans.access import Role
from tests import factories
from tests.browser.looking import looking
from tests.web.course import add_goal, fill, make_course
from tests.web.rig import Rig

pytestmark = pytest.mark.browser
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def test_a_long_word_fits_everywhere(browser: Browser, rig: Rig) -> None:
    with rig.database.write() as session:
        course = make_course(session, title=WORD)
        fill(session, course)
        course.items[0].name = WORD
        person = factories.make_learner(session, course.context, name=WORD)
        goal = add_goal(session, course, person, "off_track", title=f"{WORD} to 80")
    teacher = rig.open(course.teacher, course.context, Role.STAFF)
    student = rig.open(person, course.context, Role.LEARNER)
    theirs = f"/students/{person.id}"
    pages = [(teacher, path) for path in ("/board", "/setup", theirs, f"{theirs}/goals/new")]
    pages += [(student, path) for path in ("/", f"/goals/{goal.id}", "/goals/new")]
    for opened, path in pages:
        with looking(browser, opened, width=1200) as look:
            look.page.goto(opened.address + path)
            for width in (1200, 768, 320):
                look.page.set_viewport_size({"width": width, "height": 800})
                assert not look.scrolls_sideways(), (path, width)


def test_the_board_keeps_its_columns_beside_a_long_name(browser: Browser, rig: Rig) -> None:
    with rig.database.write() as session:
        course = make_course(session)
        fill(session, course)
    teacher = rig.open(course.teacher, course.context, Role.STAFF)
    widths = []
    for name in ("Ana", WORD):
        with rig.database.write() as session:
            factories.make_learner(session, course.context, name=name)
        with looking(browser, teacher, width=1200) as look:
            look.page.goto(teacher.address + "/board")
            box = look.page.locator("td.person-goals-cell").first.bounding_box()
            assert box is not None
            widths.append(box["width"])
    assert widths[1] == pytest.approx(widths[0], abs=2)
