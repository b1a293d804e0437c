"""Where a goal comes from: goal → gap → artifact → conference, its round, and the strength that helps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.whose import OfGoals, Wanted
from lti_tool.plans.access import Actor
from lti_tool.records.conference import Conference
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.portfolio import Artifact
from lti_tool.records.profile import Entry, Round

_Strength = aliased(Entry)


@dataclass(frozen=True)
class Roots:
    """What a goal grew from; each part may be empty. kind: of the entry, plans.profile.Kind."""

    gap_id: int | None
    kind: str
    topic: str
    gap: str
    artifact_id: int | None
    artifact: str
    conference_id: int | None
    conference_at: datetime | None
    round: str
    strength_id: int | None
    strength: str


def roots_of(session: Session, actor: Actor, goal_ids: Sequence[int]) -> dict[int, Roots]:
    """goal → its roots, for goals the actor reads already; one statement. Drafts of others stay unseen."""
    if not goal_ids:
        return {}
    wanted = (Goal.id.in_(goal_ids), Plan.registration_id == actor.registration_id)
    return _rooted(session.execute(_query(*wanted), {"me": actor.person_id or -1}))


def roots_in(session: Session, actor: Actor, wanted: Wanted) -> dict[int, Roots]:
    """The same for goals that a page tells of."""
    return _rooted(_ROOTS.read(session, wanted, me=actor.person_id or -1))


def _query(*goals: sa.ColumnElement[bool]) -> Any:
    """Its columns have the names of Roots. `me`: who reads."""
    me = sa.bindparam("me", type_=sa.Integer)
    return (
        sa.select(
            Goal.id.label("goal_id"),
            Entry.id.label("gap_id"),
            Entry.kind,
            Entry.topic,
            Entry.text.label("gap"),
            Artifact.id.label("artifact_id"),
            Artifact.title.label("artifact"),
            Conference.id.label("conference_id"),
            sa.func.coalesce(Conference.held_at, Conference.at).label("conference_at"),
            Round.kind.label("round"),
            _Strength.id.label("strength_id"),
            _Strength.text.label("strength"),
        )
        .select_from(Goal)
        .join(Plan, Plan.id == Goal.plan_id)
        .outerjoin(
            Entry,
            sa.and_(Entry.id == Goal.gap_id, sa.or_(Entry.shared_at.is_not(None), Entry.author_id == me)),
        )
        .outerjoin(
            Artifact,
            sa.and_(
                Artifact.id == Entry.artifact_id,
                sa.or_(Artifact.ready_at.is_not(None), Artifact.person_id == me),
            ),
        )
        .outerjoin(Conference, Conference.id == Entry.conference_id)
        .outerjoin(Round, Round.id == Goal.round_id)
        .outerjoin(
            _Strength,
            sa.and_(
                _Strength.id == Goal.strength_id,
                sa.or_(_Strength.shared_at.is_not(None), _Strength.author_id == me),
            ),
        )
        .where(*goals)
    )


_ROOTS = OfGoals(_query)


def _rooted(rows: Iterable[Any]) -> dict[int, Roots]:
    return {
        row.goal_id: Roots(
            gap_id=row.gap_id,
            kind=row.kind or "",
            topic=row.topic or "",
            gap=row.gap or "",
            artifact_id=row.artifact_id,
            artifact=row.artifact or "",
            conference_id=row.conference_id,
            conference_at=row.conference_at,
            round=row.round or "",
            strength_id=row.strength_id,
            strength=row.strength or "",
        )
        for row in rows
    }
