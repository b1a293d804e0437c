"""The questions of a lesson, as the rules of lessons know them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.lessons import Question, QuestionKind
from lti_tool.records.lesson import LessonQuestion


def questions_of(session: Session, lesson_id: int) -> list[Question]:
    """The questions of a lesson in order."""
    rows = session.scalars(
        sa.select(LessonQuestion)
        .where(LessonQuestion.lesson_id == lesson_id, LessonQuestion.gone_at.is_(None))
        .order_by(LessonQuestion.position, LessonQuestion.id)
    )
    return [
        Question(row.id, QuestionKind(row.kind), row.text, row.options, row.right, row.feedback)
        for row in rows
    ]
