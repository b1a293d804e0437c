"""The set-up page: how far a course has come, in four steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.overview.sync import SyncState, state_at
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.plans.roster_doubt import doubt_words
from lti_tool.plans.translate import Translate
from lti_tool.records.absence import not_on_list
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.goal import Goal

_: Translate = gettext


@dataclass(frozen=True)
class Setup:
    """Where a course stands. started_at: in its zone, empty before the start; by_me: the reader did.

    roster_read: the people were read at least once. nameless: learners the LMS gives no name of.
    roster_note: why the newest list is not believed; missing: how many it leaves out.
    copied_from: the course this one is a copy of, as people call it; empty where we do not know it.
    """

    title: str
    lms: str
    started_at: datetime | None
    started_by: str
    by_me: bool
    learners: int
    staff: int
    nameless: int
    roster_read: bool
    roster_note: str
    missing: int
    roster_read_at: datetime | None
    has_goals: bool
    is_copy: bool
    copied_from: str
    sync: SyncState


def setup(session: Session, actor: Actor, context_id: int | None, *, now: datetime) -> Setup:
    """The set-up of the actor's course. A constant number of statements. Raises Refused, NotFound."""
    require(actor, Act.START_PLANS)
    here = place(session, actor, context_id)
    context = here.context
    counts = session.execute(
        sa.select(
            sa.func.count().filter(Membership.role == Role.LEARNER).label("learners"),
            sa.func.count().filter(Membership.role == Role.STAFF).label("staff"),
            sa.func.count()
            .filter(Membership.role == Role.LEARNER, Person.name == "", Person.family_name == "")
            .label("nameless"),
        )
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.context_id == context.id, Membership.left_at.is_(None), Person.is_test.is_(False))
    ).one()
    return Setup(
        title=here.title,
        lms=here.lms,
        started_at=context.started_at.astimezone(here.zone) if context.started_at else None,
        started_by=_starter(session, context.started_by_id),
        by_me=context.started_by_id is not None and context.started_by_id == actor.person_id,
        learners=counts.learners,
        staff=counts.staff,
        nameless=counts.nameless,
        roster_read=context.roster_read_at is not None,
        roster_note=doubt_words(
            context.roster_doubt, context.roster_named or 0, context.roster_learners or 0, _
        ),
        missing=_missing(session, context),
        roster_read_at=context.roster_read_at,
        has_goals=bool(session.scalar(sa.select(sa.exists().where(Goal.context_id == context.id)))),
        is_copy=bool(context.copied_from),
        copied_from=_origin(session, context),
        sync=state_at(session, here, now=now, actor=actor),
    )


def _missing(session: Session, context: Context) -> int:
    """How many people the newest list leaves out, while it is not believed."""
    if not context.roster_doubt or context.roster_read_at is None:
        return 0
    left_out = not_on_list(context.id, context.roster_read_at)
    return session.scalar(sa.select(sa.func.count()).select_from(Membership).where(left_out)) or 0


def _origin(session: Session, context: Context) -> str:
    """The name of the course this one was copied from; nothing else of that course is read."""
    if not context.copied_from:
        return ""
    title = sa.func.coalesce(sa.func.nullif(Context.title, ""), Context.label)
    here = Context.registration_id == context.registration_id
    return session.scalar(sa.select(title).where(here, Context.lms_id == context.copied_from)) or ""


def _starter(session: Session, person_id: int | None) -> str:
    """Who started plans; empty when that was the command line."""
    person = session.get(Person, person_id) if person_id is not None else None
    return display_name(person) if person is not None else ""
