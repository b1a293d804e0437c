"""What a student's home says of their profile: strengths, dream, and what could come next (A4, B10).

What is missing is an offer; it never keeps anybody from a goal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.place import Place, place
from lti_tool.overview.rounds import asked_now
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.profile import Area, Kind
from lti_tool.records.conference import Conference
from lti_tool.records.portfolio import Artifact
from lti_tool.records.prepared import Prepared
from lti_tool.records.profile import Entry

STRENGTHS_SHOWN = 5
NEXTS_SHOWN = 3


class Next(StrEnum):
    """A thing that could come next, most useful first."""

    CONFERENCE = "conference"
    ROUND = "round"
    STRENGTH = "strength"
    REFLECTIONS = "reflections"
    DREAM = "dream"
    REASON = "reason"
    ARTIFACT = "artifact"


@dataclass(frozen=True)
class HomeProfile:
    """The profile on the home page. conference_at: the next one's slot, in the course's zone."""

    strengths: Sequence[str]
    dream: str
    rung: str
    nexts: Sequence[Next]
    round: str
    conference_id: int | None
    conference_at: datetime | None
    unready_id: int | None


_ENTRIES = Prepared(
    sa.select(Entry.kind, Entry.topic, Entry.text, Entry.more)
    .where(
        Entry.person_id == sa.bindparam("person"),
        Entry.registration_id == sa.bindparam("registration"),
        Entry.kind.in_((Kind.STRENGTH, Kind.REFLECTION, Kind.DREAM)),
        Entry.beside_id.is_(None),
        Entry.retired_at.is_(None),
        sa.or_(Entry.shared_at.is_not(None), Entry.author_id == sa.bindparam("person")),
    )
    .order_by(Entry.created_at, Entry.id)
)
_ARTIFACTS = Prepared(
    sa.select(Artifact.id, Artifact.why, Artifact.ready_at)
    .where(Artifact.person_id == sa.bindparam("person"), Artifact.retired_at.is_(None))
    .order_by(Artifact.id)
)
MEETING = Prepared(
    sa.select(Conference.id, Conference.at)
    .where(
        Conference.person_id == sa.bindparam("person"),
        Conference.context_id == sa.bindparam("context"),
        Conference.held_at.is_(None),
        Conference.at >= sa.bindparam("now"),
    )
    .order_by(Conference.at)
    .limit(sa.literal_column("1"))
)


def home_profile(session: Session, actor: Actor, *, now: datetime, here: Place | None = None) -> HomeProfile:
    """For a learner's home in their course (here, if it was read already). Four statements, five without.

    Raises Refused, NotFound.
    """
    require(actor, Act.SEE_OWN_PLAN)
    here = here or place(session, actor, actor.context_id)
    me = {"person": actor.person_id, "registration": actor.registration_id}
    entries = _ENTRIES.read(session, me)
    strengths = [row.text for row in entries if row.kind == Kind.STRENGTH]
    areas = {row.topic for row in entries if row.kind == Kind.REFLECTION}
    dream = next((row for row in entries if row.kind == Kind.DREAM), None)
    artifacts = _ARTIFACTS.read(session, me)
    unready = next((row.id for row in artifacts if row.ready_at is None and not row.why), None)
    asked = asked_now(session, actor)
    meetings = MEETING.read(session, {**me, "context": here.context.id, "now": now})
    meeting = meetings[0] if meetings else None
    wanted = {
        Next.CONFERENCE: meeting is not None,
        Next.ROUND: asked is not None and not asked[1],
        Next.STRENGTH: not strengths,
        Next.REFLECTIONS: not areas >= set(Area),
        Next.DREAM: dream is None,
        Next.REASON: unready is not None,
        Next.ARTIFACT: not artifacts,
    }
    at = meeting.at if meeting else None
    return HomeProfile(
        strengths=strengths[:STRENGTHS_SHOWN],
        dream=dream.text if dream else "",
        rung=dream.more if dream else "",
        nexts=[one for one, is_wanted in wanted.items() if is_wanted][:NEXTS_SHOWN],
        round=asked[0] if asked else "",
        conference_id=meeting.id if meeting else None,
        conference_at=at.astimezone(here.zone) if at else None,
        unready_id=unready,
    )
