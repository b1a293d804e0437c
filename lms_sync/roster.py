"""The roster: members × memberships → changes (pure), then applied batch by batch (lti.md §7).

Nobody is lost by half a list: everything is read before anything is stored, and absence is decided
only from a list that was read to its end and looks whole.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.people import people_of
from lms_sync.platforms.base import MemberRow
from lti_tool.planning.enrolment import ensure_plans, withdraw_empty_plans
from lti_tool.planning.roster import mark_gone
from lti_tool.plans.access import Role
from lti_tool.plans.roles import effective_role, is_test_user, role_of
from lti_tool.plans.roster_doubt import doubt
from lti_tool.records.course import Context, Membership, Person

BATCH = 200
SPOOL_BYTES = 4 * 1024 * 1024
Write = Callable[[], AbstractContextManager[Session]]


class Spool:
    """A roster on its way in: kept in memory while small, else in an unnamed file; each person once."""

    def __init__(self) -> None:
        self._file: IO[str] = tempfile.SpooledTemporaryFile(SPOOL_BYTES, mode="w+", encoding="utf-8")  # noqa: SIM115
        self._seen: set[str] = set()
        self.active = 0
        self.learners = 0

    def add(self, rows: Sequence[MemberRow]) -> None:
        """Take in one page; a person listed twice keeps their first row."""
        for row in rows:
            if row.sub in self._seen:
                continue
            self._seen.add(row.sub)
            if row.active:
                self.active += 1
                self.learners += role_of(row.roles) is Role.LEARNER
            self._file.write(json.dumps(asdict(row)) + "\n")

    def batches(self) -> Iterator[list[MemberRow]]:
        """All rows, in batches of BATCH."""
        self._file.seek(0)
        batch: list[MemberRow] = []
        for line in self._file:
            fields = json.loads(line)
            batch.append(MemberRow(**{**fields, "roles": tuple(fields["roles"])}))
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def close(self) -> None:
        """Forget it all."""
        self._file.close()


@dataclass(frozen=True)
class Known:
    """A membership as it stands before the import."""

    id: int
    role: str
    launch_roles: list[str] | None
    roster_roles: list[str] | None
    left: bool


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
    """Store one batch of present members, their plans included; how many memberships changed."""
    people = people_of(session, registration_id, rows, now=now)
    known = {
        row.person_id: Known(
            row.id, row.role, row.launch_roles, row.roster_roles, left=row.left_at is not None
        )
        for row in session.execute(
            sa.select(
                Membership.id,
                Membership.person_id,
                Membership.role,
                Membership.launch_roles,
                Membership.roster_roles,
                Membership.left_at,
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


def finish(session: Session, context_id: int, spool: Spool, *, seen_at: datetime) -> int:
    """Decide absence, and say how the list was; how many were marked as gone."""
    context = session.get_one(Context, context_id, with_for_update=True)
    context.roster_named = spool.learners
    context.roster_doubt = doubt(spool.learners, context.roster_learners)
    context.roster_read_at = seen_at
    if context.roster_doubt:
        return 0
    context.roster_learners = spool.learners
    return mark_gone(session, context_id, seen_at=seen_at)


def learners_of(session: Session, context_id: int) -> list[int]:
    """The people who learn here now, test students left out."""
    return list(
        session.scalars(
            sa.select(Membership.person_id)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Membership.context_id == context_id,
                Membership.role == Role.LEARNER.value,
                Membership.left_at.is_(None),
                Person.is_test.is_(False),
            )
            .order_by(Membership.person_id)
        )
    )
