"""A course's lessons as its staff see them: the list, one with its parts, to whom, and how it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.lesson_parts import PartView, parts_of
from lti_tool.overview.people import display_name, sort_name
from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.lessons import Question
from lti_tool.records.course import Membership, Person
from lti_tool.records.gradebook import Item
from lti_tool.records.group import StudentGroup
from lti_tool.records.learners import learns_in
from lti_tool.records.lesson import Lesson, LessonGiven, LessonRun
from lti_tool.records.lesson_questions import questions_of
from lti_tool.records.structure import LmsGroup


@dataclass(frozen=True)
class LessonLine:
    """A lesson in the list. given: to how many addresses; begun, done: how many students."""

    id: int
    title: str
    topic: str
    formats: Sequence[str]
    given: int
    begun: int
    done: int
    ended: bool


@dataclass(frozen=True)
class Given:
    """One address a lesson was given to. kind: `student`, `group`, `topic` or `class`."""

    id: int
    kind: str
    name: str
    by_student: bool


@dataclass(frozen=True)
class RunLine:
    """How a student's way through a lesson went. format, show: the ways they chose."""

    person_id: int
    name: str
    format: str
    show: str
    questions: int
    right: int
    well: str
    hard: str
    finished_at: datetime | None


@dataclass(frozen=True)
class LessonView:
    """A lesson on the page where it is made. item, after: names of what its rule looks at."""

    row: Lesson
    parts: Sequence[PartView]
    questions: Sequence[Question]
    given: Sequence[Given]
    runs: Sequence[RunLine]
    item: str
    after: str
    zone: tzinfo


@dataclass(frozen=True)
class LessonChoices:
    """What the forms offer. work, lessons, people, groups: (id, name); an LMS group's id is `lms:7`."""

    work: Sequence[tuple[int, str]]
    lessons: Sequence[tuple[int, str]]
    people: Sequence[tuple[int, str]]
    groups: Sequence[tuple[str, str]]


def course_lessons(session: Session, actor: Actor) -> list[LessonLine]:
    """The lessons of the actor's course, newest first. Five statements. Raises Refused, NotFound."""
    require(actor, Act.MAKE_LESSON)
    here = place(session, actor, actor.context_id)
    rows = session.scalars(
        sa.select(Lesson).where(Lesson.context_id == here.context.id).order_by(Lesson.id.desc())
    ).all()
    ids = [row.id for row in rows]
    parts = parts_of(session, ids, staff=True)
    given = _counts(session, LessonGiven.lesson_id, ids, LessonGiven.ended_at.is_(None))
    begun = _counts(session, LessonRun.lesson_id, ids, sa.true())
    done = _counts(session, LessonRun.lesson_id, ids, LessonRun.finished_at.is_not(None))
    return [
        LessonLine(
            row.id,
            row.title,
            row.topic,
            list(dict.fromkeys(part.format for part in parts.get(row.id, []))),
            given.get(row.id, 0),
            begun.get(row.id, 0),
            done.get(row.id, 0),
            row.ended_at is not None,
        )
        for row in rows
    ]


def _counts(session: Session, column: Any, ids: Sequence[int], which: Any) -> dict[int, int]:
    rows = session.execute(sa.select(column, sa.func.count()).where(column.in_(ids), which).group_by(column))
    return {row[0]: row[1] for row in rows}


def lesson_view(session: Session, actor: Actor, lesson_id: int) -> LessonView:
    """A lesson of the actor's course. Seven statements. Raises Refused, NotFound."""
    require(actor, Act.MAKE_LESSON)
    here = place(session, actor, actor.context_id)
    before = aliased(Lesson)
    found = session.execute(
        sa.select(Lesson, Item.name, before.title)
        .outerjoin(Item, Item.id == Lesson.item_id)
        .outerjoin(before, before.id == Lesson.after_id)
        .where(
            Lesson.id == (lesson_id if is_row_id(lesson_id) else 0),
            Lesson.context_id == here.context.id,
            Lesson.registration_id == actor.registration_id,
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    row, item, after = found
    parts = parts_of(session, [row.id], staff=True).get(row.id, [])
    return LessonView(
        row=row,
        parts=parts,
        questions=questions_of(session, row.id),
        given=_given(session, row.id),
        runs=_runs(session, row.id, parts, here.zone),
        item=item or "",
        after=after or "",
        zone=here.zone,
    )


def _given(session: Session, lesson_id: int) -> list[Given]:
    rows = session.execute(
        sa.select(LessonGiven, Person, StudentGroup)
        .outerjoin(Person, Person.id == LessonGiven.person_id)
        .outerjoin(StudentGroup, StudentGroup.id == LessonGiven.group_id)
        .where(LessonGiven.lesson_id == lesson_id, LessonGiven.ended_at.is_(None))
        .order_by(LessonGiven.id)
    )
    found = []
    for given, person, group in rows:
        if person is not None:
            own = given.by_id == given.person_id
            found.append(Given(given.id, "student", display_name(person), own))
        elif group is not None:
            found.append(Given(given.id, "group", group.name, False))
        elif given.everyone:
            found.append(Given(given.id, "class", "", False))
        else:
            found.append(Given(given.id, "topic", given.topic, False))
    return found


def _runs(session: Session, lesson_id: int, parts: Sequence[PartView], zone: tzinfo) -> list[RunLine]:
    """Students of the course who began, by name."""
    formats = {part.id: part.format for part in parts}
    rows = session.execute(
        sa.select(LessonRun, Person)
        .join(Person, Person.id == LessonRun.person_id)
        .where(LessonRun.lesson_id == lesson_id, Person.is_test.is_(False))
    )
    return [
        RunLine(
            person.id,
            display_name(person),
            formats.get(run.part_id or 0, ""),
            run.show,
            run.questions,
            run.right,
            run.well if run.finished_at else "",
            run.hard if run.finished_at else "",
            None if run.finished_at is None else run.finished_at.astimezone(zone),
        )
        for run, person in sorted(rows, key=lambda one: sort_name(one[1]))
    ]


def lesson_choices(session: Session, actor: Actor, lesson_id: int | None = None) -> LessonChoices:
    """What can be chosen in the forms of a lesson. Six statements. Raises Refused, NotFound."""
    require(actor, Act.MAKE_LESSON)
    here = place(session, actor, actor.context_id)
    work = session.execute(
        sa.select(Item.id, Item.name)
        .where(Item.context_id == here.context.id, Item.gone_at.is_(None), Item.published.is_(True))
        .order_by(Item.position, Item.id)
    )
    lessons = session.execute(
        sa.select(Lesson.id, Lesson.title)
        .where(Lesson.context_id == here.context.id, Lesson.id != (lesson_id or 0))
        .order_by(Lesson.id.desc())
    )
    people = session.scalars(
        sa.select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            learns_in(here.context.id),
        )
    )
    return LessonChoices(
        work=list(work),
        lessons=list(lessons),
        people=[(one.id, display_name(one)) for one in sorted(people, key=sort_name)],
        groups=groups_to_choose(session, here.context.id),
    )


def groups_to_choose(session: Session, context_id: int) -> list[tuple[str, str]]:
    """(value, name) of the groups made here, and of those of the LMS that are not used here yet."""
    own = session.execute(
        sa.select(StudentGroup.id, StudentGroup.name, StudentGroup.lms_group_id, StudentGroup.ended_at)
        .where(StudentGroup.context_id == context_id)
        .order_by(StudentGroup.id)
    ).all()
    used = {row.lms_group_id for row in own}
    theirs = session.execute(
        sa.select(LmsGroup.id, LmsGroup.name)
        .where(LmsGroup.context_id == context_id, LmsGroup.gone_at.is_(None))
        .order_by(LmsGroup.name, LmsGroup.id)
    )
    here = [(str(row.id), row.name) for row in own if row.ended_at is None]
    return here + [(f"lms:{row.id}", row.name) for row in theirs if row.id not in used]
