"""Who someone is: by what the LMS calls them, never by e-mail (lti.md §1)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from lti_tool.db import Database
from lti_tool.planning.people import Names, find_or_make_person, set_membership
from lti_tool.records.course import Context, Person, PersonAlias
from lti_tool.records.platform import Registration

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def _registration(database: Database, issuer: str = "https://lms.example") -> int:
    with database.write() as session:
        row = Registration(
            issuer=issuer, client_id="1", auth_login_url="x", token_url="x", jwks_url="x", created_at=NOW
        )
        session.add(row)
        session.flush()
        return row.id


def _find(database: Database, registration: int, names: Names | None = None, **aliases: str) -> int:
    with database.write() as session:
        return find_or_make_person(session, registration, aliases, names or Names(), now=NOW).id


def test_one_more_alias_is_learned_and_finds_the_person_again(database: Database) -> None:
    registration = _registration(database)
    person = _find(database, registration, sub="u-1")
    assert _find(database, registration, sub="u-1", canvas_user_id="7") == person
    assert _find(database, registration, canvas_user_id="7") == person
    assert _find(database, registration, sub="U-1") != person


def test_the_same_ids_at_another_platform_are_another_person(database: Database) -> None:
    one, other = _registration(database), _registration(database, "https://other.example")
    assert _find(database, one, sub="1") != _find(database, other, sub="1")


def test_the_same_email_joins_nobody(database: Database) -> None:
    registration = _registration(database)
    names = Names(email="ana@example.invalid")
    assert _find(database, registration, names, sub="1") != _find(database, registration, names, sub="2")


def test_two_people_behind_two_aliases_stay_two_and_sub_decides(database: Database) -> None:
    registration = _registration(database)
    by_sub = _find(database, registration, sub="1")
    by_number = _find(database, registration, canvas_user_id="9")
    assert _find(database, registration, sub="1", canvas_user_id="9") == by_sub
    with database.read() as session:
        owner = session.scalar(sa.select(PersonAlias.person_id).where(PersonAlias.value == "9"))
    assert owner == by_number


def test_a_new_sub_is_never_joined_to_somebody_who_has_one(database: Database) -> None:
    """A link made in a course can carry custom fields of its own: anybody's number."""
    registration = _registration(database)
    victim = _find(database, registration, sub="1", canvas_user_id="9")
    thief = _find(database, registration, sub="2", canvas_user_id="9")
    assert thief != victim
    assert _find(database, registration, sub="2", canvas_user_id="9") == thief
    assert _find(database, registration, sub="1") == victim


def test_names_follow_the_platform_and_are_kept_when_it_falls_silent(database: Database) -> None:
    registration = _registration(database)
    _find(database, registration, Names("Ana", email="a@example.invalid"), sub="1")
    _find(database, registration, Names("Ana\x00 Álvarez"), sub="1")
    _find(database, registration, Names(), sub="1")
    with database.read() as session:
        person = session.scalars(sa.select(Person)).one()
    assert (person.name, person.email) == ("Ana Álvarez", "a@example.invalid")


def test_nobody_without_an_alias(database: Database) -> None:
    registration = _registration(database)
    with pytest.raises(ValueError, match="alias"):
        _find(database, registration, sub="")


def test_a_membership_knows_both_sources_and_comes_back(database: Database) -> None:
    registration = _registration(database)
    person = _find(database, registration, sub="1")
    with database.write() as session:
        context = Context(registration_id=registration, lms_id="c", created_at=NOW)
        session.add(context)
        session.flush()
        row = set_membership(session, context.id, person, roster_roles=["Learner"], now=NOW)
        assert (row.role, row.in_roster_at, row.last_launch_at) == ("learner", NOW, None)
        row.left_at = NOW
        row = set_membership(session, context.id, person, launch_roles=["Instructor"], now=NOW)
        assert (row.role, row.left_at, row.roster_roles) == ("staff", None, ["Learner"])
