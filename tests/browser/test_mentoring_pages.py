"""The pages of mentoring: axe, quiet console, no sideways scrolling, at phone and desktop width."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from lti_tool.plans.access import Role
from lti_tool.records.course import Membership
from tests import factories
from tests.browser.looking import looking
from tests.web.math8 import add_own_goal, add_proposal, make_math8
from tests.web.rig import Rig

pytestmark = pytest.mark.browser


def test_the_pages_of_mentoring_are_accessible_quiet_and_fit(browser: Browser, rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    add_proposal(rig, school)
    course, maya_id = school.course.id, school.maya.id
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    teacher.post("/check-ins/cadence", {"scope": "course", "id": str(course), "cadence": "weekly"})
    said = {"course": course, "token": "a", "well": "Homework is quicker now", "hard": "Fractions"}
    talked = ["“Homework average in Math 8 to 80”: from 68 to 73.9 since last time."]
    teacher.post(
        f"/check-ins/{maya_id}", {**said, "readers": "school", "next_on": "2026-03-05", "talked": talked}
    )
    word = {"course": course, "token": "b", "words": "You stayed with it today.", "about": f"goal-{goal}"}
    teacher.post(f"/check-ins/{maya_id}/words", word)
    ideas = {"interest": "Nurse", "courses": "Biology", "activities": "First aid club"}
    teacher.post(f"/check-ins/{maya_id}/later", {"course": course, "token": "c", **ideas})
    with rig.database.write() as session:
        coach = factories.make_teacher(session, school.course, name="Cora Coach")
        session.execute(
            sa.update(Membership).where(Membership.person_id == coach.id).values(left_at=rig.clock())
        )
    with rig.database.write() as session:
        helper = factories.make_teacher(session, school.course, name="Nora Nurse")
    teacher.post(f"/students/{maya_id}/mentors/new", {"mentor_id": str(helper.id)})
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    mentor = rig.open(helper, None, Role.NONE)
    seen = [
        (teacher, "/check-ins", "Ben"),
        (teacher, f"/check-ins/{maya_id}?course={course}", "What was hard?"),
        (teacher, f"/students/{maya_id}/mentors", "Nora Nurse"),
        (teacher, "/handover", "Cora Coach"),
        (maya, "/", "You stayed with it today."),
        (maya, "/talks", "First aid club"),
        (maya, "/reminders", "An e-mail each week"),
        (mentor, f"/assigned/{maya_id}", "Homework is quicker now"),
    ]
    for opened, path, words in seen:
        with looking(browser, opened, width=360) as look:
            look.page.goto(opened.address + path)
            assert words in look.page.inner_text("main")
            assert look.faults(path.strip("/").replace("/", "-").split("?")[0] or "home") == []
