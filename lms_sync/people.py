"""A batch of roster rows → people: found by what the LMS calls them, made if new, never by e-mail.

Set-based: the same few statements for one row or two hundred (design.md, Person).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lms_sync.platforms.base import MemberRow
from lti_tool.planning.people import ALIAS_KINDS, Names
from lti_tool.plans.roles import is_test_user
from lti_tool.records.bulk import among
from lti_tool.records.course import Membership, Person, PersonAlias

Alias = tuple[str, str]
log = structlog.get_logger()


def aliases_of(row: MemberRow) -> list[Alias]:
    """(kind, value) of what the LMS calls this member, `sub` first."""
    values = {"sub": row.sub, "canvas_user_id": row.canvas_user_id, "moodle_id": row.moodle_id}
    return [(kind, values[kind]) for kind in ALIAS_KINDS if values[kind]]


def find_people(session: Session, registration_id: int, aliases: Iterable[Alias]) -> dict[Alias, int]:
    """alias → person id, for those that are known."""
    wanted: dict[str, set[str]] = {}
    for kind, value in aliases:
        wanted.setdefault(kind, set()).add(value)
    if not wanted:
        return {}
    named = (
        sa.and_(PersonAlias.kind == kind, among(session, PersonAlias.value, values))
        for kind, values in wanted.items()
    )
    rows = session.execute(
        sa.select(PersonAlias.kind, PersonAlias.value, PersonAlias.person_id).where(
            PersonAlias.registration_id == registration_id, sa.or_(*named)
        )
    )
    return {(row.kind, row.value): row.person_id for row in rows}


def people_of(
    session: Session, registration_id: int, rows: Sequence[MemberRow], *, now: datetime
) -> dict[str, int]:
    """sub → person id for every row; new people made, new aliases added, names refreshed.

    Raises:
        sqlalchemy.exc.IntegrityError: a launch met the same person in this moment; try the batch again.
    """
    known = find_people(session, registration_id, (alias for row in rows for alias in aliases_of(row)))
    people: dict[str, int] = {}
    fresh: list[MemberRow] = []
    for row in rows:
        found = [known[alias] for alias in aliases_of(row) if alias in known]
        if found:
            people[row.sub] = found[0]
        else:
            fresh.append(row)
        if len(set(found)) > 1:
            log.warning("person.aliases_disagree", registration_id=registration_id, person_id=found[0])
    _refresh(session, rows, people)
    people |= _make(session, registration_id, fresh, now)
    _add_aliases(session, registration_id, rows, people, known)
    return people


def _names(row: MemberRow) -> dict[str, Any]:
    names = Names(row.name, row.given_name, row.family_name, row.email).cleaned()
    return {field: value for field, value in vars(names).items() if field != "locale"}


def _make(session: Session, registration_id: int, rows: Sequence[MemberRow], now: datetime) -> dict[str, int]:
    if not rows:
        return {}
    blank = [{"registration_id": registration_id, "created_at": now} for _row in rows]
    # Any id may become any of them, so one insert does (SQLite gives ordered ids only row by row).
    made = session.scalars(sa.insert(Person).returning(Person.id), blank).all()
    names = [
        {"id": number, "is_test": is_test_user(row.roles), **_names(row)}
        for number, row in zip(made, rows, strict=True)
    ]
    session.execute(sa.update(Person), names)
    return {row.sub: named["id"] for row, named in zip(rows, names, strict=True)}


def _refresh(session: Session, rows: Sequence[MemberRow], people: dict[str, int]) -> None:
    """Take over names and e-mails the roster gives; what it does not give is kept."""
    if not people:
        return
    stored = {
        row.id: row
        for row in session.execute(
            sa.select(
                Person.id, Person.name, Person.given_name, Person.family_name, Person.email, Person.is_test
            ).where(among(session, Person.id, set(people.values())))
        )
    }
    changed = []
    for row in rows:
        old = stored.get(people.get(row.sub, 0))
        if old is None:
            continue
        new = {field: value or getattr(old, field) for field, value in _names(row).items()}
        new["is_test"] = old.is_test or is_test_user(row.roles)
        if any(getattr(old, field) != value for field, value in new.items()):
            changed.append({"id": old.id, **new})
    if changed:
        session.execute(sa.update(Person), changed)


def _add_aliases(
    session: Session,
    registration_id: int,
    rows: Sequence[MemberRow],
    people: dict[str, int],
    known: dict[Alias, int],
) -> None:
    """Add what is new. Someone who has another number of that kind already keeps it (logged)."""
    missing = [(people[row.sub], alias) for row in rows for alias in aliases_of(row) if alias not in known]
    if not missing:
        return
    have = {
        (row.person_id, row.kind)
        for row in session.execute(
            sa.select(PersonAlias.person_id, PersonAlias.kind).where(
                among(session, PersonAlias.person_id, {person_id for person_id, _alias in missing}),
                PersonAlias.kind != "sub",
            )
        )
    }
    values = []
    for person_id, (kind, value) in missing:
        if (person_id, kind) in have:
            log.warning("person.alias_differs", person_id=person_id, kind=kind)
            continue
        have.add((person_id, kind) if kind != "sub" else (person_id, value))
        values.append(
            {"registration_id": registration_id, "person_id": person_id, "kind": kind, "value": value}
        )
    if values:
        session.execute(sa.insert(PersonAlias), values)


def people_here(
    session: Session, context_id: int, registration_id: int, kinds: Sequence[str], numbers: Iterable[str]
) -> dict[str, int]:
    """The LMS API's user id → the person it is in this course, as its list of people says; else by alias.

    The list goes first: where two accounts were made one, launches and the list keep the name the person
    had in this course, and only the list says which number the gradebook has for it.
    """
    wanted = set(numbers)
    rows = session.execute(
        sa.select(Membership.api_id, Membership.person_id)
        .where(Membership.context_id == context_id, among(session, Membership.api_id, wanted))
        .order_by(Membership.left_at.is_(None), Membership.in_roster_at)
    )
    found: dict[str, int] = {row.api_id: row.person_id for row in rows}
    if left := wanted - found.keys():
        aliases = find_people(session, registration_id, ((kind, one) for kind in kinds for one in left))
        for kind in reversed(kinds):
            found |= {one: aliases[kind, one] for one in left if (kind, one) in aliases}
    return found


def api_ids(
    session: Session, context_id: int, registration_id: int, people: Sequence[int], kinds: Sequence[str]
) -> tuple[dict[int, str], dict[int, str]]:
    """(person → the LMS API's user id in this course, person → `sub` of those whose id we do not know)."""
    listed = session.execute(
        sa.select(Membership.person_id, Membership.api_id).where(
            Membership.context_id == context_id,
            Membership.api_id.is_not(None),
            among(session, Membership.person_id, people),
        )
    )
    rows = session.execute(
        sa.select(PersonAlias.person_id, PersonAlias.kind, PersonAlias.value).where(
            PersonAlias.registration_id == registration_id, among(session, PersonAlias.person_id, people)
        )
    ).all()
    known: dict[int, str] = {row.person_id: row.api_id for row in listed}
    for kind in kinds:
        for row in rows:
            if row.kind == kind:
                known.setdefault(row.person_id, row.value)
    subs = {row.person_id: row.value for row in rows if row.kind == "sub" and row.person_id not in known}
    return known, subs


def add_api_ids(session: Session, registration_id: int, kind: str, found: dict[int, str]) -> None:
    """Keep ids that were looked up one by one; a number someone else has already is left out."""
    taken = find_people(session, registration_id, ((kind, value) for value in found.values()))
    values = [
        {"registration_id": registration_id, "person_id": person, "kind": kind, "value": value}
        for person, value in found.items()
        if (kind, value) not in taken
    ]
    if values:
        session.execute(sa.insert(PersonAlias), values)
