"""The resources and questions of a lesson: put in, moved, taken out; what was answered stays (A21, B9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.files import Received, keep_file, let_file_go
from lti_tool.planning.lessons import checked_once, staffs_lesson, work_here, write_down
from lti_tool.planning.texts import Incomplete, text_problems, tidy
from lti_tool.plans.access import Actor
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.lesson_draft import (
    TEXT_LONGEST,
    TITLE_LONGEST,
    PartDraft,
    QuestionDraft,
    lines,
    part_problems,
    question_problems,
    right_of,
)
from lti_tool.plans.lessons import PartKind, QuestionKind
from lti_tool.plans.problem import Problem
from lti_tool.records.lesson import Lesson, LessonPart, LessonQuestion
from lti_tool.records.portfolio import StoredFile

MOST = 30  # parts or questions of one lesson


def add_part(
    session: Session,
    actor: Actor,
    lesson_id: int,
    draft: PartDraft,
    received: Received | None,
    *,
    once: str,
    quota: int,
    now: datetime,
) -> LessonPart:
    """One more resource, at the end. received: the file of one that is a file.

    Raises:
        Refused, NotFound, Incomplete.
    """
    row = staffs_lesson(session, actor, lesson_id)
    once = checked_once(once)
    there = session.scalar(
        sa.select(LessonPart).where(LessonPart.lesson_id == row.id, LessonPart.once == once)
    )
    if there is not None:
        return there
    draft = replace(draft, name=tidy(draft.name), url=draft.url.strip())
    item = work_here(session, row.context_id, draft.item_id) if draft.kind == PartKind.WORK else None
    draft = replace(draft, item_id=None if item is None else item.id)
    problems = part_problems(draft, has_file=received is not None)
    problems += text_problems("name", draft.name, TITLE_LONGEST)
    problems += _room(session, LessonPart, row.id)
    if problems:
        raise Incomplete(problems)
    kept = _kept(session, actor, received, quota) if received is not None else None
    part = LessonPart(
        lesson_id=row.id,
        once=once,
        position=_next_position(session, LessonPart, row.id),
        kind=draft.kind,
        format=draft.format,
        name=draft.name or (item.name if item else received.name if received else ""),
        url=draft.url if draft.kind == PartKind.LINK else "",
        item_id=draft.item_id,
        file_id=None if kept is None else kept.id,
    )
    session.add(part)
    session.flush()
    write_down(session, actor, row, "part_added", now)
    return part


def add_question(
    session: Session, actor: Actor, lesson_id: int, draft: QuestionDraft, *, once: str, now: datetime
) -> LessonQuestion:
    """One more question of the self-check, at the end. Raises Refused, NotFound, Incomplete."""
    row = staffs_lesson(session, actor, lesson_id)
    once = checked_once(once)
    there = session.scalar(
        sa.select(LessonQuestion).where(LessonQuestion.lesson_id == row.id, LessonQuestion.once == once)
    )
    if there is not None:
        return there
    draft = replace(draft, text=tidy(draft.text), feedback=tidy(draft.feedback))
    problems = question_problems(draft)
    for name in ("text", "options", "right", "feedback"):
        problems += text_problems(name, getattr(draft, name), TEXT_LONGEST)
    problems += _room(session, LessonQuestion, row.id)
    if problems:
        raise Incomplete(problems)
    question = LessonQuestion(
        lesson_id=row.id,
        once=once,
        position=_next_position(session, LessonQuestion, row.id),
        kind=draft.kind,
        text=draft.text,
        options=lines(draft.options) if draft.kind == QuestionKind.CHOICE else [],
        right=right_of(draft),
        feedback=draft.feedback,
    )
    session.add(question)
    session.flush()
    write_down(session, actor, row, "question_added", now)
    return question


def remove_part(session: Session, actor: Actor, lesson_id: int, part_id: int, *, now: datetime) -> None:
    """Take a resource out; what students chose stays written down. Raises Refused, NotFound."""
    row = staffs_lesson(session, actor, lesson_id)
    part = _piece(session, LessonPart, row, part_id)
    if part.gone_at is None:
        part.gone_at = now
        let_file_go(session, part.file_id, now=now)
        part.file_id = None
        write_down(session, actor, row, "part_removed", now)


def remove_question(
    session: Session, actor: Actor, lesson_id: int, question_id: int, *, now: datetime
) -> None:
    """Take a question out; what was answered keeps its words. Raises Refused, NotFound."""
    row = staffs_lesson(session, actor, lesson_id)
    question = _piece(session, LessonQuestion, row, question_id)
    if question.gone_at is None:
        question.gone_at = now
        write_down(session, actor, row, "question_removed", now)


def move_part(session: Session, actor: Actor, lesson_id: int, part_id: int, *, now: datetime) -> None:
    """Put a resource one place earlier. Raises Refused, NotFound."""
    row = staffs_lesson(session, actor, lesson_id)
    part = _piece(session, LessonPart, row, part_id)
    before = session.scalar(
        sa.select(LessonPart)
        .where(
            LessonPart.lesson_id == row.id,
            LessonPart.gone_at.is_(None),
            LessonPart.position < part.position,
        )
        .order_by(LessonPart.position.desc())
        .limit(1)
    )
    if before is not None:
        before.position, part.position = part.position, before.position
        write_down(session, actor, row, "part_moved", now)


def _kept(session: Session, actor: Actor, received: Received, quota: int) -> StoredFile:
    try:
        return keep_file(session, actor, received, quota=quota)
    except Incomplete:
        full = Problem(
            "file",
            "quota",
            lambda _: _("There is no more room for your files. Take one out, or add a link instead."),
        )
        raise Incomplete([full]) from None


def _room(session: Session, record: Any, lesson_id: int) -> Sequence[Problem]:
    count = session.scalar(
        sa.select(sa.func.count())
        .select_from(record)
        .where(record.lesson_id == lesson_id, record.gone_at.is_(None))
    )
    if (count or 0) < MOST:
        return []
    return [Problem("", "many", lambda _: _("That is enough for one lesson. Make a second one."))]


def _next_position(session: Session, record: Any, lesson_id: int) -> int:
    newest = session.scalar(sa.select(sa.func.max(record.position)).where(record.lesson_id == lesson_id))
    return (newest or 0) + 1


def _piece(session: Session, record: Any, row: Lesson, piece_id: int) -> Any:
    found = session.get(record, piece_id) if is_row_id(piece_id) else None
    if found is None or found.lesson_id != row.id:
        raise NotFound
    return found
