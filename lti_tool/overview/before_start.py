"""First pages before plans have started in a course: a whole class opens theirs at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from lti_tool.db import Driver
from lti_tool.overview.place import Known, place_of
from lti_tool.overview.plan import PlanView, empty_plan, frame_of
from lti_tool.plans.access import Act, Actor, NotFound, Role, require
from lti_tool.records.base import table_of
from lti_tool.records.course import Context
from lti_tool.records.prepared import Prepared

_context = table_of(Context)
_TITLE = Prepared(
    sa.select(sa.func.coalesce(sa.func.nullif(_context.c.title, ""), _context.c.label).label("title")).where(
        _context.c.registration_id == sa.bindparam("registration"),
        _context.c.lms_id == sa.bindparam("lms_id"),
    )
)


@dataclass(frozen=True)
class Invitation:
    """A course whose staff may start plans. lms: what people call its LMS, empty where nobody said.

    copied_from: the course this one is a copy of, as people call it; empty where we do not know it.
    asks_band: nobody said yet whether this is a school or a college.
    """

    title: str
    lms: str
    is_copy: bool
    copied_from: str
    asks_band: bool


def invitation(door: Driver, actor: Actor, known: Known) -> Invitation:
    """What staff are asked before plans have started. No statement, one in a copied course.

    Raises Refused, NotFound.
    """
    require(actor, Act.START_PLANS)
    if known.context.id is None:
        raise NotFound
    here, copied_from = place_of(known.context, known.registration), known.context.copied_from
    asks = known.registration.band_said_at is None
    return Invitation(here.title, here.lms, bool(copied_from), _title_of(door, actor, copied_from), asks)


def _title_of(door: Driver, actor: Actor, lms_id: str | None) -> str:
    """The name of another course of this registration; nothing else of that course is read."""
    found = _TITLE.run(door, {"registration": actor.registration_id, "lms_id": lms_id}) if lms_id else []
    return (found[0].title or "") if found else ""


def plan_before_start(actor: Actor, known: Known, *, now: datetime) -> PlanView | None:
    """The actor's plan while plans have not started in this course; None once they have.

    No statement. Raises Refused, NotFound.
    """
    require(actor, Act.SEE_OWN_PLAN)
    if known.member.role != Role.LEARNER.value:
        raise NotFound
    here, left_at = place_of(known.context, known.registration), known.member.left_at
    frame = frame_of(here, now, has_left=left_at is not None)
    return None if frame.has_started else empty_plan(known.person, frame)
