"""Students of a course with no plan yet, and those not heard of for three weeks (domain.md A1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.breaks import breaks_of
from lti_tool.overview.people import display_name, sort_name
from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.silence import silent_since
from lti_tool.plans.zones import day_in
from lti_tool.records.checkin import CheckIn
from lti_tool.records.course import Membership, Person
from lti_tool.records.learners import learns_in
from lti_tool.records.plan import Plan
from lti_tool.records.step import StepDone


@dataclass(frozen=True)
class Quiet:
    """A student. since: the day they were last heard of; empty where there is no word in their plan yet."""

    person_id: int
    name: str
    since: date | None


def quiet_students(session: Session, actor: Actor, *, now: datetime) -> list[Quiet]:
    """Of the actor's course, by family name. Three statements. Raises Refused, NotFound."""
    require(actor, Act.SEE_BOARD)
    here = place(session, actor, actor.context_id)
    ticked = (
        sa.select(sa.func.max(StepDone.at))
        .where(StepDone.by_id == Person.id, StepDone.undone_at.is_(None))
        .scalar_subquery()
    )
    talked = (
        sa.select(sa.func.max(CheckIn.done_at))
        .where(CheckIn.context_id == here.context.id, CheckIn.person_id == Person.id)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            *(Person.id, Person.name, Person.given_name, Person.family_name),
            *(Plan.started_at, Plan.seen_at, ticked.label("ticked"), talked.label("talked")),
        )
        .select_from(Person)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(Plan, sa.and_(Plan.person_id == Person.id, Plan.closed_at.is_(None)))
        .where(
            learns_in(here.context.id),
            Person.is_test.is_(False),
        )
    )
    breaks, today = breaks_of(session, actor.registration_id), now.astimezone(here.zone).date()
    found = []
    for row in rows:
        signs = (row.started_at, row.seen_at, row.ticked, row.talked)
        since = silent_since([day_in(at, here.zone) for at in signs], today, breaks)
        if row.started_at is None or since is not None:
            quiet = Quiet(row.id, display_name(row), since if row.started_at else None)
            found.append((sort_name(row), quiet))
    return [quiet for _order, quiet in sorted(found, key=lambda pair: (pair[0], pair[1].person_id))]
