"""What happened to a goal: what people said and decided, how its number moved, and what was behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.records.course import Person
from lti_tool.records.goal import GoalValue, GoalVersion, Reading
from lti_tool.records.gradebook import Item, ResultVersion

HISTORY_MOST = 40


@dataclass(frozen=True)
class Event:
    """Something that happened to a goal. what: a version's (`made`, `accepted`, …) or `value`.

    who: a person's name, empty for the system. item: the work a version is about.
    grades: (item, points, possible) that came in with a value; cause: what else moved it. behind: all the
    value was made of; why: how, as it is kept with it.
    """

    at: datetime
    what: str
    who: str = ""
    who_id: int | None = None
    reason: str = ""
    before: Decimal | None = None
    after: Decimal | None = None
    grades: Sequence[tuple[str, Decimal, Decimal | None]] = ()
    item: str = ""
    cause: str = ""
    behind: Sequence[Behind] = ()
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Behind:
    """A reading behind a past value. reason: why it did not count, empty where it did."""

    item: str
    score: Decimal | None
    possible: Decimal | None
    reason: str
    read_at: datetime | None


def history_of(session: Session, goal_id: int, zone: tzinfo) -> list[Event]:
    """The newest changes first: what people said and decided, and how the number moved."""
    versions = session.execute(
        sa.select(GoalVersion, Person.name)
        .outerjoin(Person, Person.id == GoalVersion.author_id)
        .where(GoalVersion.goal_id == goal_id)
        .order_by(GoalVersion.number.desc())
        .limit(HISTORY_MOST)
    )
    events = [
        Event(
            row.at.astimezone(zone),
            row.what,
            name or "",
            row.author_id,
            row.reason,
            item=row.content.get("item_name", ""),
        )
        for row, name in versions
    ]
    events += _value_events(session, goal_id, zone)
    return sorted(events, key=lambda event: (event.at, event.what == "value"), reverse=True)[:HISTORY_MOST]


def _value_events(session: Session, goal_id: int, zone: tzinfo) -> list[Event]:
    rows = session.scalars(
        sa.select(GoalValue)
        .where(GoalValue.goal_id == goal_id)
        .order_by(GoalValue.id.desc())
        .limit(HISTORY_MOST + 1)
    ).all()
    came_in = _came_in(session, goal_id)
    behind = _behind(session, rows, zone)
    before: Decimal | None = None
    events = []
    for row in reversed(rows):
        if row.value != before:
            events.append(
                Event(
                    row.at.astimezone(zone),
                    "value",
                    before=before,
                    after=row.value,
                    grades=came_in.get(row.at, ()),
                    cause=(row.why or {}).get("cause", ""),
                    behind=behind.get(row.id, ()),
                    why=row.why or {},
                )
            )
        before = row.value
    return events


def _behind(session: Session, rows: Sequence[GoalValue], zone: tzinfo) -> dict[int, list[Behind]]:
    """value → the readings it was made of, as they were then. Two statements for all."""
    seen = {row.id: (row.why or {}).get("seen", []) for row in rows}
    lines = [line for every in seen.values() for line in every]
    item_ids, version_ids = {line[0] for line in lines}, {line[1] for line in lines if line[1]}
    names = {
        row.id: row.name
        for row in session.execute(sa.select(Item.id, Item.name).where(Item.id.in_(item_ids)))
    }
    versions = {
        row.id: row
        for row in session.execute(
            sa.select(ResultVersion.id, ResultVersion.score, ResultVersion.read_at).where(
                ResultVersion.id.in_(version_ids)
            )
        )
    }

    def one(line: list[Any]) -> Behind:
        item_id, version_id, reason, possible = line[:4]
        version = versions.get(version_id)
        return Behind(
            item=names.get(item_id, ""),
            score=None if version is None else version.score,
            possible=None if possible is None else Decimal(possible),
            reason=reason,
            read_at=None if version is None else version.read_at.astimezone(zone),
        )

    return {row_id: [one(line) for line in every] for row_id, every in seen.items()}


def _came_in(session: Session, goal_id: int) -> dict[datetime, list[tuple[str, Decimal, Decimal | None]]]:
    """When → the grades that began to count then."""
    found: dict[datetime, list[tuple[str, Decimal, Decimal | None]]] = defaultdict(list)
    query = (
        sa.select(Reading.at, Item.name, ResultVersion.score, ResultVersion.possible, Item.possible)
        .join(Item, Item.id == Reading.item_id)
        .join(ResultVersion, ResultVersion.id == Reading.version_id)
        .where(Reading.goal_id == goal_id, Reading.counted, ResultVersion.score.is_not(None))
        .order_by(Reading.id.desc())
        .limit(HISTORY_MOST * 5)
    )
    for at, name, score, possible, item_possible in session.execute(query):
        if score is not None:
            found[at].append((name, score, possible if possible is not None else item_possible))
    return found
