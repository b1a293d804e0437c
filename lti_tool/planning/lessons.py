"""Making lessons, and their head; staff of the course alone (domain.md A21, B9, B16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import check_version
from lti_tool.planning.once import added_once
from lti_tool.planning.scope import course_of
from lti_tool.planning.texts import Incomplete, text_problems, tidy
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.lesson_draft import (
    TEXT_LONGEST,
    TITLE_LONGEST,
    LessonDraft,
    lesson_problems,
    per_cent,
)
from lti_tool.plans.problem import Problem
from lti_tool.records.audit import AuditEntry
from lti_tool.records.gradebook import Item
from lti_tool.records.lesson import Lesson

ONCE_LONGEST = 64
TOPIC_LONGEST = 500

log = structlog.get_logger()


def make_lesson(session: Session, actor: Actor, draft: LessonDraft, *, once: str, now: datetime) -> Lesson:
    """A new lesson of the actor's course; nobody sees it before it is given.

    Raises:
        Refused, NotFound: not staff of a course. Incomplete: what was typed cannot be kept.
    """
    require(actor, Act.MAKE_LESSON)
    context = course_of(session, actor)
    once = checked_once(once)
    which = sa.select(Lesson).where(Lesson.context_id == context.id, Lesson.once == once)
    there = session.scalar(which)
    if there is not None:
        return there
    row = Lesson(
        registration_id=context.registration_id,
        context_id=context.id,
        once=once,
        title="",
        made_by_id=actor.person_id,
        made_at=now,
        changed_at=now,
        version=1,
    )
    _fill(session, row, draft)
    there = added_once(session, row, which)
    if there is not row:
        return there
    write_down(session, actor, row, "made", now)
    return row


def save_lesson(
    session: Session, actor: Actor, lesson_id: int, draft: LessonDraft, *, seen: int, now: datetime
) -> Lesson:
    """Change the head of a lesson. seen: the version the form was made from.

    Raises:
        Refused, NotFound, Incomplete. Overtaken: somebody else saved it meanwhile.
    """
    row = staffs_lesson(session, actor, lesson_id)
    wanted = {"title": tidy(draft.title), "aim": tidy(draft.aim), "topic": tidy(draft.topic)}
    check_version(row, seen, {name: getattr(row, name) for name in wanted}, wanted)  # type: ignore[arg-type]
    _fill(session, row, draft)
    row.version, row.changed_at = row.version + 1, now
    write_down(session, actor, row, "changed", now)
    return row


def end_lesson(session: Session, actor: Actor, lesson_id: int, *, now: datetime) -> None:
    """Students do not see it any more; what they wrote stays. Again: they do. Raises Refused, NotFound."""
    row = staffs_lesson(session, actor, lesson_id)
    row.ended_at = now if row.ended_at is None else None
    write_down(session, actor, row, "ended" if row.ended_at else "opened", now)


def staffs_lesson(session: Session, actor: Actor, lesson_id: int) -> Lesson:
    """A lesson of the actor's course. Raises Refused, NotFound."""
    require(actor, Act.MAKE_LESSON)
    context = course_of(session, actor)
    row = session.get(Lesson, lesson_id, with_for_update=True) if is_row_id(lesson_id) else None
    if row is None or row.context_id != context.id or row.registration_id != actor.registration_id:
        raise NotFound
    return row


def work_here(session: Session, context_id: int, item_id: int | None) -> Item | None:
    """Work of the course that students can see; None for anything else."""
    item = session.get(Item, item_id) if is_row_id(item_id) else None
    if item is None or item.context_id != context_id or item.gone_at is not None or not item.published:
        return None
    return item


def write_down(session: Session, actor: Actor, row: Lesson, what: str, now: datetime) -> None:
    """What was done to a lesson, by ids only."""
    session.add(
        AuditEntry(
            registration_id=row.registration_id,
            actor_id=actor.person_id,
            actor_role=actor.role.value,
            act=f"lesson.{what}",
            subject=f"lesson:{row.id}",
            context_id=row.context_id,
            at=now,
        )
    )
    session.flush()
    log.info("lesson.changed", lesson_id=row.id, what=what)


def _fill(session: Session, row: Lesson, draft: LessonDraft) -> None:
    draft = replace(draft, title=tidy(draft.title), aim=tidy(draft.aim), topic=tidy(draft.topic))
    problems = lesson_problems(draft)
    problems += text_problems("title", draft.title, TITLE_LONGEST)
    problems += text_problems("aim", draft.aim, TEXT_LONGEST)
    problems += text_problems("topic", draft.topic, TOPIC_LONGEST)
    if draft.item_id is not None and work_here(session, row.context_id, draft.item_id) is None:
        problems.append(Problem("item_id", "work", lambda _: _("Choose work of this course.")))
    after = session.get(Lesson, draft.after_id) if is_row_id(draft.after_id) else None
    if draft.after_id is not None and (
        after is None or after.context_id != row.context_id or after.id == row.id
    ):
        problems.append(Problem("after_id", "after", lambda _: _("Choose another lesson of this course.")))
    if problems:
        raise Incomplete(problems)
    row.title, row.aim, row.topic = draft.title, draft.aim, draft.topic
    row.shows = list(dict.fromkeys(draft.shows))
    row.item_id, row.after_id = draft.item_id, draft.after_id
    row.below = per_cent(draft.below) if draft.below else None


def checked_once(once: str) -> str:
    """A form's own key, if it can be one. Raises NotFound."""
    if not 0 < len(once) <= ONCE_LONGEST:
        raise NotFound
    return once
