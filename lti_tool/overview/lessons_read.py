"""A student's lessons for who reads along: the family sees what they are and how far, no answers (A21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.lessons import may_read_words
from lti_tool.records.addressed import given_to
from lti_tool.records.course import Context, Membership
from lti_tool.records.learners import learns_in
from lti_tool.records.lesson import Lesson, LessonGiven, LessonRun

LESSONS_MOST = 50


@dataclass(frozen=True)
class LessonRead:
    """state: `new`, `begun` or `done`. questions, right, well, hard: empty for whoever does not read them."""

    title: str
    aim: str
    course: str
    state: str
    finished_at: datetime | None
    questions: int = 0
    right: int = 0
    well: str = ""
    hard: str = ""


def lessons_read(
    session: Session,
    registration_id: int,
    person_id: int,
    reader: str,
    *,
    context_id: int | None,
    zone: tzinfo,
) -> Sequence[LessonRead]:
    """Lessons given to a student who learns in their course, and those they began, newest first.

    reader: a key of plans.profile.MAY_READ. context_id: of one course; empty for all. One statement.

    Whether they may read this student's plan at all was asked before.
    """
    given = sa.select(LessonGiven.lesson_id).where(given_to(person_id, Lesson.context_id))
    learns = sa.exists().where(
        learns_in(Lesson.context_id),
        Membership.person_id == person_id,
    )
    theirs = sa.and_(LessonRun.lesson_id == Lesson.id, LessonRun.person_id == person_id)
    query = (
        sa.select(Lesson, LessonRun, Context.title)
        .join(Context, Context.id == Lesson.context_id)
        .outerjoin(LessonRun, theirs)
        .where(
            Lesson.registration_id == registration_id,
            sa.or_(
                LessonRun.id.is_not(None),
                sa.and_(Lesson.ended_at.is_(None), learns, Lesson.id.in_(given)),
            ),
        )
        .order_by(Lesson.id.desc())
        .limit(LESSONS_MOST)
    )
    if context_id is not None:
        query = query.where(Lesson.context_id == context_id)
    words = may_read_words(reader)
    return [_read(row, run, title or "", zone, words=words) for row, run, title in session.execute(query)]


def _read(row: Lesson, run: LessonRun | None, course: str, zone: tzinfo, *, words: bool) -> LessonRead:
    if run is None:
        return LessonRead(row.title, row.aim, course, "new", None)
    if run.finished_at is None:
        return LessonRead(row.title, row.aim, course, "begun", None)
    done = LessonRead(row.title, row.aim, course, "done", run.finished_at.astimezone(zone))
    if not words:
        return done
    return LessonRead(
        *(done.title, done.aim, done.course, done.state, done.finished_at),
        *(run.questions, run.right, run.well, run.hard),
    )
