"""One column of check-ins a course, whether a teacher's link brings it or staff switch it on (lti.md §7)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from lms_sync.run import SyncDeps
from lms_sync.scores import send_due
from lti_tool.launch.keys import current_signing_key
from lti_tool.planning.scores import switch_on
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.column import TAG
from lti_tool.records.course import Context, Membership
from lti_tool.records.score import OwnColumn
from tests.launch.picking import BOTH, COURSE, ITEMS, Picker, words_of
from tests.launch.rig import Rig
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import Item


class Course:
    """A course of one personality with our picker, our worker and the LMS's own columns."""

    def __init__(self, rig: Rig, lms: PracticeLms, personality: str) -> None:
        self.rig, self.lms, self.personality = rig, lms, personality
        self.later = timedelta()  # the worker's clock; the LMS's goes with it only while it is asked by it
        rig.register(lms.worlds[personality])
        with rig.database.write() as session:
            current_signing_key(session, rig.clock())

    def picker(self) -> Picker:
        place = {"placement": "course_assignments_menu"} if self.personality == "canvas" else {}
        return Picker(self.rig, self.lms, self.personality, **place)

    def send(self, **ahead: float) -> None:
        """One round of the worker, so much later."""
        self.later += timedelta(**(ahead or {"minutes": 1}))
        owner = f"w{uuid.uuid4().hex[:6]}#1"
        world = self.lms.worlds[self.personality]
        stood, world.clock = world.clock, self.now  # what the worker signs is of its own time
        try:
            send_due(SyncDeps.make(self.rig.settings, self.rig.database, owner=owner, now=self.now))
        finally:
            world.clock = stood

    def now(self) -> datetime:
        return self.rig.clock() + self.later

    def column(self) -> OwnColumn:
        with self.rig.database.read() as session:
            return session.scalars(sa.select(OwnColumn)).one()

    def theirs(self) -> list[Item]:
        course = self.lms.worlds[self.personality].courses[COURSE[self.personality]]
        return [item for item in course.items.values() if item.tag == TAG]

    def switch_on(self) -> None:
        with self.rig.database.write() as session:
            context = session.scalars(sa.select(Context)).one()
            teacher = session.scalars(sa.select(Membership.person_id)).first()
            actor = Actor(context.registration_id, teacher, Role.STAFF, context.id)
            switch_on(session, actor, maximum=12, due_at=None, now=self.now())


@pytest.fixture(params=BOTH)
def course(rig: Rig, lms: PracticeLms, request: pytest.FixtureRequest) -> Course:
    return Course(rig, lms, request.param)


def test_the_column_of_a_link_is_the_courses(course: Course) -> None:
    _, claims = course.picker().pick("check-in")
    assert claims[ITEMS][0]["lineItem"]["tag"] == TAG
    assert course.column().state == "linked"
    course.send()
    made = course.column()
    assert (made.state, made.error) == ("made", "")
    assert str(course.theirs()[0].id) in (made.url or "")
    link = course.theirs()[0].resource_link_id
    course.switch_on()
    course.send()
    (item,) = course.theirs()
    assert (course.column().state, item.possible, item.resource_link_id) == ("made", 12, link)


def test_a_second_link_brings_no_second_column(course: Course) -> None:
    course.picker().pick("check-in")
    picker = course.picker()
    assert "so the link brings no second one" in words_of(picker.page)
    _, claims = picker.pick("check-in", "my-plan") if picker_takes_two(picker) else picker.pick("check-in")
    assert all("lineItem" not in item for item in claims[ITEMS])
    course.send()
    assert len(course.theirs()) == 1


def picker_takes_two(picker: Picker) -> bool:
    return 'type="checkbox"' in picker.page.text


def test_a_link_after_the_column_was_switched_on_brings_none(course: Course) -> None:
    course.picker()
    course.switch_on()
    course.send()
    assert course.column().state == "made"
    _, claims = course.picker().pick("check-in")
    assert "lineItem" not in claims[ITEMS][0]
    course.send()
    assert len(course.theirs()) == 1


def test_a_link_that_is_never_saved_leaves_the_column_off(course: Course) -> None:
    course.picker().post("check-in")  # the answer never reaches the LMS
    for _ in range(3):
        course.send()
        assert course.column().state == "linked"
    course.send(hours=25)
    course.send()
    assert course.column().state == "off"
    assert course.theirs() == []
    _, claims = course.picker().pick("check-in")
    assert "lineItem" in claims[ITEMS][0]
    course.send()
    assert course.column().state == "made"


def test_the_assignment_editor_says_that_its_column_is_another(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    picker = Picker(rig, lms, "canvas", placement="assignment_selection")
    assert "An assignment has a column of its own" in words_of(picker.page)
