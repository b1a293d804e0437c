"""What was written down for a goal counted by hand, newest first, with who said it and who saw it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.records.course import Person
from lti_tool.records.goal import Goal, GoalEntry

SHOWN_MOST = 200
_Ticker = aliased(Person)


@dataclass(frozen=True)
class EntryView:
    """A line. by_student: the student said it themselves. ticked_by: empty while nobody saw it."""

    id: int
    on: date
    value: Decimal
    name: str
    note: str
    by: str
    by_student: bool
    at: datetime
    is_ticked: bool
    ticked_by: str


def entries_of(session: Session, goal_id: int, zone: tzinfo) -> list[EntryView]:
    """A goal's lines, newest first. Whether anybody may read them: asked before."""
    rows = session.execute(
        sa.select(GoalEntry, Person.name, _Ticker.name.label("ticker"))
        .outerjoin(Person, Person.id == GoalEntry.by_id)
        .outerjoin(_Ticker, _Ticker.id == GoalEntry.verified_by_id)
        .where(GoalEntry.goal_id == goal_id)
        .order_by(GoalEntry.on.desc(), GoalEntry.id.desc())
        .limit(SHOWN_MOST)
    )
    return [
        EntryView(
            id=row.id,
            on=row.on,
            value=row.value,
            name=row.name,
            note=row.note,
            by=name or "",
            by_student=row.by_role == "student",
            at=row.at.astimezone(zone),
            is_ticked=row.verified_at is not None,
            ticked_by=ticker or "",
        )
        for row, name, ticker in rows
    ]


def entries_waiting(session: Session, context_id: int) -> list[tuple[int, str, int]]:
    """(goal id, title, how many lines wait for a tick) of goals in a course that ask for one."""
    rows = session.execute(
        sa.select(Goal.id, Goal.title, Goal.params, sa.func.count(GoalEntry.id))
        .join(GoalEntry, GoalEntry.goal_id == Goal.id)
        .where(Goal.context_id == context_id, Goal.state == "active", GoalEntry.verified_at.is_(None))
        .group_by(Goal.id, Goal.title)
        .order_by(Goal.id)
        .limit(SHOWN_MOST)
    )
    return [(row[0], row[1], row[3]) for row in rows if (row[2] or {}).get("needs_tick")]
