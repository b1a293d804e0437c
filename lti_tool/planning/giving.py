"""Giving lessons to a student, a group, a topic's goals or the class; and suggestions taken (B3, B6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.lessons import staffs_lesson, write_down
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.planning.texts import Incomplete, text_problems, tidy
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.lessons import give_problems
from lti_tool.plans.problem import Problem
from lti_tool.plans.rounding import number_text
from lti_tool.records.course import Context
from lti_tool.records.group import StudentGroup
from lti_tool.records.lesson import Lesson, LessonGiven, LessonPart

TOPIC_LONGEST = 500


@dataclass(frozen=True)
class Address:
    """To whom: exactly one of the four. everyone: who learns in the course now or later."""

    person_id: int | None = None
    group_id: int | None = None
    topic: str = ""
    everyone: bool = False


def give_lesson(session: Session, actor: Actor, lesson_id: int, to: Address, *, now: datetime) -> LessonGiven:
    """Give a lesson; giving it twice to the same is once.

    Raises:
        Refused, NotFound: not staff, or nobody of this course.
        Incomplete: not ready (two ways to learn are needed), or nobody was chosen.
    """
    row = staffs_lesson(session, actor, lesson_id)
    topic = tidy(to.topic)
    problems = text_problems("to", topic, TOPIC_LONGEST)
    if (to.person_id is not None) + (to.group_id is not None) + bool(topic) + to.everyone != 1:
        problems.append(Problem("to", "nobody", lambda _: _("Choose who it is for.")))
    problems += give_problems(_formats(session, row.id), row.shows)
    if problems:
        raise Incomplete(problems)
    if to.person_id is not None:
        learner_in(session, session.get_one(Context, row.context_id), to.person_id)
    if to.group_id is not None:
        _group_here(session, row, to.group_id)
    there = session.scalar(
        sa.select(LessonGiven).where(
            LessonGiven.lesson_id == row.id,
            LessonGiven.person_id.is_not_distinct_from(to.person_id),
            LessonGiven.group_id.is_not_distinct_from(to.group_id),
            LessonGiven.topic == topic,
            LessonGiven.everyone.is_(to.everyone),
            LessonGiven.ended_at.is_(None),
        )
    )
    if there is not None:
        return there
    given = LessonGiven(
        lesson_id=row.id,
        person_id=to.person_id,
        group_id=to.group_id,
        topic=topic,
        everyone=to.everyone,
        by_id=actor.person_id,
        at=now,
    )
    session.add(given)
    write_down(session, actor, row, "given", now)
    return given


def take_back(session: Session, actor: Actor, given_id: int, *, now: datetime) -> int:
    """Those it was given to see it no longer; the lesson's id. Twice is once. Raises Refused, NotFound."""
    require(actor, Act.MAKE_LESSON)
    given = session.get(LessonGiven, given_id) if is_row_id(given_id) else None
    if given is None:
        raise NotFound
    row = staffs_lesson(session, actor, given.lesson_id)
    if given.ended_at is None:
        given.ended_at = now
        write_down(session, actor, row, "taken_back", now)
    return row.id


def answer_lesson(
    session: Session, actor: Actor, lesson_id: int, percent: Decimal, *, take: bool, now: datetime
) -> None:
    """The student takes a lesson that its rule suggests, or says no; either way it is not asked again.

    percent: the score the suggestion said; whether it is so was asked before (overview.own_lessons).

    Raises:
        Refused, NotFound: not a learner of the lesson's course, or the lesson has no rule.
    """
    require(actor, Act.LEARN)
    context = course_of(session, actor)
    learner_in(session, context, actor.person_id)
    row = session.get(Lesson, lesson_id) if is_row_id(lesson_id) else None
    if row is None or row.context_id != context.id or row.ended_at is not None or row.below is None:
        raise NotFound
    there = session.scalar(
        sa.select(LessonGiven.id).where(
            LessonGiven.lesson_id == row.id,
            LessonGiven.person_id == actor.person_id,
            LessonGiven.by_id == actor.person_id,
        )
    )
    if there is not None:
        return
    session.add(
        LessonGiven(
            lesson_id=row.id,
            person_id=actor.person_id,
            because={"percent": number_text(percent), "below": number_text(row.below)},
            by_id=actor.person_id,
            at=now,
            ended_at=None if take else now,
        )
    )
    write_down(session, actor, row, "suggestion_taken" if take else "suggestion_declined", now)


def _formats(session: Session, lesson_id: int) -> list[str]:
    return list(
        session.scalars(
            sa.select(LessonPart.format).where(
                LessonPart.lesson_id == lesson_id, LessonPart.gone_at.is_(None)
            )
        )
    )


def _group_here(session: Session, row: Lesson, group_id: int) -> None:
    group = session.get(StudentGroup, group_id) if is_row_id(group_id) else None
    if group is None or group.context_id != row.context_id or group.ended_at is not None:
        raise NotFound
