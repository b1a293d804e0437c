"""A started course for page tests: a teacher and students in every state of the board."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.plans.status import Status
from lti_tool.records.course import Context, Person
from lti_tool.records.goal import Goal, GoalItem, Reading
from lti_tool.records.gradebook import Item
from lti_tool.records.platform import Registration
from tests import factories

NOW = datetime.fromisoformat("2026-02-23T16:42:00+00:00")


@dataclass
class Course:
    """Its rows; students by the name of their goal's status, or `nothing` and `left`."""

    registration: Registration
    context: Context
    teacher: Person
    items: list[Item]
    students: dict[str, Person] = field(default_factory=dict)
    goals: dict[str, Goal] = field(default_factory=dict)


def make_course(session: Session, **context: Any) -> Course:
    """A course with plans started, a working connection, a teacher and three pieces of work."""
    registration = factories.make_registration(session, product_family="canvas", name="Test School")
    fields = {"started_at": NOW - timedelta(days=30), "grades_read_at": NOW, "roster_read_at": NOW, **context}
    course = factories.make_context(session, registration, **fields)
    teacher = factories.make_teacher(session, course, name="Rosa Lind")
    factories.make_connection(session, registration, created_at=NOW)
    items = [factories.make_item(session, course, f"Homework {number}") for number in (1, 2, 3)]
    return Course(registration, course, teacher, items)


def add_goal(session: Session, course: Course, person: Person, status: str, **more: Any) -> Goal:
    """An active goal with this status and a reading of each piece of work."""
    plan = factories.make_plan(session, person, started_at=NOW)
    state = "proposed" if status == Status.WAITING else "active"
    fields: dict[str, Any] = {
        "plan_id": plan.id,
        "context_id": course.context.id,
        "title": f"Homework average of {person.name}",
        "state": state,
        "measure": "average",
        "target": Decimal(80),
        "baseline": Decimal(68),
        "starts_on": date(2026, 1, 26),
        "due_on": date(2026, 3, 23),
        "created_at": NOW - timedelta(days=7),
        "value": Decimal("66.4"),
        "status": status,
        "needed": Decimal("91.2"),
    }
    goal = Goal(**{**fields, **more})
    session.add(goal)
    session.flush()
    for position, item in enumerate(course.items):
        version = factories.make_result(session, item, person, 60 + 5 * position)
        session.add(GoalItem(goal_id=goal.id, item_id=item.id, position=position))
        session.add(Reading(goal_id=goal.id, item_id=item.id, version_id=version.id, counted=True, at=NOW))
    session.flush()
    return goal


def fill(session: Session, course: Course) -> None:
    """One student for each status, one without a goal, one who left."""
    for status in Status:
        if status is Status.NOT_STARTED:
            continue
        person = factories.make_learner(session, course.context, name=f"Student {status.value}")
        course.students[status.value] = person
        course.goals[status.value] = add_goal(session, course, person, status.value)
    course.students["nothing"] = factories.make_learner(session, course.context, name="Olúwaṣeun Adébáyọ̀")
    course.students["left"] = factories.make_learner(session, course.context, name="Gone Away", left_at=NOW)
