"""A course with a student, Maya, who has grades of every sort, and a teacher who proposes goals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from lti_tool.planning.goals import GoalDraft, make_goal, propose_goal
from lti_tool.planning.recompute import recompute_goals
from lti_tool.plans.access import Role
from lti_tool.records.course import Context, Person
from lti_tool.records.gradebook import Item
from tests.factories import (
    acting,
    make_context,
    make_item,
    make_learner,
    make_registration,
    make_result,
    make_teacher,
)
from tests.web.rig import Rig

GRADED = [(66, 12), (68, 14), (71, 16), (72, 21), (70, 28), (77, 34), (80, 36), (85, 41), (74, 48)]
HOSTILE = '<script>alert("1")</script> & \u202e «Año» مرحبا'


@dataclass
class Math8:
    """Rows of the course. items: by short name."""

    course: Context
    teacher: Person
    maya: Person
    ben: Person
    items: dict[str, Item]

    def draft(self, **more: object) -> GoalDraft:
        """A goal that can be: the homework average to 80 by 23 March."""
        fields = {
            "title": "Homework average in Math 8 to 80",
            "measure": "average",
            "item_ids": [item.id for name, item in self.items.items() if name != "quiz"],
            "target": Decimal(80),
            "due_on": date(2026, 3, 23),
        }
        return GoalDraft(**{**fields, **more})


def make_math8(rig: Rig, *, started: bool = True) -> Math8:
    """The course as it stands on 23 February 2026 (the clock of the rig)."""
    began = rig.clock() - timedelta(days=42)
    with rig.database.write() as session:
        registration = make_registration(session, product_family="canvas")
        course = make_context(
            session,
            registration,
            title="Math 8",
            started_at=began if started else None,
            grades_read_at=rig.clock() if started else None,
        )
        teacher = make_teacher(session, course, name="Rose Okafor")
        maya = make_learner(session, course, name="Maya Lindqvist")
        maya.given_name = "Maya"
        ben = make_learner(session, course, name="Ben <b>Adler</b> & Co")
        items = {}
        for number, (score, day) in enumerate(GRADED, start=1):
            due = datetime(2026, 1, 1, 23, tzinfo=UTC) + timedelta(days=day)
            item = make_item(session, course, f"Homework {number}", 40 + number, due_at=due)
            items[f"h{number}"] = item
            make_result(session, item, maya, Decimal(score) * item.possible / 100, graded_at=due)
        items["next"] = make_item(
            session, course, "Homework 10", 50, due_at=datetime(2026, 2, 24, 23, tzinfo=UTC)
        )
        for week in range(1, 5):
            later = datetime(2026, 2, 24, 23, tzinfo=UTC) + timedelta(days=6 * week)
            items[f"later{week}"] = make_item(session, course, f"Homework {10 + week}", 50, due_at=later)
        items["hidden"] = make_item(
            session, course, "Hidden test", 50, due_at=datetime(2026, 2, 20, 23, tzinfo=UTC)
        )
        make_result(session, items["hidden"], maya, 13, hidden=True)
        items["quiz"] = make_item(session, course, "Unit quiz", 10)
    return Math8(course, teacher, maya, ben, items)


def add_own_goal(rig: Rig, school: Math8, **more: object) -> int:
    """Maya's own goal, made six weeks ago and measured today."""
    actor = acting(school.maya, school.course, Role.LEARNER)
    with rig.database.write() as session:
        began = rig.clock() - timedelta(days=42)
        goal = make_goal(session, actor, school.draft(**{"baseline": Decimal(68), **more}), now=began)
        recompute_goals(session, [goal.id], now=rig.clock())
        return goal.id


def add_proposal(rig: Rig, school: Math8, **more: object) -> int:
    """A goal the teacher proposes to Maya today."""
    actor = acting(school.teacher, school.course, Role.STAFF)
    with rig.database.write() as session:
        draft = school.draft(**{"target": Decimal(85), **more})
        return propose_goal(session, actor, school.maya.id, draft, now=rig.clock()).id
