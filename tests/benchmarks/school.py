"""A course in the middle of its life, of any size: every student with goals, steps, words, a profile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.plans.access import Role
from lti_tool.records.base import Base, table_of
from lti_tool.records.course import Context, Membership, Person, PersonAlias
from lti_tool.records.goal import Goal, GoalItem, GoalValue, Reading
from lti_tool.records.gradebook import Item, Result, ResultVersion
from lti_tool.records.lesson import Lesson, LessonGiven
from lti_tool.records.mentoring import AgreedCadence, CheckInNote, Encouragement
from lti_tool.records.plan import Plan
from lti_tool.records.portfolio import Artifact
from lti_tool.records.profile import Entry
from lti_tool.records.step import Step, StepDone
from lti_tool.records.support import MentorRelation
from tests import factories as make
from tests.web.course import NOW

ITEMS, GRADED, SECOND = 16, 12, 6
STATUSES = ("on_track", "off_track", "look", "ahead", "missing_work", "just_started")
CHILDREN = 2
Rows = list[dict[str, Any]]


@dataclass
class School:
    """One course. student: its first one; not_started: a second course of theirs, before its start."""

    course: Context
    teacher: Person
    student: Person
    guardian: Person
    not_started: Context
    goal_id: int


def make_school(database: Database, students: int) -> School:
    """That many students, each with two goals over sixteen and six pieces of work."""
    with database.write() as session:
        registration = make.make_registration(session, product_family="canvas", name="Test School")
        course = make.make_context(
            session,
            registration,
            title="Algebra I",
            started_at=NOW - timedelta(days=60),
            grades_read_at=NOW - timedelta(minutes=4),
            roster_read_at=NOW,
        )
        empty = make.make_context(session, registration, title="Art")
        make.make_connection(session, registration, created_at=NOW)
        teacher = make.make_teacher(session, course, name="Rosa Lind")
        guardian = make.make_member(session, course, Role.MENTOR, name="Paula Lindqvist")
        items = [
            make.make_item(
                session,
                course,
                f"Homework {number + 1}",
                50,
                due_at=NOW + timedelta(days=4 * (number - GRADED)),
            )
            for number in range(ITEMS)
        ]
        make.make_run(session, course, queued_at=NOW, started_at=NOW, finished_at=NOW)
        session.add(
            AgreedCadence(
                registration_id=registration.id,
                context_id=course.id,
                cadence="weekly",
                since=date(2026, 1, 5),
                set_by_id=teacher.id,
                set_at=NOW,
            )
        )
        people = _people(session, course, students)
        begun = {"registration_id": registration.id, "created_at": NOW, "started_at": NOW, "seen_at": NOW}
        plans = _add(session, Plan, [{"person_id": one} for one in people], **begun)
        goals = _goals(session, course, plans)
        _grades(session, items, people, goals)
        _said(session, course, teacher, people, goals)
        for person in people[:CHILDREN]:
            sub = session.scalar(sa.select(PersonAlias.value).filter_by(person_id=person))
            session.add(
                MentorRelation(
                    registration_id=registration.id,
                    mentor_id=guardian.id,
                    context_id=course.id,
                    student_sub=sub,
                    source="role_scope_mentor",
                    first_seen_at=NOW,
                    seen_at=NOW,
                )
            )
        student = session.get_one(Person, people[0])
        make.make_member(session, empty, Role.LEARNER, student)
        return School(course, teacher, student, guardian, empty, goals[0])


def _add(session: Session, record: type[Base], rows: Rows, **all_of_them: Any) -> list[int]:
    """Rows by the hundred; gives their ids in order."""
    table = table_of(record)
    keyed = "id" in table.c
    before = session.scalar(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))) if keyed else 0
    rows = [{**all_of_them, **row} for row in rows]
    for first in range(0, len(rows), 500):
        session.execute(sa.insert(table), rows[first : first + 500])
    if not keyed:
        return []
    return list(session.scalars(sa.select(table.c.id).where(table.c.id > before).order_by(table.c.id)))


def _people(session: Session, course: Context, students: int) -> list[int]:
    school = course.registration_id
    names = [(f"Given{number}", f"Family {number * 7919 % students:04}") for number in range(students)]
    rows = [
        {"name": f"{given} {family}", "given_name": given, "family_name": family} for given, family in names
    ]
    people = _add(session, Person, rows, registration_id=school, created_at=NOW)
    subs = [{"person_id": one, "value": f"sub-of-{one}"} for one in people]
    _add(session, PersonAlias, subs, registration_id=school, kind="sub")
    member = {"context_id": course.id, "role": "learner", "roster_roles": ["Learner"], "joined_at": NOW}
    _add(session, Membership, [{"person_id": one} for one in people], **member)
    return people


def _goals(session: Session, course: Context, plans: list[int]) -> list[int]:
    """Two for each plan, in the plans' order."""
    kinds = [("Homework average to 80", Decimal(80)), ("The last six to 85", Decimal(85))]
    rows = [
        {"plan_id": plan, "title": title, "target": target, "status": STATUSES[(at + more) % 6]}
        for at, plan in enumerate(plans)
        for more, (title, target) in enumerate(kinds)
    ]
    return _add(
        session,
        Goal,
        rows,
        context_id=course.id,
        state="active",
        measure="average",
        baseline=Decimal(68),
        starts_on=date(2026, 1, 19),
        due_on=date(2026, 3, 23),
        created_at=NOW - timedelta(days=40),
        computed_at=NOW - timedelta(days=1),
        value=Decimal("74.4"),
        progress=Decimal("53.3"),
        needed=Decimal("91.2"),
    )


def _grades(session: Session, items: list[Item], people: list[int], goals: list[int]) -> None:
    """Each student's work: twelve graded pieces, read by both goals; the newest value of each goal."""
    yesterday = NOW - timedelta(days=1)
    cells = [(item, person) for person in people for item in items[:GRADED]]
    rows = [
        {
            "item_id": item.id,
            "person_id": person,
            "score": Decimal(30 + (item.id * 7 + person) % 20),
            "due_at": item.due_at,
        }
        for item, person in cells
    ]
    graded = {"possible": Decimal(50), "state": "graded", "graded_at": NOW, "read_at": NOW}
    made = _add(session, ResultVersion, rows, **graded)
    versions = {(item.id, person): made_id for (item, person), made_id in zip(cells, made, strict=True)}
    results = [
        {"item_id": item, "person_id": person, "current_version_id": one, "released_version_id": one}
        for (item, person), one in versions.items()
    ]
    _add(session, Result, results, read_at=NOW)
    looked, readings = [], []
    for at, goal in enumerate(goals):
        first = 0 if at % 2 == 0 else GRADED - SECOND
        for place, item in enumerate(items[first:]):
            looked.append({"goal_id": goal, "item_id": item.id, "position": place})
            one = versions.get((item.id, people[at // 2]))
            reason = "" if one else "not graded yet"
            read = {"goal_id": goal, "item_id": item.id, "version_id": one, "counted": bool(one)}
            readings.append({**read, "reason": reason})
    _add(session, GoalItem, looked)
    _add(session, Reading, readings, at=yesterday)
    value = {"value": Decimal("74.4"), "progress": Decimal("53.3"), "status": "on_track", "at": yesterday}
    _add(session, GoalValue, [{"goal_id": goal} for goal in goals], **value)


def _said(session: Session, course: Context, teacher: Person, people: list[int], goals: list[int]) -> None:
    """Steps, words, a profile, a piece to show, a lesson, and what was talked about."""
    everyone = [{"person_id": one} for one in people]
    of_school, from_teacher = {"registration_id": course.registration_id}, {"by_id": teacher.id}
    rhythms: Rows = [
        {"title": "Practice for half an hour", "rhythm": "weekly", "times": 3, "weekdays": 0, "token": "a"},
        {"title": "Ask in class", "rhythm": "days", "times": 0, "weekdays": 0b10101, "token": "b"},
    ]
    steps = _add(
        session,
        Step,
        [
            {"goal_id": goals[2 * at], "owner_id": person, **rhythm}
            for at, person in enumerate(people)
            for rhythm in rhythms
        ],
        state="active",
        helps="It makes me faster",
        owner_role="student",
        starts_on=date(2026, 1, 19),
        ends_on=date(2026, 3, 23),
        created_at=NOW,
    )
    days = [date(2026, 2, day) for day in (9, 11, 16, 18)]
    ticks = [{"step_id": one, "on_day": day} for one in steps for day in days]
    _add(session, StepDone, ticks, number=1, by_role="student", at=NOW)
    texts = [("strength", "I explain things well"), ("strength", "I keep at it"), ("dream", "A nurse")]
    said = [
        {"person_id": one, "author_id": one, "kind": kind, "text": text}
        for one in people
        for kind, text in texts
    ]
    when = {"created_at": NOW, "changed_at": NOW}
    _add(session, Entry, said, author_role="student", shared_at=NOW, **when, **of_school)
    piece = {"kind": "text", "title": "My essay", "why": "It shows it", "once": "x", "ready_at": NOW}
    _add(session, Artifact, everyone, **piece, **when, **of_school)
    word = {"by_role": "teacher", "token": "w", "words": "Well done.", "made_at": NOW, "seen_at": NOW}
    _add(session, Encouragement, everyone, **word, **of_school, **from_teacher)
    lesson = Lesson(
        context_id=course.id, once="l", title="Fractions", made_at=NOW, changed_at=NOW, **of_school
    )
    session.add(lesson)
    session.flush()
    _add(session, LessonGiven, everyone, lesson_id=lesson.id, at=NOW, **from_teacher)
    note = {"context_id": course.id, "by_role": "teacher", "token": "n", "well": "Homework", "readers": "all"}
    _add(session, CheckInNote, everyone, **note, at=NOW - timedelta(days=9), **of_school, **from_teacher)
