"""What happened to a goal's steps, newest first: who wrote, answered, moved or ended one, and why (A24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.records.course import Person
from lti_tool.records.history import Change
from lti_tool.records.step import Step, StepVersion

SHOWN_MOST = 100


@dataclass(frozen=True)
class StepChange:
    """One version of a step. who: empty for the system. due_on: the day it then had. at: course's zone."""

    title: str
    what: str
    who: str
    who_id: int | None
    reason: str
    due_on: date | None
    at: datetime


def step_changes(session: Session, goal_id: int, zone: tzinfo) -> Sequence[StepChange]:
    """Of all steps of a goal, from both places where versions stand; whether anybody may: asked before."""
    newer = session.execute(
        sa.select(Change, Person)
        .join(Step, sa.and_(Step.id == Change.subject_id, Change.subject == "step"))
        .outerjoin(Person, Person.id == Change.author_id)
        .where(Step.goal_id == goal_id)
        .order_by(Change.at.desc(), Change.id.desc())
        .limit(SHOWN_MOST)
    ).all()
    older = session.execute(
        sa.select(StepVersion, Person)
        .join(Step, Step.id == StepVersion.step_id)
        .outerjoin(Person, Person.id == StepVersion.author_id)
        .where(Step.goal_id == goal_id)
        .order_by(StepVersion.at.desc(), StepVersion.id.desc())
        .limit(SHOWN_MOST)
    ).all()
    rows: list[Any] = [*newer, *older]
    return [_line(row, author, zone) for row, author in rows]


def _line(row: Change | StepVersion, author: Person | None, zone: tzinfo) -> StepChange:
    content = row.content
    due = content.get("due_on")
    if content.get("item_due_on"):
        due = content["item_due_on"]
    return StepChange(
        title=str(content.get("title", "")),
        what=row.what,
        who="" if author is None else display_name(author),
        who_id=row.author_id,
        reason=row.reason,
        due_on=date.fromisoformat(due) if due else None,
        at=row.at.astimezone(zone),
    )
