"""The choice board of a goal: the lessons that lead to it, several ways each (domain.md B9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.lesson_parts import parts_of
from lti_tool.overview.own_lessons import OwnLesson, lesson_rows, own_row
from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.plans.ids import is_row_id
from lti_tool.records.addressed import given_to, topics_of
from lti_tool.records.goal import Goal
from lti_tool.records.lesson import Lesson, LessonGiven
from lti_tool.records.plan import Plan


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
    if not is_row_id(goal_id):
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
    rows = lesson_rows(session, actor, here.context.id, sa.and_(Lesson.id.in_(given), about))
    parts = parts_of(session, [row.id for row, _run in rows], staff=False)
    lessons = [own_row(row, run, parts.get(row.id, []), here.zone) for row, run in rows]
    return ChoiceBoard(goal.id, goal.title, sorted(lessons, key=lambda one: -one.id))
