"""A step that follows a test moves when the test moves in the LMS (domain.md A20)."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from lti_tool.planning.steps import add_step
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.step_draft import StepDraft
from lti_tool.records.history import Change
from lti_tool.records.step import Step
from tests.sandbox_lms import seed
from tests.sync.course import Tied
from tests.sync.test_goals_move import give_goal


def test_a20_a_moved_due_date_moves_the_step_at_the_next_sync(tied: Tied) -> None:
    tied.sync("first", "start")
    canvas = tied.world.personality == "canvas"
    item, student = (201, seed.CANVAS_STUDENTS[0]) if canvas else (31, seed.MOODLE_STUDENTS[0])
    tied.course.items[item].due_at = tied.clock() + timedelta(days=20)
    tied.sync("sweep", "button")
    goal_id = give_goal(tied, item, student)
    actor = Actor(tied.registration_id, tied.person_id(student), Role.LEARNER, tied.context_id)
    draft = StepDraft(
        title="Review the guide",
        helps="I see what is missing",
        owner="student",
        rhythm="relative",
        item_id=tied.items()[str(item)].id,
        offset=-3,
    )
    with tied.database.write() as session:
        step_id = add_step(session, actor, goal_id, draft, token="t", now=tied.clock()).id

    def day() -> object:
        with tied.database.read() as session:
            return session.get_one(Step, step_id).item_due_on

    before = day()
    tied.course.items[item].due_at = tied.clock() + timedelta(days=27)
    tied.sync("sweep", "button")
    after = day()
    assert before is not None
    assert after == before + timedelta(days=7)
    tied.sync("sweep", "button")
    with tied.database.read() as session:
        told = session.scalars(
            sa.select(Change.what).where(Change.subject == "step").order_by(Change.id)
        ).all()
    assert list(told) == ["made", "moved"]
