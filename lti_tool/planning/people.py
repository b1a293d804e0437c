"""People and memberships: who someone is in a registration, and what they are in a course.

A person is found by what the LMS calls them (`person_alias`), never by e-mail (lti.md §1).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.plans.names import is_placeholder, without_placeholder
from lti_tool.plans.roles import effective_role
from lti_tool.records.course import Membership, Person, PersonAlias

ALIAS_KINDS = ("sub", "canvas_user_id", "moodle_id")  # the first one found decides who it is
_log = structlog.get_logger()


def clean_text(value: str, limit: int) -> str:
    """Text from outside as it may be stored: no control characters, no broken Unicode, cut at limit.

    Direction marks stay (names need them); pages isolate each name.
    """
    if value.isprintable():
        return " ".join(value.split())[:limit]
    kept = (
        " " if unicodedata.category(char) == "Cc" else char
        for char in value[: limit * 4]
        if unicodedata.category(char) != "Cs"
    )
    return " ".join("".join(kept).split())[:limit]


def _or_nothing(name: str) -> str:
    return "" if is_placeholder(name) else name


@dataclass(frozen=True)
class Names:
    """What a platform says of someone; empty where it says nothing (privacy settings)."""

    name: str = ""
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    locale: str = ""

    def cleaned(self) -> Names:
        """The same, fit for storing (see clean_text); sizes are those of the columns.

        What does not show, and a placeholder such as Moodle's family name ".", counts as not given.
        """
        family = clean_text(self.family_name, 512)
        name = without_placeholder(clean_text(self.name, 1024), family)
        return Names(
            _or_nothing(name),
            _or_nothing(clean_text(self.given_name, 512)),
            _or_nothing(family),
            clean_text(self.email, 512),
            clean_text(self.locale, 32),
        )


def find_or_make_person(
    session: Session, registration_id: int, aliases: Mapping[str, str], names: Names, *, now: datetime
) -> Person:
    """The person behind these aliases, made if new; missing aliases are added, names refreshed.

    Args:
        aliases: kind (`sub`, `canvas_user_id`, `moodle_id`) → value; empty values are left out.
    Raises:
        ValueError: no usable alias.
    When two aliases lead to two people, the `sub` one is taken and nothing is joined. A `sub` we do not know
    is never joined to somebody who has one: the other ids stand in custom fields, which a link made in a
    course can set.
    """
    wanted = {kind: aliases[kind] for kind in ALIAS_KINDS if aliases.get(kind)}
    if not wanted:
        raise ValueError("a person needs at least one alias")
    found = _lookup(session, registration_id, wanted)
    if "sub" in wanted and "sub" not in found and _is_called_otherwise(session, found.values()):
        _log.warning("person.aliases_disagree", registration_id=registration_id)
        wanted, found = {"sub": wanted["sub"]}, {}
    if not found:
        try:
            with session.begin_nested():
                return _make(session, registration_id, wanted, names, now)
        except IntegrityError:  # another transaction met the same person a moment earlier
            found = _lookup(session, registration_id, wanted)
    person_id = next(found[kind] for kind in ALIAS_KINDS if kind in found)
    person = session.get_one(Person, person_id)
    if len(set(found.values())) > 1:
        _log.warning("person.aliases_disagree", registration_id=registration_id, person_id=person_id)
    for kind in wanted.keys() - found.keys():
        _add_alias(session, person, kind, wanted[kind])
    refresh_names(person, names)
    return person


def refresh_names(person: Person, names: Names) -> None:
    """Take over what is given now; what a platform no longer says is kept."""
    for field, value in vars(names.cleaned()).items():
        if value and getattr(person, field) != value:
            setattr(person, field, value)


def set_membership(
    session: Session,
    context_id: int,
    person_id: int,
    *,
    launch_roles: Sequence[str] | None = None,
    roster_roles: Sequence[str] | None = None,
    now: datetime,
) -> Membership:
    """Put the person into the course (again), with the role that follows from launch and roster.

    None leaves what the other source said before as it was; someone marked as gone is back.
    """
    row = _find_membership(session, context_id, person_id)
    if row is None:
        try:
            with session.begin_nested():
                row = Membership(context_id=context_id, person_id=person_id, role="none", joined_at=now)
                session.add(row)
        except IntegrityError:
            row = _find_membership(session, context_id, person_id)
            if row is None:
                raise
    if launch_roles is not None:
        row.launch_roles = list(launch_roles)
        row.last_launch_at = now
    if roster_roles is not None:
        row.roster_roles = list(roster_roles)
        row.in_roster_at = now
    row.role = effective_role(row.launch_roles, row.roster_roles).value
    row.left_at = None
    session.flush()
    return row


def _find_membership(session: Session, context_id: int, person_id: int) -> Membership | None:
    return session.scalar(
        sa.select(Membership).where(Membership.context_id == context_id, Membership.person_id == person_id)
    )


def _lookup(session: Session, registration_id: int, wanted: Mapping[str, str]) -> dict[str, int]:
    named = (sa.and_(PersonAlias.kind == kind, PersonAlias.value == value) for kind, value in wanted.items())
    rows = session.scalars(
        sa.select(PersonAlias).where(PersonAlias.registration_id == registration_id, sa.or_(*named))
    )
    return {row.kind: row.person_id for row in rows}


def _is_called_otherwise(session: Session, people: Iterable[int]) -> bool:
    """Whether one of them has a `sub` already."""
    named = sa.select(PersonAlias.id).where(PersonAlias.person_id.in_(set(people)), PersonAlias.kind == "sub")
    return session.scalar(named.limit(1)) is not None


def _make(
    session: Session, registration_id: int, wanted: Mapping[str, str], names: Names, now: datetime
) -> Person:
    person = Person(registration_id=registration_id, created_at=now)
    refresh_names(person, names)
    session.add(person)
    session.flush()
    session.add_all(
        PersonAlias(registration_id=registration_id, person_id=person.id, kind=kind, value=value)
        for kind, value in wanted.items()
    )
    session.flush()
    return person


def _add_alias(session: Session, person: Person, kind: str, value: str) -> None:
    """Add one more alias, unless this person already has another of that kind (kept, logged)."""
    other = session.scalar(
        sa.select(PersonAlias.value).where(PersonAlias.person_id == person.id, PersonAlias.kind == kind)
    )
    if other is not None and kind != "sub":
        _log.warning("person.alias_differs", person_id=person.id, kind=kind)
        return
    try:
        with session.begin_nested():
            session.add(
                PersonAlias(
                    registration_id=person.registration_id, person_id=person.id, kind=kind, value=value
                )
            )
    except IntegrityError:
        _log.warning("person.alias_taken", person_id=person.id, kind=kind)
