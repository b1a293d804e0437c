"""A course for rows about goals; every test brings students of its own into it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import requests
import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.course import Context, Person, PersonAlias
from lti_tool.records.goal import Goal
from lti_tool.records.gradebook import Item
from lti_tool.records.plan import Plan
from lti_tool.records.support import MentorRelation
from tests import factories
from tests.web.rig import Opened, Rig

HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')


@dataclass
class Rows:
    """A course of one teacher. homework: seven pieces, the first three are graded for each student."""

    rig: Rig
    course: Context
    teacher_row: Person
    homework: list[Item]
    quiz: Item

    def student(self, name: str = "Ana Ruiz") -> Person:
        """Somebody new in the course with 66, 70 and 68 on the first three homeworks."""
        with self.rig.database.write() as session:
            person = factories.make_learner(session, self.course, name=name)
            for item, score in zip(self.homework, (66, 70, 68), strict=False):
                factories.make_result(session, item, person, score, graded_at=item.due_at)
        return person

    def open(self, person: Person, **more: Any) -> Opened:
        """The student opens the tool."""
        return self.rig.open(person, self.course, Role.LEARNER, **more)

    def teacher(self) -> Opened:
        """The teacher opens the tool."""
        return self.rig.open(self.teacher_row, self.course, Role.STAFF)

    def guardian(self, person: Person) -> Opened:
        """A guardian of the LMS, whom a launch named as this student's, opens the tool."""
        with self.rig.database.write() as session:
            guardian = factories.make_member(session, self.course, Role.MENTOR, name="Pat Ruiz")
            sub = session.scalar(sa.select(PersonAlias.value).where(PersonAlias.person_id == person.id))
            session.add(
                MentorRelation(
                    registration_id=self.course.registration_id,
                    mentor_id=guardian.id,
                    context_id=self.course.id,
                    student_sub=sub,
                    source="role_scope_mentor",
                    first_seen_at=self.rig.clock(),
                    seen_at=self.rig.clock(),
                )
            )
        return self.rig.open(guardian, self.course, Role.MENTOR)

    def form(self, title: str, **more: Any) -> dict[str, Any]:
        """A goal form that can be a goal: the homework average to 75 by 23 March."""
        items = [str(item.id) for item in self.homework]
        fields = {"title": title, "measure": "average", "items": items, "target": "75"}
        return {**fields, "due_on": "2026-03-23", **more}

    def send(self, opened: Opened, path: str, **fields: Any) -> requests.Response:
        """Open a form and send it with these fields, as a browser does with what stands hidden in it."""
        page = opened.get(path)
        assert page.status_code == 200, (path, page.status_code)
        return opened.post(path, {**dict(HIDDEN.findall(page.text)), **fields})

    def goals(self, person: Person) -> list[Goal]:
        """The student's goals, oldest first."""
        with self.rig.database.read() as session:
            query = sa.select(Goal).join(Plan, Plan.id == Goal.plan_id).where(Plan.person_id == person.id)
            return list(session.scalars(query.order_by(Goal.id)))


def make_rows(rig: Rig) -> Rows:
    """A course of its own."""
    with rig.database.write() as session:
        registration = factories.make_registration(session, product_family="canvas")
        course = factories.make_context(
            session,
            registration,
            started_at=rig.clock() - timedelta(days=42),
            grades_read_at=rig.clock(),
        )
        teacher = factories.make_teacher(session, course, name="Rose Okafor")
        first = datetime(2026, 2, 3, 23, tzinfo=UTC)
        homework = [
            factories.make_item(
                session, course, f"Homework {number}", 100, due_at=first + timedelta(days=7 * number)
            )
            for number in range(7)
        ]
        quiz = factories.make_item(session, course, "Chapter 10 test", Decimal(50))
    return Rows(rig, course, teacher, homework, quiz)
