"""A student's own lessons: those given to them, those a rule suggests, one to do (domain.md A21, B3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.lesson_parts import PartView, parts_of
from lti_tool.overview.lesson_rules import Because, candidates, candidates_at_home
from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.lessons import Question
from lti_tool.records.addressed import given_to
from lti_tool.records.lesson import Lesson, LessonCheck, LessonGiven, LessonRun
from lti_tool.records.lesson_questions import questions_of

ORDER = {"begun": 0, "new": 1, "done": 2}
ON_HOME = 3


@dataclass(frozen=True)
class OwnLesson:
    """A lesson in a student's list. state: `new`, `begun` or `done`; because: of a suggestion."""

    id: int
    title: str
    aim: str
    topic: str
    shows: Sequence[str]
    parts: Sequence[PartView]
    state: str
    part_id: int | None = None
    show: str = ""
    finished_at: datetime | None = None
    because: Because | None = None


@dataclass(frozen=True)
class OwnLessons:
    """suggested: not taken and not declined yet."""

    lessons: Sequence[OwnLesson]
    suggested: Sequence[OwnLesson]


@dataclass(frozen=True)
class LessonToDo:
    """A lesson on its page. checked: the newest look, question → row of LessonCheck.answers."""

    lesson: OwnLesson
    questions: Sequence[Question]
    checked: dict[int, dict[str, Any]]
    checks: int
    right: int
    well: str
    hard: str


def own_lessons(session: Session, actor: Actor) -> OwnLessons:
    """The actor's lessons in the course they opened, those to do first. Six statements at most.

    Raises:
        Refused, NotFound.
    """
    require(actor, Act.LEARN)
    here = place(session, actor, actor.context_id)
    given = sa.select(LessonGiven.lesson_id).where(given_to(actor.person_id, here.context.id))
    rows = lesson_rows(session, actor, here.context.id, Lesson.id.in_(given))
    offered = _suggestions(session, actor, here.context.id, given)
    parts = parts_of(session, [row.id for row, *_rest in (*rows, *offered)], staff=False)
    lessons = [own_row(row, run, parts.get(row.id, []), here.zone) for row, run in rows]
    return OwnLessons(
        sorted(lessons, key=lambda one: (ORDER[one.state], -one.id)),
        [own_row(row, None, parts.get(row.id, []), here.zone, because) for row, because in offered],
    )


def lessons_waiting(session: Session, actor: Actor) -> OwnLessons:
    """Those of the actor's lessons that are not done, and the suggestions, without their parts; for the home.

    One statement. Raises Refused.
    """
    require(actor, Act.LEARN)
    found = candidates_at_home(session, actor)
    waiting = [one for one in found if one.given and (one.run is None or one.run.finished_at is None)]
    lessons = [own_row(one.row, one.run, (), UTC) for one in waiting]
    offered = [(one.row, one.because) for one in found if one.because is not None]
    return OwnLessons(
        sorted(lessons, key=lambda one: (ORDER[one.state], -one.id))[:ON_HOME],
        [own_row(row, None, (), UTC, because) for row, because in offered][:ON_HOME],
    )


def lesson_rows(session: Session, actor: Actor, context_id: int, which: Any) -> list[Any]:
    """(Lesson, the actor's LessonRun or None) of a course, those `which` picks."""
    return list(
        session.execute(
            sa.select(Lesson, LessonRun)
            .outerjoin(
                LessonRun,
                sa.and_(LessonRun.lesson_id == Lesson.id, LessonRun.person_id == actor.person_id),
            )
            .where(Lesson.context_id == context_id, Lesson.ended_at.is_(None), which)
        )
    )


def own_row(
    row: Lesson,
    run: LessonRun | None,
    parts: Sequence[PartView],
    zone: tzinfo,
    because: Because | None = None,
) -> OwnLesson:
    """A lesson as its student's pages show it."""
    state = "new" if run is None else "begun" if run.finished_at is None else "done"
    return OwnLesson(
        row.id,
        row.title,
        row.aim,
        row.topic,
        row.shows,
        parts,
        state,
        part_id=None if run is None else run.part_id,
        show="" if run is None else run.show,
        finished_at=None if run is None or run.finished_at is None else run.finished_at.astimezone(zone),
        because=because,
    )


def _suggestions(session: Session, actor: Actor, context_id: int, given: Any) -> list[tuple[Lesson, Because]]:
    """Lessons whose rule holds for the actor and that they have neither been given nor answered."""
    found = candidates(session, actor, context_id, given, sa.false())
    return [(one.row, one.because) for one in found if one.because is not None]


def suggestion_now(session: Session, actor: Actor, lesson_id: int) -> Because:
    """Why this lesson is suggested to the actor now. Raises Refused, NotFound: it is not (any more)."""
    for one in own_lessons(session, actor).suggested:
        if one.id == lesson_id and one.because is not None:
            return one.because
    raise NotFound


def lesson_to_do(session: Session, actor: Actor, lesson_id: int) -> LessonToDo:
    """A lesson that was given to the actor. Five statements. Raises Refused, NotFound."""
    require(actor, Act.LEARN)
    here = place(session, actor, actor.context_id)
    if not is_row_id(lesson_id):
        raise NotFound
    given = sa.select(LessonGiven.lesson_id).where(given_to(actor.person_id, here.context.id))
    rows = lesson_rows(session, actor, here.context.id, sa.and_(Lesson.id == lesson_id, Lesson.id.in_(given)))
    if not rows:
        raise NotFound
    row, run = rows[0]
    parts = parts_of(session, [row.id], staff=False).get(row.id, [])
    checks = (
        session.scalars(
            sa.select(LessonCheck).where(LessonCheck.run_id == run.id).order_by(LessonCheck.id.desc())
        ).all()
        if run is not None
        else []
    )
    return LessonToDo(
        lesson=own_row(row, run, parts, here.zone),
        questions=questions_of(session, row.id),
        checked={one["id"]: one for one in checks[0].answers} if checks else {},
        checks=len(checks),
        right=checks[0].right if checks else 0,
        well=run.well if run is not None else "",
        hard=run.hard if run is not None else "",
    )
