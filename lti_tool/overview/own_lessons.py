"""A student's own lessons: those given to them, those a rule suggests, one to do (domain.md A21, B3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.lesson_parts import PartView, parts_of, questions_of
from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.plans.lessons import Question, is_suggested
from lti_tool.records.addressed import given_to, topics_of
from lti_tool.records.goal import Goal
from lti_tool.records.gradebook import Item, Result, ResultVersion
from lti_tool.records.lesson import Lesson, LessonCheck, LessonGiven, LessonRun
from lti_tool.records.plan import Plan

ORDER = {"begun": 0, "new": 1, "done": 2}
ON_HOME = 3


@dataclass(frozen=True)
class Because:
    """Why a lesson is suggested: what was under the mark. name: of the work or of the lesson before."""

    name: str
    percent: Decimal
    below: Decimal
    self_check: bool


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
    rows = _rows(session, actor, here.context.id, Lesson.id.in_(given))
    offered = _suggestions(session, actor, here.context.id, given)
    parts = parts_of(session, [row.id for row, *_rest in (*rows, *offered)], staff=False)
    lessons = [_own(row, run, parts.get(row.id, []), here.zone) for row, run in rows]
    return OwnLessons(
        sorted(lessons, key=lambda one: (ORDER[one.state], -one.id)),
        [_own(row, None, parts.get(row.id, []), here.zone, because) for row, because in offered],
    )


def lessons_waiting(session: Session, actor: Actor) -> OwnLessons:
    """Those of the actor's lessons that are not done, and the suggestions, without their parts; for the home.

    Three statements. Raises Refused, NotFound.
    """
    require(actor, Act.LEARN)
    here = place(session, actor, actor.context_id)
    given = sa.select(LessonGiven.lesson_id).where(given_to(actor.person_id, here.context.id))
    open_still = sa.and_(Lesson.id.in_(given), LessonRun.finished_at.is_(None))
    rows = _rows(session, actor, here.context.id, open_still)
    lessons = [_own(row, run, (), here.zone) for row, run in rows]
    return OwnLessons(
        sorted(lessons, key=lambda one: (ORDER[one.state], -one.id))[:ON_HOME],
        [
            _own(row, None, (), here.zone, because)
            for row, because in _suggestions(session, actor, here.context.id, given)
        ][:ON_HOME],
    )


def _rows(session: Session, actor: Actor, context_id: int, which: Any) -> list[Any]:
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


def _own(
    row: Lesson,
    run: LessonRun | None,
    parts: Sequence[PartView],
    zone: tzinfo,
    because: Because | None = None,
) -> OwnLesson:
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
    """Lessons whose rule holds for the actor and that they have neither been given nor answered.

    Released grades alone are looked at: a hidden one suggests nothing.
    """
    asked = sa.select(LessonGiven.lesson_id).where(
        LessonGiven.person_id == actor.person_id, LessonGiven.by_id == actor.person_id
    )
    before = aliased(Lesson)
    mine = LessonRun.person_id == actor.person_id
    rows = session.execute(
        sa.select(Lesson, Item, ResultVersion, before.title, LessonRun)
        .outerjoin(Item, Item.id == Lesson.item_id)
        .outerjoin(Result, sa.and_(Result.item_id == Item.id, Result.person_id == actor.person_id))
        .outerjoin(ResultVersion, ResultVersion.id == Result.released_version_id)
        .outerjoin(before, before.id == Lesson.after_id)
        .outerjoin(LessonRun, sa.and_(LessonRun.lesson_id == before.id, mine))
        .where(
            Lesson.context_id == context_id,
            Lesson.ended_at.is_(None),
            Lesson.below.is_not(None),
            Lesson.id.not_in(given),
            Lesson.id.not_in(asked),
        )
        .order_by(Lesson.id)
    )
    found = []
    for row, item, result, title, run in rows:
        if item is not None:
            percent = _percent(item, result) if item.published and item.gone_at is None else None
            because = Because(item.name, percent or Decimal(0), row.below or Decimal(0), False)
        else:
            percent = Decimal(100 * run.right) / run.questions if run is not None and run.questions else None
            because = Because(title or "", percent or Decimal(0), row.below or Decimal(0), True)
        if is_suggested(percent, row.below):
            found.append((row, because))
    return found


def _percent(item: Item, result: ResultVersion | None) -> Decimal | None:
    """A released score in per cent; None where none counts."""
    if result is None or result.hidden or result.excused or result.score is None:
        return None
    possible = result.possible or item.possible
    return None if not possible or possible <= 0 else 100 * result.score / possible


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
    if not 0 < lesson_id < 2**31:
        raise NotFound
    given = sa.select(LessonGiven.lesson_id).where(given_to(actor.person_id, here.context.id))
    rows = _rows(session, actor, here.context.id, sa.and_(Lesson.id == lesson_id, Lesson.id.in_(given)))
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
        lesson=_own(row, run, parts, here.zone),
        questions=questions_of(session, row.id),
        checked={one["id"]: one for one in checks[0].answers} if checks else {},
        checks=len(checks),
        right=checks[0].right if checks else 0,
        well=run.well if run is not None else "",
        hard=run.hard if run is not None else "",
    )


@dataclass(frozen=True)
class ChoiceBoard:
    """A goal with the lessons that lead to it."""

    goal_id: int
    title: str
    lessons: Sequence[OwnLesson]


def choice_board(session: Session, actor: Actor, goal_id: int) -> ChoiceBoard:
    """The ways to one of the actor's goals: lessons given to them whose topic the goal is about (B9).

    Raises:
        Refused, NotFound: not the actor's goal in this course.
    """
    require(actor, Act.LEARN)
    here = place(session, actor, actor.context_id)
    if not 0 < goal_id < 2**31:
        raise NotFound
    goal = session.execute(
        sa.select(Goal.id, Goal.title)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(
            Goal.id == goal_id,
            Plan.person_id == actor.person_id,
            Plan.registration_id == actor.registration_id,
            Goal.context_id == here.context.id,
            Goal.state.in_(("active", "proposed")),
        )
    ).one_or_none()
    if goal is None:
        raise NotFound
    given = sa.select(LessonGiven.lesson_id).where(given_to(actor.person_id, here.context.id))
    topics = topics_of(actor.person_id, here.context.id, goal_id)
    about = sa.and_(Lesson.topic != "", Lesson.topic.in_(topics))
    rows = _rows(session, actor, here.context.id, sa.and_(Lesson.id.in_(given), about))
    parts = parts_of(session, [row.id for row, _run in rows], staff=False)
    lessons = [_own(row, run, parts.get(row.id, []), here.zone) for row, run in rows]
    return ChoiceBoard(goal.id, goal.title, sorted(lessons, key=lambda one: -one.id))
