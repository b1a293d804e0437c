"""A course with two learners and a teacher, on each database; a counter of statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.planning.goals import GoalDraft
from lti_tool.plans.access import Actor, Role
from lti_tool.records.course import Context, Person
from lti_tool.records.gradebook import Item
from lti_tool.records.platform import Registration
from tests import factories as make
from tests.statements import counted


@dataclass
class School:
    """One course, in a session that is open for writing."""

    session: Session
    registration: Registration
    context: Context
    teacher: Person
    maya: Person
    zoe: Person
    test: Item
    homework: list[Item]

    @property
    def staff(self) -> Actor:
        return make.acting(self.teacher, self.context, Role.STAFF)

    def student(self, person: Person) -> Actor:
        return make.acting(person, self.context, Role.LEARNER)

    def draft(self, **changes: Any) -> GoalDraft:
        fields: dict[str, Any] = {
            "title": "90 or more on the Unit 4 test",
            "measure": "score",
            "item_ids": [self.test.id],
            "target": Decimal(90),
            "due_on": date(2026, 3, 23),
        }
        return GoalDraft(**{**fields, **changes})

    def average(self, **changes: Any) -> GoalDraft:
        fields: dict[str, Any] = {
            "title": "Homework to 80",
            "measure": "average",
            "item_ids": [item.id for item in self.homework],
            "target": Decimal(80),
            "baseline": Decimal(68),
        }
        return self.draft(**{**fields, **changes})


@pytest.fixture
def school(database: Database) -> Iterator[School]:
    with database.write() as session:
        registration = make.make_registration(session)
        context = make.make_context(session, registration)
        yield School(
            session,
            registration,
            context,
            make.make_teacher(session, context),
            make.make_learner(session, context, sub="maya", name="Maya Torres", email="Maya@school.example"),
            make.make_learner(session, context, sub="zoe", name="Zoë O’Connor", email="zoe@school.example"),
            make.make_item(session, context, "Unit 4 test", 20),
            [make.make_item(session, context, f"Homework {n}", p) for n, p in ((1, 20), (2, 50), (3, 30))],
        )


@pytest.fixture
def statements(database: Database) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with statements() as seen:` collects what is sent to the database."""
    return lambda: counted(database)
