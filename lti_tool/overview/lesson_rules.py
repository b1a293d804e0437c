"""Which lessons a student is offered by a visible rule, with the reason; released grades alone (B3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.access import Actor
from lti_tool.plans.lessons import is_suggested
from lti_tool.records.addressed import given_to
from lti_tool.records.base import Plain, table_of
from lti_tool.records.gradebook import Item, Result, ResultVersion
from lti_tool.records.lesson import Lesson, LessonGiven, LessonRun
from lti_tool.records.prepared import Prepared


@dataclass(frozen=True)
class Because:
    """Why a lesson is suggested: what was under the mark. name: of the work or of the lesson before."""

    name: str
    percent: Decimal
    below: Decimal
    self_check: bool


@dataclass(frozen=True)
class Candidate:
    """A lesson the actor was given, or that a rule may suggest. because: set where the rule holds.

    row, run: values of the lesson and of the actor's run through it, None where there is none.
    """

    row: Any
    given: bool
    run: Any
    because: Because | None


_before = table_of(Lesson).alias("lesson_before")
_RUN = ("id", "part_id", "show", "questions", "right", "finished_at")
_own, _before_run = table_of(LessonRun).alias("own_run"), table_of(LessonRun).alias("run_before")
_PARTS = Plain(
    (Lesson, ("id", "title", "aim", "topic", "shows", "below")),
    (Item, ("id", "name", "possible", "published", "gone_at")),
    (ResultVersion, ("id", "score", "possible", "hidden", "excused")),
)
_lesson, _item, _result, _version = map(table_of, (Lesson, Item, Result, ResultVersion))


def candidates(
    session: Session, actor: Actor, context_id: int, given: Any, also: sa.ColumnElement[bool]
) -> list[Candidate]:
    """Lessons with a rule that were neither given nor answered, and those `also` picks; one statement.

    Released grades alone are looked at: a hidden one suggests nothing.
    """
    query = _query(actor.person_id, context_id, actor.registration_id, given, also)
    return _candidates(session.execute(query))


def candidates_at_home(session: Session, actor: Actor) -> list[Candidate]:
    """The same with those that were given to the actor in their course."""
    me = {"person": actor.person_id, "registration": actor.registration_id, "context": actor.context_id or 0}
    return _candidates(_AT_HOME.read(session, me))


def _query(me: Any, context_id: Any, registration_id: Any, given: Any, also: Any) -> Any:
    asked = sa.select(LessonGiven.lesson_id).where(LessonGiven.person_id == me, LessonGiven.by_id == me)
    offered = sa.and_(_lesson.c.below.is_not(None), _lesson.c.id.not_in(given), _lesson.c.id.not_in(asked))
    return (
        sa.select(
            *_PARTS.columns,
            *(_own.c[name].label(f"own_{name}") for name in _RUN),
            _before.c.title.label("before"),
            _before_run.c.questions.label("before_questions"),
            _before_run.c.right.label("before_right"),
            offered.label("offered"),
        )
        .select_from(_lesson)
        .outerjoin(_own, sa.and_(_own.c.lesson_id == _lesson.c.id, _own.c.person_id == me))
        .outerjoin(_item, _item.c.id == _lesson.c.item_id)
        .outerjoin(_result, sa.and_(_result.c.item_id == _item.c.id, _result.c.person_id == me))
        .outerjoin(_version, _version.c.id == _result.c.released_version_id)
        .outerjoin(_before, _before.c.id == _lesson.c.after_id)
        .outerjoin(
            _before_run, sa.and_(_before_run.c.lesson_id == _before.c.id, _before_run.c.person_id == me)
        )
        .where(
            _lesson.c.context_id == context_id,
            _lesson.c.registration_id == registration_id,
            _lesson.c.ended_at.is_(None),
            sa.or_(also, offered),
        )
        .order_by(_lesson.c.id)
    )


def _at_home() -> Any:
    me: Any = sa.bindparam("person", type_=sa.Integer)
    context_id: Any = sa.bindparam("context", type_=sa.Integer)
    given = sa.select(LessonGiven.lesson_id).where(given_to(me, context_id))
    return _query(me, context_id, sa.bindparam("registration"), given, _lesson.c.id.in_(given))


_AT_HOME = Prepared(_at_home())


def _candidates(rows: Iterable[Any]) -> list[Candidate]:
    found = []
    for values in rows:
        row, item, result, *rest = _PARTS.split(tuple(values))
        run = SimpleNamespace(**dict(zip(_RUN, rest, strict=False)))
        title, questions, right, offered = rest[len(_RUN) :]
        because = _because(row, item, result, title, (questions, right)) if offered else None
        found.append(Candidate(row, not offered, run if run.id is not None else None, because))
    return found


def _because(
    row: Any, item: Any, result: Any, title: str | None, check: tuple[int | None, int | None]
) -> Because | None:
    """Why a lesson's rule suggests it; None where it does not hold. check: (questions, right) before."""
    if item.id is not None:
        percent = _percent(item, result) if item.published and item.gone_at is None else None
    else:
        percent = Decimal(100 * (check[1] or 0)) / check[0] if check[0] else None
    if percent is None or not is_suggested(percent, row.below):
        return None
    name = title or "" if item.id is None else item.name
    return Because(name, percent, row.below or Decimal(0), item.id is None)


def _percent(item: Any, result: Any) -> Decimal | None:
    """A released score in per cent; None where none counts."""
    if result.id is None or result.hidden or result.excused or result.score is None:
        return None
    possible = result.possible or item.possible
    return None if not possible or possible <= 0 else Decimal(100 * result.score / possible)
