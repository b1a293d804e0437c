"""Rows for tests: one function a noun. Each adds to the session and flushes, so that it has an id."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.plans.access import Actor, Role
from lti_tool.records.course import Context, Membership, Person, PersonAlias
from lti_tool.records.gradebook import Item, Result, ResultVersion, SyncRun
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Connection, Registration

NOW = datetime(2026, 2, 10, 16, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def _added(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def make_registration(session: Session, **more: Any) -> Registration:
    number = next(_numbers)
    fields: dict[str, Any] = {
        "issuer": f"https://lms{number}.example",
        "client_id": f"client-{number}",
        "auth_login_url": "https://lms.example/auth",
        "token_url": "https://lms.example/token",
        "jwks_url": "https://lms.example/jwks",
        "time_zone": "America/Chicago",
        "created_at": NOW,
    }
    return _added(session, Registration(**{**fields, **more}))


def make_connection(session: Session, registration: Registration, **more: Any) -> Connection:
    fields: dict[str, Any] = {
        "kind": "canvas",
        "api_url": "https://lms.example",
        "state": "ok",
        "created_at": NOW,
    }
    return _added(session, Connection(registration_id=registration.id, **{**fields, **more}))


def make_context(session: Session, registration: Registration, **more: Any) -> Context:
    fields: dict[str, Any] = {
        "registration_id": registration.id,
        "lms_id": f"course-{next(_numbers)}",
        "title": "Math 8",
        "created_at": NOW,
    }
    return _added(session, Context(**{**fields, **more}))


def make_person(session: Session, registration: Registration, sub: str | None = None, **more: Any) -> Person:
    """A person with a `sub` alias."""
    number = next(_numbers)
    person = _added(
        session,
        Person(
            **{
                "registration_id": registration.id,
                "name": f"Person {number}",
                "email": f"person{number}@school.example",
                "created_at": NOW,
                **more,
            }
        ),
    )
    value = sub or f"sub-{number}"
    _added(
        session,
        PersonAlias(registration_id=registration.id, person_id=person.id, kind="sub", value=value),
    )
    return person


def make_alias(session: Session, person: Person, kind: str, value: str) -> None:
    """One more name the LMS knows the person by."""
    _added(
        session,
        PersonAlias(registration_id=person.registration_id, person_id=person.id, kind=kind, value=value),
    )


def make_member(
    session: Session, context: Context, role: Role, person: Person | None = None, **more: Any
) -> Person:
    """A person (a new one unless given) with a membership of this role."""
    if person is None:
        registration = session.get_one(Registration, context.registration_id)
        names = {key: more.pop(key) for key in ("sub", "name", "email") if key in more}
        person = make_person(session, registration, **names)
    _added(
        session,
        Membership(
            **{
                "context_id": context.id,
                "person_id": person.id,
                "role": role.value,
                "roster_roles": ["Learner" if role is Role.LEARNER else "Instructor"],
                "joined_at": NOW,
                **more,
            }
        ),
    )
    return person


def make_learner(session: Session, context: Context, **more: Any) -> Person:
    return make_member(session, context, Role.LEARNER, **more)


def make_teacher(session: Session, context: Context, **more: Any) -> Person:
    return make_member(session, context, Role.STAFF, **more)


def make_plan(session: Session, person: Person, **more: Any) -> Plan:
    fields = {"registration_id": person.registration_id, "person_id": person.id, "created_at": NOW}
    return _added(session, Plan(**{**fields, **more}))


def make_item(session: Session, context: Context, name: str = "", possible: Any = 100, **more: Any) -> Item:
    number = next(_numbers)
    fields: dict[str, Any] = {
        "context_id": context.id,
        "key": f"assignment:{number}",
        "lms_id": str(1000 + number),
        "name": name or f"Item {number}",
        "kind": "points",
        "possible": None if possible is None else Decimal(str(possible)),
        "position": number,
    }
    return _added(session, Item(**{**fields, **more}))


def make_result(session: Session, item: Item, person: Person, score: Any, **more: Any) -> ResultVersion:
    """What the LMS says now of one person's work, as a grade sync stores it: a new version of the result.

    hidden=True: stored, not released.
    """
    version = _added(
        session,
        ResultVersion(
            **{
                "item_id": item.id,
                "person_id": person.id,
                "score": None if score is None else Decimal(str(score)),
                "possible": item.possible,
                "state": "graded" if score is not None else "unsubmitted",
                "graded_at": None if score is None else NOW,
                "due_at": item.due_at,
                "read_at": NOW,
                **more,
            }
        ),
    )
    result = session.query(Result).filter_by(item_id=item.id, person_id=person.id).one_or_none()
    if result is None:
        result = Result(item_id=item.id, person_id=person.id, read_at=NOW)
        session.add(result)
    result.current_version_id = version.id
    result.hidden = version.hidden
    if not version.hidden:
        result.released_version_id = version.id
    session.flush()
    return version


def make_run(session: Session, context: Context, **more: Any) -> SyncRun:
    """A finished sync run."""
    fields: dict[str, Any] = {
        "id": f"run-{next(_numbers)}",
        "registration_id": context.registration_id,
        "context_id": context.id,
        "kind": "full",
        "trigger": "cli",
        "state": "done",
        "queued_at": NOW,
        "started_at": NOW,
        "finished_at": NOW,
    }
    return _added(session, SyncRun(**{**fields, **more}))


def acting(person: Person, context: Context, role: Role, *, is_admin: bool = False) -> Actor:
    """The person as somebody who opened the tool from the course."""
    return Actor(person.registration_id, person.id, role, context.id, is_admin)


def operator(context: Context) -> Actor:
    """The command line."""
    return Actor(context.registration_id, None, Role.OPERATOR)
