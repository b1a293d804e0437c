"""Where a goal comes from: goal → gap → artifact → conference, its round, and the strength that helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

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
    me = actor.person_id or -1
    readable = sa.or_(Entry.shared_at.is_not(None), Entry.author_id == me)
    query = (
        sa.select(Goal.id.label("goal_id"), Entry, Artifact, Conference, Round.kind.label("round"), _Strength)
        .join(Plan, Plan.id == Goal.plan_id)
        .outerjoin(Entry, sa.and_(Entry.id == Goal.gap_id, readable))
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
        .where(Goal.id.in_(goal_ids), Plan.registration_id == actor.registration_id)
    )
    return {
        row.goal_id: _roots(row.Entry, row.Artifact, row.Conference, row.round, row[5])
        for row in session.execute(query)
    }


def _roots(
    gap: Entry | None,
    artifact: Artifact | None,
    conference: Conference | None,
    in_round: str | None,
    strength: Entry | None,
) -> Roots:
    return Roots(
        gap_id=gap.id if gap else None,
        kind=gap.kind if gap else "",
        topic=gap.topic if gap else "",
        gap=gap.text if gap else "",
        artifact_id=artifact.id if artifact else None,
        artifact=artifact.title if artifact else "",
        conference_id=conference.id if conference else None,
        conference_at=(conference.held_at or conference.at) if conference else None,
        round=in_round or "",
        strength_id=strength.id if strength else None,
        strength=strength.text if strength else "",
    )
