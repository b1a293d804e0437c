""" "This looks wrong": a student says it of a reading, and a teacher of the course answers (domain.md §3)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.finding import course_goal, item_of, own_goal
from lti_tool.planning.notes import note
from lti_tool.planning.said_words import checked_words
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.ids import is_row_id
from lti_tool.records.goal import Reading
from lti_tool.records.said import Doubt

log = structlog.get_logger()


def doubt_reading(
    session: Session, actor: Actor, goal_id: int, item_id: int | None, words: str, *, now: datetime
) -> Doubt:
    """Put a reading on the teachers' list; item_id None: the number as a whole.

    While one waits for its answer a second one of the same reading changes its words.

    Raises:
        Refused, NotFound: the actor may not, or it is not work of the actor's own goal.
        GoalRefused: no words, or such that cannot be kept.
    """
    require(actor, Act.DOUBT_READING)
    found = own_goal(session, actor, goal_id)
    if item_id is not None:
        item_of(session, found.goal, item_id)
    said = checked_words(words, "words", lambda _: _("Say what looks wrong."))
    same = Doubt.item_id.is_(None) if item_id is None else Doubt.item_id == item_id
    waiting = session.scalars(
        sa.select(Doubt).where(Doubt.goal_id == goal_id, same, Doubt.answered_at.is_(None))
    ).one_or_none()
    if waiting is not None:
        waiting.words = said
        return waiting
    doubt = Doubt(
        goal_id=goal_id,
        item_id=item_id,
        version_id=_seen_version(session, goal_id, item_id),
        person_id=found.person_id,
        words=said,
        at=now,
    )
    session.add(doubt)
    session.flush()
    note(session, actor, "doubt.said", found.person_id, now=now, goal=goal_id, doubt=doubt.id)
    log.info("doubt.said", goal_id=goal_id, doubt_id=doubt.id)
    return doubt


def _seen_version(session: Session, goal_id: int, item_id: int | None) -> int | None:
    if item_id is None:
        return None
    return session.scalar(
        sa.select(Reading.version_id)
        .where(Reading.goal_id == goal_id, Reading.item_id == item_id)
        .order_by(Reading.id.desc())
        .limit(1)
    )


def answer_doubt(session: Session, actor: Actor, doubt_id: int, answer: str, *, now: datetime) -> Doubt:
    """A teacher's answer, which the student reads. The first one stands.

    Raises:
        Refused, NotFound: the actor may not, or it is not of the actor's course.
        GoalRefused: no words, or such that cannot be kept.
    """
    require(actor, Act.ANSWER_DOUBT)
    doubt = session.get(Doubt, doubt_id, with_for_update=True) if is_row_id(doubt_id) else None
    if doubt is None:
        raise NotFound
    found = course_goal(session, actor, doubt.goal_id)
    if doubt.answered_at is not None:
        return doubt
    doubt.answer = checked_words(answer, "answer", lambda _: _("Write an answer. The student reads it."))
    doubt.answered_by_id, doubt.answered_at = actor.person_id, now
    note(session, actor, "doubt.answered", found.person_id, now=now, goal=doubt.goal_id, doubt=doubt.id)
    log.info("doubt.answered", goal_id=doubt.goal_id, doubt_id=doubt.id)
    return doubt
