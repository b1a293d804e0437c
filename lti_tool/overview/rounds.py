"""Rounds of looking again: which is open, what a student said in each, and what changed between two (A25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.overview.plan import learner_of
from lti_tool.plans.access import Act, Actor, may, require
from lti_tool.plans.compare import RoundChanges, round_changes
from lti_tool.records.prepared import Prepared
from lti_tool.records.profile import Assessment, Round


@dataclass(frozen=True)
class RoundLine:
    """A round a student took part in. snapshot: what they then said, as the reader may see it."""

    id: int
    kind: str
    opened_at: datetime
    finished_at: datetime | None
    snapshot: dict[str, Any]


@dataclass(frozen=True)
class RoundsView:
    """A student's rounds, newest first, and what changed from `before` to `after` (None: fewer than two)."""

    person_id: int
    name: str
    own: bool
    rounds: Sequence[RoundLine]
    before: RoundLine | None
    after: RoundLine | None
    changes: RoundChanges | None


def rounds_of(
    session: Session, actor: Actor, person_id: int | None = None, *, before: int = 0, after: int = 0
) -> RoundsView:
    """The finished rounds of the actor, or of a learner of their course; the newest two are compared.

    Staff read of a snapshot only what was shared then.

    Raises:
        Refused, NotFound: not theirs to see.
    """
    require(actor, Act.SEE_PROFILE)
    staff = may(actor, Act.ADD_VIEW)
    here = place(session, actor, actor.context_id)
    person, _left = learner_of(session, here, person_id if staff else actor.person_id)
    rows = session.execute(
        sa.select(Assessment, Round)
        .join(Round, Round.id == Assessment.round_id)
        .where(Assessment.person_id == person.id, Assessment.finished_at.is_not(None))
        .order_by(Assessment.finished_at.desc(), Assessment.id.desc())
    )
    lines = [
        RoundLine(
            row.id,
            asked.kind,
            asked.opened_at.astimezone(here.zone),
            None if row.finished_at is None else row.finished_at.astimezone(here.zone),
            _readable(row.snapshot, staff),
        )
        for row, asked in rows
    ]
    newer = next((one for one in lines if one.id == after), lines[0] if lines else None)
    older = next((one for one in lines if one.id == before), lines[1] if len(lines) > 1 else None)
    both = None if newer is None or older is None else round_changes(older.snapshot, newer.snapshot)
    return RoundsView(
        person_id=person.id,
        name=display_name(person),
        own=not staff,
        rounds=lines,
        before=older,
        after=newer,
        changes=both,
    )


def _readable(snapshot: dict[str, Any], staff: bool) -> dict[str, Any]:
    entries = snapshot.get("entries", [])
    return {"entries": [one for one in entries if one.get("shared") or not staff]}


ASKED = Prepared(
    sa.select(Round.kind, Assessment.finished_at)
    .outerjoin(
        Assessment,
        sa.and_(Assessment.round_id == Round.id, Assessment.person_id == sa.bindparam("person")),
    )
    .where(Round.context_id == sa.bindparam("context"), Round.person_id.is_(None), Round.closed_at.is_(None))
    .order_by(Round.opened_at.desc(), Round.id.desc())
    .limit(sa.literal_column("1"))
)


def asked_now(session: Session, actor: Actor) -> tuple[str, bool] | None:
    """(kind, finished) of the round open in the actor's course; None where none is."""
    rows = ASKED.read(session, {"person": actor.person_id, "context": actor.context_id})
    return (rows[0].kind, rows[0].finished_at is not None) if rows else None
