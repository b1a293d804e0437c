"""The roster: members × memberships → changes (pure), then applied batch by batch (lti.md §7).

Nobody is lost by half a list: who is on it is marked as seen while it is read, and absence is decided
from those marks, in the database, once it was read to its end and looks whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.people import people_of
from lms_sync.platforms.base import MemberRow
from lti_tool.planning.enrolment import ensure_plans, withdraw_empty_plans
from lti_tool.planning.roster import mark_gone
from lti_tool.plans.access import Role
from lti_tool.plans.roles import effective_role, is_test_user
from lti_tool.plans.roster_doubt import doubt
from lti_tool.records.absence import not_on_list
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.learners import learns_in

BATCH = 200


@dataclass(frozen=True)
class Known:
    """A membership as it stands before the import."""

    id: int
    role: str
    launch_roles: list[str] | None
    roster_roles: list[str] | None
    left: bool
    api_id: str | None = None


@dataclass
class Changes:
    """What a batch of members does to the memberships: rows to add, rows to update (by id)."""

    add: list[dict[str, Any]] = field(default_factory=list)
    update: list[dict[str, Any]] = field(default_factory=list)
    learners: set[int] = field(default_factory=set)
    staff: set[int] = field(default_factory=set)
    changed: int = 0


def membership_changes(
    rows: Sequence[MemberRow],
    people: dict[str, int],
    known: dict[int, Known],
    *,
    context_id: int,
    now: datetime,
) -> Changes:
    """Pure: what these members change. The launch's role wins; who is back is the same row again."""
    changes = Changes()
    for row in rows:
        person_id, roles = people[row.sub], list(row.roles)
        old = known.get(person_id)
        role = effective_role(old.launch_roles if old else None, roles)
        if role is Role.LEARNER and not is_test_user(roles):
            changes.learners.add(person_id)
        elif role is Role.STAFF:
            changes.staff.add(person_id)
        values = {"roster_roles": roles, "role": role.value, "left_at": None, "in_roster_at": now}
        values["api_id"] = row.canvas_user_id or row.moodle_id or (old.api_id if old else None)
        if old is None:
            changes.add.append({"context_id": context_id, "person_id": person_id, "joined_at": now, **values})
            changes.changed += 1
        else:
            changes.update.append({"id": old.id, **values})
            changes.changed += old.left or old.role != role.value
    return changes


def apply_batch(
    session: Session, context_id: int, registration_id: int, rows: Sequence[MemberRow], *, now: datetime
) -> int:
    """Store one batch of present members, their plans included; how many memberships changed.

    A person listed twice keeps their first row: some lists repeat one where two pages meet.
    """
    rows = list({row.sub: row for row in reversed(rows)}.values())[::-1]
    people = people_of(session, registration_id, rows, now=now)
    known = {
        row.person_id: Known(
            row.id,
            row.role,
            row.launch_roles,
            row.roster_roles,
            left=row.left_at is not None,
            api_id=row.api_id,
        )
        for row in session.execute(
            sa.select(
                Membership.id,
                Membership.person_id,
                Membership.role,
                Membership.launch_roles,
                Membership.roster_roles,
                Membership.left_at,
                Membership.api_id,
            ).where(Membership.context_id == context_id, Membership.person_id.in_(set(people.values())))
        )
    }
    changes = membership_changes(_one_each(rows, people), people, known, context_id=context_id, now=now)
    if changes.add:
        session.execute(sa.insert(Membership), changes.add)
    if changes.update:
        session.execute(sa.update(Membership), changes.update)
    ensure_plans(session, registration_id, changes.learners, now=now)
    withdraw_empty_plans(session, changes.staff, now=now)
    return changes.changed


def _one_each(rows: Sequence[MemberRow], people: dict[str, int]) -> list[MemberRow]:
    """Two names of one person in a batch are one member."""
    first: dict[int, MemberRow] = {}
    for row in rows:
        first.setdefault(people[row.sub], row)
    return list(first.values())


def is_anyone_missing(session: Session, context_id: int, *, seen_at: datetime) -> bool:
    """Whether the list read at `seen_at` leaves out somebody who was here."""
    missing = sa.select(sa.exists().where(not_on_list(context_id, seen_at)))
    return bool(session.scalar(missing))


def finish(session: Session, context_id: int, *, seen_at: datetime, whole: bool = True) -> int:
    """Decide absence, and say how the list was; how many were marked as gone.

    whole: every row of it made sense; else anybody it seems to leave out may be the one it meant.
    """
    context = session.get_one(Context, context_id, with_for_update=True)
    learners = sa.select(sa.func.count()).where(
        Membership.context_id == context_id,
        Membership.in_roster_at == seen_at,
        Membership.role == Role.LEARNER.value,
    )
    named = session.scalar(learners) or 0
    context.roster_named = named
    context.roster_doubt = doubt(named, context.roster_learners)
    context.roster_read_at = seen_at
    if context.roster_doubt or not whole:
        return 0
    context.roster_learners = named
    return mark_gone(session, context_id, seen_at=seen_at)


def learners_of(session: Session, context_id: int) -> list[int]:
    """The people who learn here now, test students left out."""
    return list(
        session.scalars(
            sa.select(Membership.person_id)
            .join(Person, Person.id == Membership.person_id)
            .where(
                learns_in(context_id),
                Person.is_test.is_(False),
            )
            .order_by(Membership.person_id)
        )
    )
