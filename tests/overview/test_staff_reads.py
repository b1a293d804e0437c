"""What staff and administrators read, on both databases."""

from __future__ import annotations

import pytest

from lti_tool.db import Database
from lti_tool.overview.admin import admin
from lti_tool.overview.board import board
from lti_tool.overview.setup import setup
from lti_tool.overview.sync import sync_state
from lti_tool.plans.access import NotFound, Refused, Role
from lti_tool.plans.reasons import Group
from tests import factories
from tests.web.course import NOW, Course, fill, make_course


@pytest.fixture
def course(database: Database) -> Course:
    with database.write() as session:
        made = make_course(session)
        fill(session, made)
        factories.make_run(session, made.context, error="Canvas took too long to answer.", state="failed")
        factories.make_run(session, made.context, state="queued", started_at=None, finished_at=None)
    return made


def test_staff_read_board_set_up_and_state(database: Database, course: Course) -> None:
    actor = factories.acting(course.teacher, course.context, Role.STAFF)
    with database.read() as session:
        found = board(session, actor, course.context.id, now=NOW, find="STUDENT")
        steps = setup(session, actor, course.context.id, now=NOW)
        state = sync_state(session, actor, course.context.id, now=NOW)
    assert found.counts[Group.TALK] == 3
    assert len(found.rows) == 11
    assert len(found.rows[0].goals[0].facts.scores) == 3
    assert (steps.learners, steps.staff, steps.nameless) == (12, 1, 0)
    assert state.run is not None
    assert state.error == "Canvas took too long to answer."


def test_administrators_read_their_registration(database: Database, course: Course) -> None:
    actor = factories.acting(course.teacher, course.context, Role.ADMIN, is_admin=True)
    with database.read() as session:
        found = admin(session, actor, str)
    assert [line.words.state for line in found.connections] == ["ok"]
    assert sorted(run.state for run in found.runs) == ["failed", "queued"]


@pytest.mark.parametrize("role", [Role.LEARNER, Role.MENTOR, Role.NONE])
def test_others_are_refused(database: Database, course: Course, role: Role) -> None:
    actor = factories.acting(course.teacher, course.context, role)
    with database.read() as session:
        for read in (board, setup):
            with pytest.raises(Refused):
                read(session, actor, course.context.id, now=NOW)
        with pytest.raises(Refused):
            admin(session, actor, str)


def test_another_course_is_not_found(database: Database, course: Course) -> None:
    with database.write() as session:
        other = make_course(session)
    actor = factories.acting(course.teacher, course.context, Role.STAFF)
    with database.read() as session:
        for read in (board, setup, sync_state):
            with pytest.raises(NotFound):
                read(session, actor, other.context.id, now=NOW)
