"""Every page in real Chromium: accessible, quiet, within its frame, light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from lti_tool.planning.doubts import answer_doubt, doubt_reading
from lti_tool.planning.leaving_out import leave_out
from lti_tool.planning.notes import note_read
from lti_tool.planning.privacy import answer_request, ask_about_data
from lti_tool.planning.suggesting import take_suggestion
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.suggestions import Card, Rule
from lti_tool.plans.suggestions import Way as SuggestedWay
from lti_tool.records.notices import NoticeHandler
from lti_tool.records.platform import Deployment, Registration
from tests import factories
from tests.browser.looking import looking
from tests.web.course import fill, make_course
from tests.web.math8 import add_own_goal, add_proposal, make_math8
from tests.web.rig import Opened, Rig

pytestmark = pytest.mark.browser

Way = Callable[[Page], object]
Shown = tuple[Opened, str, Way | None]


def before_the_start(rig: Rig) -> Shown:
    school = make_math8(rig, started=False)
    return rig.open(school.maya, school.course, Role.LEARNER), "/", None


def empty_plan(rig: Rig) -> Shown:
    school = make_math8(rig)
    return rig.open(school.maya, school.course, Role.LEARNER), "/", None


def student_home(rig: Rig) -> Shown:
    school = make_math8(rig)
    add_own_goal(rig, school)
    add_proposal(rig, school, title="Homework average in Math 8 to 85")
    return rig.open(school.maya, school.course, Role.LEARNER), "/", None


def own_goal(rig: Rig) -> Shown:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    opened = rig.open(school.maya, school.course, Role.LEARNER)

    def open_all(page: Page) -> None:
        """Every fold at once, the suggestions' forms too."""
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")

    return opened, f"/goals/{goal_id}", open_all


def proposed_goal(rig: Rig) -> Shown:
    school = make_math8(rig)
    opened = rig.open(school.maya, school.course, Role.LEARNER)
    return opened, f"/goals/{add_proposal(rig, school)}", None


def staffs_view(rig: Rig) -> Shown:
    school = make_math8(rig)
    add_own_goal(rig, school)
    add_proposal(rig, school)
    return rig.open(school.teacher, school.course, Role.STAFF), f"/students/{school.maya.id}", None


def staffs_goal(rig: Rig) -> Shown:
    school = make_math8(rig)
    return (
        rig.open(school.teacher, school.course, Role.STAFF),
        f"/goals/{add_own_goal(rig, school, target=Decimal(82))}",
        None,
    )


def goal_form_with_errors(rig: Rig) -> Shown:
    school = make_math8(rig)
    name = f"#item-{school.items['h1'].id}"

    def send(page: Page) -> None:
        page.check(name)
        page.fill("#target", "50")
        page.fill("#due_on", "2026-03-23")
        page.click("button[type=submit]:not([name])")
        page.wait_for_selector("#errors")

    return rig.open(school.maya, school.course, Role.LEARNER), "/goals/new", send


def goal_of_a_habit(rig: Rig) -> Shown:
    """The form once more, its fields changed by a click on another kind of measure; then the goal's page."""
    school = make_math8(rig)

    def write(page: Page) -> None:
        page.check("#measure-habit")
        page.wait_for_selector("#days_a_week")
        for name, value in (
            ("title", "Read"),
            ("amount", "30"),
            ("unit", "minutes"),
            ("due_on", "2026-03-23"),
        ):
            page.fill(f"#{name}", value)
        page.wait_for_selector("text=Asked for: 30 minutes on 7 days a week.")
        expect(page.locator("#title")).to_have_value("Read")
        page.click("button[type=submit]:not([name])")
        page.fill("#entry-value", "20")
        page.click("text=Write it down")
        page.wait_for_selector("text=20 minutes")

    return rig.open(school.maya, school.course, Role.LEARNER), "/goals/new", write


def proposal_form(rig: Rig) -> Shown:
    school = make_math8(rig)
    return rig.open(school.teacher, school.course, Role.STAFF), f"/students/{school.ben.id}/goals/new", None


def doubts(rig: Rig) -> Shown:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    with rig.database.write() as session:
        maya = factories.acting(school.maya, school.course, Role.LEARNER)
        teacher = factories.acting(school.teacher, school.course, Role.STAFF)
        doubt = doubt_reading(session, maya, goal_id, None, "It should be more than that.", now=rig.clock())
        answer_doubt(session, teacher, doubt.id, "We look at it together on Monday.", now=rig.clock())
        item_id = school.items["h3"].id
        doubt_reading(session, maya, goal_id, item_id, "I handed it in on paper.", now=rig.clock())
        leave_out(session, teacher, goal_id, item_id, "It is on paper.", now=rig.clock())
        card = Card(Rule.UNDER_LINE, (SuggestedWay.TALK,))
        take_suggestion(session, maya, goal_id, "under_line", [card], "talk", "I will.", now=rig.clock())

    def with_the_goal(page: Page) -> None:
        """The goal's page first, with its forms open; the picture is of the list."""
        page.click("article h3 a >> nth=0")
        page.click("#leave-out summary")
        expect(page.get_by_text("Count it again")).to_be_visible()
        page.go_back()

    opened = rig.open(school.teacher, school.course, Role.STAFF)
    return opened, "/doubts", with_the_goal


def first_run(rig: Rig) -> Shown:
    with rig.database.write() as session:
        course = make_course(session, started_at=None, roster_read_at=None, grades_read_at=None)
    return rig.open(course.teacher, course.context, Role.STAFF), "/", None


def setting_up(rig: Rig) -> Shown:
    with rig.database.write() as session:
        course = make_course(session, roster_read_at=None, grades_read_at=None)
        factories.make_run(
            session,
            course.context,
            kind="first",
            trigger="start",
            state="running",
            stage="roster",
            done=12,
            expected=30,
            queued_at=rig.clock(),
            started_at=rig.clock(),
            finished_at=None,
        )
    return rig.open(course.teacher, course.context, Role.STAFF), "/setup", None


def board(rig: Rig) -> Shown:
    with rig.database.write() as session:
        course = make_course(session)
        fill(session, course)
    return rig.open(course.teacher, course.context, Role.STAFF), "/board", None


def admin(rig: Rig) -> Shown:
    """With a request about somebody's data that is late, one that is answered, and copies announced."""
    school = make_math8(rig)
    maya = factories.acting(school.maya, school.course, Role.LEARNER)
    with rig.database.write() as session:
        for kind in ("copy", "erasure"):
            long_ago = rig.clock() - timedelta(days=35)
            ask_about_data(session, maya, school.maya.id, kind, now=long_ago)
        head = factories.acting(school.teacher, school.course, Role.ADMIN)
        answer_request(session, head, 2, "Erased at the end of the year, after the report.", now=rig.clock())
    opened = rig.open(school.teacher, school.course, Role.STAFF, is_admin=True)
    with rig.database.write() as session:
        deployment = session.scalars(sa.select(Deployment)).one()
        deployment.notices_url = "https://lms.example/api/lti/notice-handlers/1"
        told = {"url": deployment.notices_url, "handler": "https://plans.example/lti/notices"}
        times = {"next_at": rig.clock(), "set_at": rig.clock()}
        kind = "LtiContextCopyNotice"
        session.add(NoticeHandler(deployment_id=deployment.id, kind=kind, state="set", **told, **times))
    return opened, "/admin", None


def privacy(rig: Rig) -> Shown:
    school = make_math8(rig)
    maya = factories.acting(school.maya, school.course, Role.LEARNER)
    with rig.database.write() as session:
        ask_about_data(session, maya, school.maya.id, "copy", now=rig.clock())
    return rig.open(school.maya, school.course, Role.LEARNER), "/privacy", None


def readers(rig: Rig) -> Shown:
    school = make_math8(rig)
    with rig.database.write() as session:
        registration = session.get_one(Registration, school.course.registration_id)
        for name, role in (("Rosa Lindqvist", Role.MENTOR), ("Nadia Counsel", Role.NONE)):
            actor = Actor(registration.id, factories.make_person(session, registration, name=name).id, role)
            said = "counselor" if role is Role.NONE else ""
            for minutes in (0, 5):
                at = rig.clock() + timedelta(minutes=minutes)
                note_read(session, actor, school.maya.id, now=at, role=said)
    return rig.open(school.teacher, school.course, Role.STAFF), f"/students/{school.maya.id}/reads", None


def error_page(rig: Rig) -> Shown:
    school = make_math8(rig)
    return rig.open(school.maya, school.course, Role.LEARNER), "/goals/999999", None


PAGES = (
    before_the_start,
    empty_plan,
    student_home,
    own_goal,
    proposed_goal,
    staffs_view,
    staffs_goal,
    goal_form_with_errors,
    goal_of_a_habit,
    proposal_form,
    doubts,
    first_run,
    setting_up,
    board,
    admin,
    privacy,
    readers,
    error_page,
)


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.__name__)
def test_page_is_accessible_quiet_and_fits(browser: Browser, rig: Rig, shown: Callable[[Rig], Shown]) -> None:
    opened, path, way = shown(rig)
    with looking(browser, opened, width=1200) as look:
        look.page.goto(opened.address + path)
        if way is not None:
            way(look.page)
        assert look.faults(shown.__name__) == []


def test_right_to_left_pages_fit_too(browser: Browser, rig: Rig) -> None:
    opened, path, _way = student_home(rig)
    with looking(browser, opened, width=360) as look:
        look.page.goto(opened.address + path)
        look.page.evaluate("document.documentElement.dir = 'rtl'")
        assert not look.scrolls_sideways()
        look.page.get_by_role("button", name="More").click()
        expect(look.page.get_by_role("link", name="Conferences")).to_be_in_viewport(ratio=1)
        assert not look.scrolls_sideways()
        look.page.keyboard.press("Escape")
        expect(look.page.get_by_role("link", name="Conferences")).to_be_hidden()
        assert look.violations() == []


def test_the_summary_of_mistakes_has_the_focus_and_leads_to_the_field(browser: Browser, rig: Rig) -> None:
    opened, path, send = goal_form_with_errors(rig)
    assert send is not None
    with looking(browser, opened, width=1200) as look:
        look.page.goto(opened.address + path)
        send(look.page)
        expect(look.page.locator("#errors")).to_be_focused()
        look.page.click("#errors a >> nth=0")
        expect(look.page.locator("#title")).to_be_focused()


def test_a_proposal_is_answered_without_javascript(browser: Browser, rig: Rig) -> None:
    opened, _path, _way = student_home(rig)
    with looking(browser, opened, width=360, script=False) as look:
        look.page.goto(opened.address + "/")
        look.page.click("text=Yes, this is my goal")
        expect(look.page.get_by_text("You said yes to this goal.")).to_be_visible()


def test_the_body_names_who_launched(browser: Browser, rig: Rig) -> None:
    opened, path, _way = empty_plan(rig)
    with looking(browser, opened, width=1200) as look:
        look.page.goto(opened.address + path)
        expect(look.page.locator("body")).to_have_attribute("data-launch-user", re.compile("."))
