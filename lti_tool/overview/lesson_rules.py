"""Which lessons a student is offered by a visible rule, with the reason; released grades alone (B3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.plans.access import Actor
from lti_tool.plans.lessons import is_suggested
from lti_tool.records.gradebook import Item, Result, ResultVersion
from lti_tool.records.lesson import Lesson, LessonGiven, LessonRun


@dataclass(frozen=True)
class Because:
    """Why a lesson is suggested: what was under the mark. name: of the work or of the lesson before."""

    name: str
    percent: Decimal
    below: Decimal
    self_check: bool


@dataclass(frozen=True)
class Candidate:
    """A lesson the actor was given, or that a rule may suggest. because: set where the rule holds."""

    row: Lesson
    given: bool
    run: LessonRun | None
    because: Because | None


def candidates(
    session: Session, actor: Actor, context_id: int, given: Any, also: sa.ColumnElement[bool]
) -> list[Candidate]:
    """Lessons with a rule that were neither given nor answered, and those `also` picks; one statement.

    Released grades alone are looked at: a hidden one suggests nothing.
    """
    asked = sa.select(LessonGiven.lesson_id).where(
        LessonGiven.person_id == actor.person_id, LessonGiven.by_id == actor.person_id
    )
    before, before_run, own = aliased(Lesson), aliased(LessonRun), aliased(LessonRun)
    offered = sa.and_(Lesson.below.is_not(None), Lesson.id.not_in(given), Lesson.id.not_in(asked))
    me = actor.person_id
    rows = session.execute(
        sa.select(Lesson, Item, ResultVersion, before.title, before_run, own, offered)
        .outerjoin(own, sa.and_(own.lesson_id == Lesson.id, own.person_id == me))
        .outerjoin(Item, Item.id == Lesson.item_id)
        .outerjoin(Result, sa.and_(Result.item_id == Item.id, Result.person_id == me))
        .outerjoin(ResultVersion, ResultVersion.id == Result.released_version_id)
        .outerjoin(before, before.id == Lesson.after_id)
        .outerjoin(before_run, sa.and_(before_run.lesson_id == before.id, before_run.person_id == me))
        .where(
            Lesson.context_id == context_id,
            Lesson.registration_id == actor.registration_id,
            Lesson.ended_at.is_(None),
            sa.or_(also, offered),
        )
        .order_by(Lesson.id)
    )
    return [
        Candidate(row, not open_, run, _because(row, item, result, title, earlier) if open_ else None)
        for row, item, result, title, earlier, run, open_ in rows
    ]


def _because(
    row: Lesson, item: Item | None, result: ResultVersion | None, title: str | None, run: LessonRun | None
) -> Because | None:
    """Why a lesson's rule suggests it; None where it does not hold."""
    if item is not None:
        percent = _percent(item, result) if item.published and item.gone_at is None else None
    else:
        percent = Decimal(100 * run.right) / run.questions if run is not None and run.questions else None
    if percent is None or not is_suggested(percent, row.below):
        return None
    name = title or "" if item is None else item.name
    return Because(name, percent, row.below or Decimal(0), item is None)


def _percent(item: Item, result: ResultVersion | None) -> Decimal | None:
    """A released score in per cent; None where none counts."""
    if result is None or result.hidden or result.excused or result.score is None:
        return None
    possible = result.possible or item.possible
    return None if not possible or possible <= 0 else 100 * result.score / possible
