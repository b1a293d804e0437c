"""The school's days off: typed once by an administrator, and then nothing is expected on them."""

from __future__ import annotations

from datetime import date, timedelta

from lti_tool.planning.breaks import add_break
from lti_tool.plans.access import Actor, Role
from tests import factories
from tests.web.math8 import Math8, add_own_goal, make_math8
from tests.web.rig import Rig
from tests.web.test_steps import fields, the_step

WRONG = [
    ({"first_on": "", "last_on": "2026-04-10"}, "first_on", "Choose the first day off."),
    ({"first_on": "2026-04-06", "last_on": "soon"}, "last_on", "Choose the last day off."),
    ({"first_on": "2026-04-06", "last_on": "2026-04-01"}, "last_on", "The last day comes before the first."),
    ({"first_on": "2026-04-06", "last_on": "2027-04-01"}, "last_on", "That is longer than a summer."),
]


def test_an_administrator_adds_and_removes_days_off(rig: Rig) -> None:
    school = make_math8(rig)
    admin = rig.open(school.teacher, school.course, Role.ADMIN)
    for wrong, field, sentence in WRONG:
        page = admin.post("/admin/breaks", {"name": "Spring", **wrong})
        assert page.status_code == 422, wrong
        assert sentence in page.text.split(f'id="{field}-error"')[1].split("</p>")[0]
        assert 'value="Spring"' in page.text
    good = {"name": "Spring <b>", "first_on": "2026-04-06", "last_on": "2026-04-10"}
    for _twice in range(2):
        page = admin.follow(admin.post("/admin/breaks", good))
    assert page.text.count("Spring &lt;b&gt;</bdi>") == 1
    gone = admin.follow(admin.post("/admin/breaks/1/remove"))
    assert "Spring" not in gone.text
    assert admin.post("/admin/breaks/1/remove").status_code == 303


def test_only_administrators_of_the_registration(rig: Rig) -> None:
    school = make_math8(rig)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    assert (
        teacher.post("/admin/breaks", {"first_on": "2026-04-06", "last_on": "2026-04-10"}).status_code == 403
    )
    with rig.database.write() as session:
        other = factories.make_registration(session)
        days = (date(2026, 4, 6), date(2026, 4, 10))
        theirs = add_break(session, Actor(other.id, None, Role.ADMIN), *days, "", now=rig.clock()).id
    admin = rig.open(school.teacher, school.course, Role.ADMIN)
    assert admin.post(f"/admin/breaks/{theirs}/remove").status_code == 404


def test_a18_a_step_expects_nothing_on_days_off(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    every_day = fields(rhythm="days", weekdays=[str(day) for day in range(7)])
    maya.post(f"/goals/{goal}/steps/new", every_day)
    maya.post(f"/steps/{the_step(rig).id}/done", {})
    rig.clock.move(days=10)
    assert "Done on 1 of 10 days so far." in maya_page(rig, school, goal)
    today = rig.clock().date()
    with rig.database.write() as session:
        actor = Actor(school.course.registration_id, None, Role.ADMIN)
        days = (today - timedelta(days=4), today - timedelta(days=1))
        add_break(session, actor, *days, "", now=rig.clock())
    assert "Done on 1 of 6 days so far." in maya_page(rig, school, goal)


def maya_page(rig: Rig, school: Math8, goal: int) -> str:
    """Her goal's page in a new launch: the old one has ended meanwhile."""
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    return maya.get(f"/goals/{goal}").text
