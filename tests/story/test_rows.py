"""Rows A23, B4 and B5 of domain.md: at home on a slow line, and a board that follows the gradebook."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
import sqlalchemy as sa
from playwright.sync_api import Route, expect

from lti_tool.planning.goals import GoalDraft, make_goal
from lti_tool.plans.acts import Actor, Role
from lti_tool.records.course import Context
from lti_tool.records.gradebook import Item
from lti_tool.records.profile import Entry
from tests.browser.school import press
from tests.story import scenes
from tests.story.scenes import ANA, TINA
from tests.story.term import Term, words

pytestmark = [pytest.mark.browser, pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError"])]


def test_a23_b4_a_slow_line_a_second_press_and_a_lost_line_lose_nothing(term: Term) -> None:
    scenes.start(term)
    frame = term.frame
    press(frame, "nav >> text=About me")
    press(frame, "text=Write my dream")

    def slowly(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    frame.fill("#text", "Fly to the moon")
    term.browser.set_offline(True)
    frame.click("text=Save and share")
    expect(frame.locator("[role=alert]")).to_contain_text("Try again in a moment")
    expect(frame.locator("#text")).to_have_value("Fly to the moon")
    term.browser.set_offline(False)
    term.browser.route("**/about/add/**", slowly)
    frame.dblclick("text=Save and share")
    frame.wait_for_selector("h2:has-text('My dream') >> visible=true")
    with term.school.rig.database.read() as session:
        assert session.scalars(sa.select(Entry.text)).all() == ["Fly to the moon"]


def test_b5_a_changed_grade_is_on_the_board_within_ten_minutes(term: Term) -> None:
    scenes.start(term)
    with term.school.rig.database.write() as session:
        course = session.get_one(Context, term.course_id())
        item = session.scalars(sa.select(Item).where(Item.lms_id == "201")).one()
        ana = Actor(course.registration_id, term.person_id(ANA), Role.LEARNER, course.id)
        draft = GoalDraft(
            title="Homework 1 to 90",
            measure="score",
            item_ids=[item.id],
            method="points",
            baseline=Decimal(10),
            target=Decimal(90),
            due_on=term.day(30),
        )
        make_goal(session, ana, draft, now=term.school.rig.clock())
    term.open(TINA)
    before = term.school.rig.clock()
    term.grade(201, ANA, 18)
    term.minutes(10)
    frame = term.open(TINA)
    read = words(frame)
    assert "now 90" in read
    with term.school.rig.database.read() as session:
        assert session.get_one(Context, term.course_id()).grades_read_at > before
    assert "Grades as of" in read
