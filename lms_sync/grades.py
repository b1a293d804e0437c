"""Grades: rows → versions (pure), then stored with the goals they move (design.md, Grades).

A grade a student may not see moves nothing: a hidden row is kept as the newest version and leaves the
released one, with its score, flags and dates, where it was (domain.md §3.5).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.people import find_people
from lms_sync.platforms.base import ResultRow
from lti_tool.planning.recompute import goals_for_results, recompute_goals
from lti_tool.plans.access import Role
from lti_tool.records.course import Membership, Person
from lti_tool.records.gradebook import Result, ResultVersion

NOT_HERE = "not in the roster"
STAFF = "staff"
TEST = "test student"
NOT_UNDERSTOOD = "not understood"
COUNTED = tuple(f.name for f in fields(ResultRow) if f.name not in ("item_key", "user_id"))


@dataclass(frozen=True)
class Course:
    """Where rows are stored: context, registration, item key → our item id, alias kinds of user ids."""

    context_id: int
    registration_id: int
    items: dict[str, int]
    alias_kinds: tuple[str, ...]


@dataclass(frozen=True)
class Stored:
    """A result as it stands: its newest version's digest, and whether a released score is shown."""

    id: int
    digest: str
    released_id: int | None
    released_score: Decimal | None


def digest(row: ResultRow) -> str:
    """A fingerprint of every field that counts; equal rows are no change."""
    parts = []
    for name in COUNTED:
        value = getattr(row, name)
        if isinstance(value, Decimal):
            value = format(value.normalize(), "f")
        elif isinstance(value, datetime):
            value = value.astimezone(UTC).isoformat()
        parts.append(f"{name}={value}")
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def says_nothing(row: ResultRow) -> bool:
    """Whether a cell is as empty as one that was never there."""
    return (
        row.score is None
        and not (row.excused or row.missing or row.late)
        and row.state in ("", "unsubmitted")
        and row.submitted_at is None
    )


def as_shown(row: ResultRow, old: Stored | None) -> ResultRow:
    """An empty cell has nothing to hide, unless a released score is on show that it would replace.

    (Canvas counts an ungraded cell of a column posted by hand as not posted.)
    """
    if row.hidden and row.score is None and not row.excused and (old is None or old.released_score is None):
        return replace(row, hidden=False)
    return row


def store_page(
    session: Session, course: Course, rows: Sequence[ResultRow], *, run_id: str, now: datetime
) -> tuple[int, Counter[str]]:
    """Store one page and measure the goals it moves, in the caller's transaction.

    Returns:
        (versions made, reason → rows not used). The number of statements does not depend on the rows.
    """
    people, ignored = _people(session, course, rows)
    mine = {
        (course.items[row.item_key], people[row.user_id]): row
        for row in rows
        if row.item_key in course.items and row.user_id in people
    }
    stored = _stored(session, mine)
    shown = {pair: as_shown(row, stored.get(pair)) for pair, row in mine.items()}
    digests = {pair: digest(row) for pair, row in shown.items()}
    fresh = [
        pair
        for pair, row in shown.items()
        if (stored[pair].digest != digests[pair] if pair in stored else not says_nothing(row))
    ]
    same = [stored[pair].id for pair in stored if pair not in set(fresh)]
    if same:
        session.execute(sa.update(Result).where(Result.id.in_(same)).values(read_at=now))
    if fresh:
        versions = _add_versions(session, fresh, shown, digests, run_id, now)
        _point_results(session, fresh, shown, stored, versions, now)
        session.flush()
        recompute_goals(session, goals_for_results(session, fresh), now=now, run_id=run_id)
    return len(fresh), ignored


def _people(
    session: Session, course: Course, rows: Sequence[ResultRow]
) -> tuple[dict[str, int], Counter[str]]:
    """user id → person id of the learners among them, and why the others are left out."""
    ids = {row.user_id for row in rows}
    found = find_people(
        session, course.registration_id, ((kind, value) for kind in course.alias_kinds for value in ids)
    )
    people: dict[str, int] = {}
    for user_id in ids:
        for kind in course.alias_kinds:
            person = found.get((kind, user_id))
            if person is not None:
                people.setdefault(user_id, person)
    roles = _roles(session, course.context_id, set(people.values()))
    ignored: Counter[str] = Counter()
    for row in rows:
        reason = _why_not(roles.get(people.get(row.user_id, 0)))
        if reason and not says_nothing(row):
            ignored[reason] += 1
    return {user: person for user, person in people.items() if not _why_not(roles.get(person))}, ignored


def _why_not(role: str | None) -> str:
    if role is None:
        return NOT_HERE
    if role == TEST:
        return TEST
    return "" if role == Role.LEARNER.value else STAFF


def _roles(session: Session, context_id: int, people: set[int]) -> dict[int, str]:
    rows = session.execute(
        sa.select(Membership.person_id, Membership.role, Person.is_test)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.context_id == context_id, Membership.person_id.in_(people))
    )
    return {row.person_id: TEST if row.is_test else row.role for row in rows}


def _stored(session: Session, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Stored]:
    wanted = set(pairs)
    released = sa.orm.aliased(ResultVersion)
    rows = session.execute(
        sa.select(
            Result.id,
            Result.item_id,
            Result.person_id,
            Result.released_version_id,
            ResultVersion.digest,
            released.score.label("released_score"),
        )
        .outerjoin(ResultVersion, ResultVersion.id == Result.current_version_id)
        .outerjoin(released, released.id == Result.released_version_id)
        .where(
            Result.item_id.in_({item for item, _person in wanted}),
            Result.person_id.in_({person for _item, person in wanted}),
        )
    )
    return {
        (row.item_id, row.person_id): Stored(
            row.id, row.digest or "", row.released_version_id, row.released_score
        )
        for row in rows
        if (row.item_id, row.person_id) in wanted
    }


def _add_versions(
    session: Session,
    fresh: Sequence[tuple[int, int]],
    shown: dict[tuple[int, int], ResultRow],
    digests: dict[tuple[int, int], str],
    run_id: str,
    now: datetime,
) -> dict[tuple[int, int], int]:
    values: list[dict[str, Any]] = [
        {
            "item_id": pair[0],
            "person_id": pair[1],
            "sync_run_id": run_id,
            "digest": digests[pair],
            "read_at": now,
            **{name: getattr(shown[pair], name) for name in COUNTED},
        }
        for pair in fresh
    ]
    session.execute(sa.insert(ResultVersion), values)
    # One insert for all and one question back: SQLite gives ordered ids only row by row.
    newest = session.execute(
        sa.select(ResultVersion.item_id, ResultVersion.person_id, sa.func.max(ResultVersion.id).label("id"))
        .where(
            ResultVersion.sync_run_id == run_id,
            ResultVersion.item_id.in_({item for item, _person in fresh}),
            ResultVersion.person_id.in_({person for _item, person in fresh}),
        )
        .group_by(ResultVersion.item_id, ResultVersion.person_id)
    )
    return {(row.item_id, row.person_id): row.id for row in newest}


def _point_results(
    session: Session,
    fresh: Sequence[tuple[int, int]],
    shown: dict[tuple[int, int], ResultRow],
    stored: dict[tuple[int, int], Stored],
    versions: dict[tuple[int, int], int],
    now: datetime,
) -> None:
    """The newest version is current; it is released too, unless it is hidden."""
    add, update = [], []
    for pair in fresh:
        old, hidden = stored.get(pair), shown[pair].hidden
        values = {
            "current_version_id": versions[pair],
            "released_version_id": versions[pair] if not hidden else (old.released_id if old else None),
            "hidden": hidden,
            "read_at": now,
        }
        if old is None:
            add.append({"item_id": pair[0], "person_id": pair[1], **values})
        else:
            update.append({"id": old.id, **values})
    if add:
        session.execute(sa.insert(Result), add)
    if update:
        session.execute(sa.update(Result), update)
