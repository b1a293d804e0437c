"""What to talk about next: lessons a student finished, with what went well and what was hard (domain.md A22).

For the draft of the next check-in and the agenda of the next conference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.records.lesson import Lesson, LessonCheck, LessonPart, LessonRun


@dataclass(frozen=True)
class FinishedLesson:
    """A lesson somebody finished. right, questions: of their newest self-check; not_yet: the questions
    that were not right in it. format, show: the ways they chose (plans.lessons.Format, Show), empty
    where none.
    """

    lesson_id: int
    title: str
    finished_at: datetime
    questions: int
    right: int
    not_yet: Sequence[str]
    well: str
    hard: str
    format: str
    show: str


def finished_lessons(
    session: Session,
    registration_id: int,
    people: Sequence[int],
    context_id: int | None,
    *,
    since: datetime | None = None,
) -> dict[int, list[FinishedLesson]]:
    """person → lessons they finished after `since` (any time where that is empty), newest first.

    Two statements for any number of people. context_id: of one course; None for all. Whether the reader may
    see these students' work in the course was asked before.
    """
    query = (
        sa.select(LessonRun, Lesson, LessonPart.format)
        .join(Lesson, Lesson.id == LessonRun.lesson_id)
        .outerjoin(LessonPart, LessonPart.id == LessonRun.part_id)
        .where(
            Lesson.registration_id == registration_id,
            LessonRun.person_id.in_(people),
            LessonRun.finished_at.is_not(None),
        )
        .order_by(LessonRun.finished_at.desc(), LessonRun.id.desc())
    )
    if context_id is not None:
        query = query.where(Lesson.context_id == context_id)
    if since is not None:
        query = query.where(LessonRun.finished_at > since)
    rows = session.execute(query).all()
    newest = _newest_checks(session, [run.id for run, *_rest in rows])
    found: dict[int, list[FinishedLesson]] = defaultdict(list)
    for run, lesson, format in rows:
        answers = newest.get(run.id, [])
        found[run.person_id].append(
            FinishedLesson(
                lesson_id=lesson.id,
                title=lesson.title,
                finished_at=run.finished_at or run.started_at,
                questions=run.questions,
                right=run.right,
                not_yet=[one["text"] for one in answers if one["right"] is not True],
                well=run.well,
                hard=run.hard,
                format=format or "",
                show=run.show,
            )
        )
    return found


def _newest_checks(session: Session, run_ids: Sequence[int]) -> dict[int, list[Any]]:
    if not run_ids:
        return {}
    newest = (
        sa.select(sa.func.max(LessonCheck.id))
        .where(LessonCheck.run_id.in_(run_ids))
        .group_by(LessonCheck.run_id)
    )
    return {
        row.run_id: row.answers
        for row in session.scalars(sa.select(LessonCheck).where(LessonCheck.id.in_(newest)))
    }
