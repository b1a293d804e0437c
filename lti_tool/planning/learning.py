"""A student's way through a lesson: choose a way, check oneself, look back, be done (domain.md A21–A23)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import begin_plan
from lti_tool.planning.notes import note
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.planning.texts import Incomplete, text_problems, tidy
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.lessons import mark
from lti_tool.plans.problem import Problem
from lti_tool.records.addressed import given_to
from lti_tool.records.goal import Goal
from lti_tool.records.lesson import (
    Lesson,
    LessonCheck,
    LessonGiven,
    LessonPart,
    LessonPick,
    LessonRun,
)
from lti_tool.records.lesson_questions import questions_of
from lti_tool.records.plan import Plan

WORDS_LONGEST = 2000
ANSWER_LONGEST = 500
ONCE_LONGEST = 64


def pick_way(
    session: Session,
    actor: Actor,
    lesson_id: int,
    *,
    part_id: int | None = None,
    show: str = "",
    goal_id: int | None = None,
    now: datetime,
) -> LessonRun:
    """The student chooses a way to learn, or a way to show it; each choice is written down.

    The measure of the goal is the same whichever way is chosen.

    Raises:
        Refused, NotFound: not given to the actor, or no such way.
    """
    row = given_lesson(session, actor, lesson_id)
    if (part_id is None) == (show == ""):
        raise NotFound
    if part_id is not None:
        part = session.get(LessonPart, part_id) if is_row_id(part_id) else None
        if part is None or part.lesson_id != row.id or part.gone_at is not None:
            raise NotFound
    elif show not in row.shows:
        raise NotFound
    if goal_id is not None and not _own_goal(session, actor, goal_id):
        raise NotFound
    run = _run(session, actor, row, now)
    if (part_id is not None and run.part_id == part_id) or (show and run.show == show):
        return run
    if part_id is not None:
        run.part_id = part_id
    else:
        run.show = show
    session.add(LessonPick(run_id=run.id, part_id=part_id, show=show, goal_id=goal_id, at=now))
    note(session, actor, "lesson.way_chosen", run.person_id, now=now, lesson=row.id)
    return run


def check_answers(
    session: Session, actor: Actor, lesson_id: int, answers: Mapping[int, str], *, once: str, now: datetime
) -> LessonCheck | None:
    """Look at the answers of the self-check; each time is a row. None where the lesson asks nothing.

    once: made with the form: sent twice, it is one look.

    Raises:
        Refused, NotFound: not given to the actor. Incomplete: an answer cannot be kept.
    """
    row = given_lesson(session, actor, lesson_id)
    questions = questions_of(session, row.id)
    if not questions:
        return None
    problems = [
        problem
        for question in questions
        for problem in text_problems(f"q{question.id}", answers.get(question.id, ""), ANSWER_LONGEST)
    ]
    if problems:
        raise Incomplete(problems)
    if not 0 < len(once) <= ONCE_LONGEST:
        raise NotFound
    run = _run(session, actor, row, now)
    there = session.scalar(
        sa.select(LessonCheck).where(LessonCheck.run_id == run.id, LessonCheck.once == once)
    )
    if there is not None:
        return there
    marked = mark(questions, dict(answers))
    made = LessonCheck(
        run_id=run.id,
        once=once,
        answers=[
            {
                "id": one.question.id,
                "text": one.question.text,
                "answer": one.answer,
                "right": one.right,
                "feedback": one.question.feedback,
            }
            for one in marked
        ],
        questions=len(marked),
        right=sum(one.right is True for one in marked),
        at=now,
    )
    session.add(made)
    run.questions, run.right = made.questions, made.right
    session.flush()
    return made


def finish_lesson(
    session: Session, actor: Actor, lesson_id: int, *, well: str, hard: str, now: datetime
) -> LessonRun:
    """ "I am done": with what went well and what was hard, to talk about. Twice is once; words may change.

    Raises:
        Refused, NotFound: not given to the actor. Incomplete: a reflection is missing or too long.
    """
    row = given_lesson(session, actor, lesson_id)
    well, hard = tidy(well), tidy(hard)
    problems = text_problems("well", well, WORDS_LONGEST) + text_problems("hard", hard, WORDS_LONGEST)
    for name, words in (("well", well), ("hard", hard)):
        if not words:
            problems.append(
                Problem(name, "empty", lambda _: _("A few words are enough. You talk about it later."))
            )
    if problems:
        raise Incomplete(problems)
    run = _run(session, actor, row, now)
    if (run.well, run.hard) != (well, hard) or run.finished_at is None:
        run.well, run.hard, run.finished_at = well, hard, run.finished_at or now
        note(session, actor, "lesson.finished", run.person_id, now=now, lesson=row.id)
    return run


def given_lesson(session: Session, actor: Actor, lesson_id: int) -> Lesson:
    """A lesson that was given to the actor and goes on. Raises Refused, NotFound."""
    require(actor, Act.LEARN)
    context = course_of(session, actor)
    learner_in(session, context, actor.person_id)
    if not is_row_id(lesson_id):
        raise NotFound
    found = session.scalar(
        sa.select(Lesson).where(
            Lesson.id == lesson_id,
            Lesson.context_id == context.id,
            Lesson.ended_at.is_(None),
            Lesson.id.in_(sa.select(LessonGiven.lesson_id).where(given_to(actor.person_id, context.id))),
        )
    )
    if found is None:
        raise NotFound
    return found


def _run(session: Session, actor: Actor, row: Lesson, now: datetime) -> LessonRun:
    """The actor's run of a lesson, locked; begun now where it was not."""
    if actor.person_id is None:
        raise NotFound
    which = sa.select(LessonRun).where(LessonRun.lesson_id == row.id, LessonRun.person_id == actor.person_id)
    found = session.scalar(which.with_for_update())
    if found is not None:
        return found
    begun = LessonRun(lesson_id=row.id, person_id=actor.person_id, started_at=now, questions=0, right=0)
    begun.show = begun.well = begun.hard = ""
    try:
        with session.begin_nested():
            session.add(begun)
    except IntegrityError:
        return session.scalars(which.with_for_update()).one()
    begin_plan(session, actor.person_id, now)
    return begun


def _own_goal(session: Session, actor: Actor, goal_id: int) -> bool:
    if not is_row_id(goal_id):
        return False
    query = (
        sa.select(Goal.id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(Goal.id == goal_id, Plan.person_id == actor.person_id, Goal.state.in_(("active", "proposed")))
    )
    return session.scalar(query) is not None
