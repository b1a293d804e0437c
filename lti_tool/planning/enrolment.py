"""Plans for learners: one open plan a person; an empty one of somebody who turns out to be staff goes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from lti_tool.planning.scope import chunks
from lti_tool.plans.access import Role
from lti_tool.records.course import Membership, Person
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.types import UtcDateTime


def ensure_plans(session: Session, registration_id: int, person_ids: Iterable[int], *, now: datetime) -> int:
    """One open plan for each of these people of the registration; says how many are new.

    Asked twice, or by two at once, it adds none. People of other registrations are passed over.
    """
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = 0
    session.flush()
    for part in chunks(sorted(set(person_ids))):
        without = (
            sa.select(Person.registration_id, Person.id, sa.literal(now, UtcDateTime()))
            .where(Person.registration_id == registration_id, Person.id.in_(part))
            .where(~sa.exists().where(Plan.person_id == Person.id, Plan.closed_at.is_(None)))
            .order_by(Person.id)
        )
        statement = (
            insert(Plan)
            .from_select(["registration_id", "person_id", "created_at"], without)
            .on_conflict_do_nothing()
            .returning(Plan.id)
        )
        made += len(session.execute(statement).all())
    return made


def withdraw_empty_plans(session: Session, person_ids: Iterable[int], *, now: datetime) -> int:
    """Take away the plans without a word of people who learn nowhere; says how many went.

    A plan with a first word or a goal stays: nothing a student wrote is lost. `now` is for the
    caller's log line.
    """
    gone = 0
    session.flush()
    for part in chunks(sorted(set(person_ids))):
        statement = (
            sa.delete(Plan)
            .where(Plan.person_id.in_(part), Plan.started_at.is_(None), Plan.closed_at.is_(None))
            .where(~sa.exists().where(Goal.plan_id == Plan.id))
            .where(
                ~sa.exists().where(Membership.person_id == Plan.person_id, Membership.role == Role.LEARNER)
            )
            .execution_options(synchronize_session="fetch")
        )
        gone += cast("CursorResult[Any]", session.execute(statement)).rowcount
    return gone
