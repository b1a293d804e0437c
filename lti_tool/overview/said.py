"""What people said of readings: a goal's doubts with their answers, and the teachers' list of a course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.ends import End, ends_changed
from lti_tool.overview.entries import entries_waiting
from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.overview.suggestions import Answered, answered_of
from lti_tool.overview.versions import Unanswered, unanswered
from lti_tool.overview.wishes import Wish, wishes_of
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.suggestions import Way
from lti_tool.records.course import Person
from lti_tool.records.goal import Goal
from lti_tool.records.gradebook import Item
from lti_tool.records.said import Doubt, LeftOut
from lti_tool.records.suggestion import Suggestion

ANSWERED_SHOWN = timedelta(days=30)
SHOWN_MOST = 200
_Who = aliased(Person)


@dataclass(frozen=True)
class DoubtView:
    """A reading somebody says looks wrong. item: its name, empty where the whole number is meant.

    by: the student's name. answer: empty while it waits. Times in the course's zone.
    """

    id: int
    goal_id: int
    goal: str
    person_id: int
    by: str
    item: str
    words: str
    at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None


@dataclass(frozen=True)
class Left:
    """A piece of work a teacher leaves out of a goal now, and why."""

    item_id: int
    reason: str
    by: str
    at: datetime


def doubts_of_goal(session: Session, goal_id: int, zone: tzinfo) -> list[DoubtView]:
    """A goal's doubts, newest first. Whether anybody may read them: asked before."""
    return [_view(row, zone) for row in session.execute(_query().where(Doubt.goal_id == goal_id))]


@dataclass(frozen=True)
class DoubtList:
    """The teachers' list: what waits, the oldest first, and what was answered in the last 30 days.

    talks: asked for and not had yet. ticks: (goal, title, how many lines wait for a teacher's tick).
    ends: that a late grade changed or would change. wishes: goals that could not start yet.
    unanswered: what waits for a student for over a week.
    """

    course: str
    waiting: Sequence[DoubtView]
    answered: Sequence[DoubtView]
    today: Any
    talks: Sequence[Answered] = ()
    ticks: Sequence[tuple[int, str, int]] = ()
    ends: Sequence[End] = ()
    wishes: Sequence[Wish] = ()
    unanswered: Sequence[Unanswered] = ()


def doubt_list(session: Session, actor: Actor, context_id: int | None, *, now: datetime) -> DoubtList:
    """The readings of a course that look wrong to students. Raises Refused, NotFound."""
    require(actor, Act.ANSWER_DOUBT)
    here = place(session, actor, context_id)
    recent = sa.or_(Doubt.answered_at.is_(None), Doubt.answered_at > now - ANSWERED_SHOWN)
    rows = session.execute(_query().where(Goal.context_id == here.context.id, recent).limit(SHOWN_MOST))
    found = [_view(row, here.zone) for row in rows]
    waiting = [one for one in found if one.answered_at is None]
    answered = [one for one in found if one.answered_at is not None]
    talks = answered_of(
        session,
        here.zone,
        now,
        Goal.context_id == here.context.id,
        Suggestion.way == Way.TALK.value,
        Suggestion.settled_at.is_(None),
    )
    ticks = entries_waiting(session, here.context.id)
    ends = ends_changed(session, now, here.context.id)
    today = now.astimezone(here.zone).date()
    wishes = wishes_of(session, here.context.id, here.zone)
    return DoubtList(
        here.title,
        waiting[::-1],
        answered,
        today,
        talks[::-1],
        ticks,
        ends,
        wishes,
        unanswered(session, here.context.id, now=now),
    )


def doubts_waiting(session: Session, context_id: int) -> int:
    """How many wait for an answer in a course."""
    query = (
        sa.select(sa.func.count())
        .select_from(Doubt)
        .join(Goal, Goal.id == Doubt.goal_id)
        .where(Goal.context_id == context_id, Doubt.answered_at.is_(None))
    )
    return session.scalar(query) or 0


def left_out_of(session: Session, goal_ids: Sequence[int], zone: tzinfo) -> dict[int, dict[int, Left]]:
    """goal → item → who leaves it out now and why."""
    found: dict[int, dict[int, Left]] = {}
    rows = session.execute(
        sa.select(LeftOut, Person.name)
        .outerjoin(Person, Person.id == LeftOut.by_id)
        .where(LeftOut.goal_id.in_(goal_ids), LeftOut.back_at.is_(None))
    )
    for row, name in rows:
        left = Left(row.item_id, row.reason, name or "", row.at.astimezone(zone))
        found.setdefault(row.goal_id, {})[row.item_id] = left
    return found


def _query() -> Any:
    return (
        sa.select(Doubt, Goal.title, Person, _Who.name.label("answered_by"), Item.name.label("item"))
        .join(Goal, Goal.id == Doubt.goal_id)
        .join(Person, Person.id == Doubt.person_id)
        .outerjoin(_Who, _Who.id == Doubt.answered_by_id)
        .outerjoin(Item, Item.id == Doubt.item_id)
        .order_by(Doubt.id.desc())
    )


def _view(row: Any, zone: tzinfo) -> DoubtView:
    doubt: Doubt = row.Doubt
    answered_at = doubt.answered_at
    return DoubtView(
        id=doubt.id,
        goal_id=doubt.goal_id,
        goal=row.title,
        person_id=row.Person.id,
        by=display_name(row.Person),
        item=row.item or "",
        words=doubt.words,
        at=doubt.at.astimezone(zone),
        answer=doubt.answer,
        answered_by=row.answered_by or "",
        answered_at=None if answered_at is None else answered_at.astimezone(zone),
    )
