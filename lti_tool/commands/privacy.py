"""lti-tool privacy: requests about people's own data, and marking them answered."""

from __future__ import annotations

from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.commands.base import fail, now, open_installation, print_json
from lti_tool.overview.privacy_requests import ANSWERED_MOST, RequestLine, privacy_requests
from lti_tool.planning.errors import NotFound
from lti_tool.planning.privacy import answer_request
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.ids import is_row_id
from lti_tool.records.course import PersonAlias
from lti_tool.records.platform import Registration
from lti_tool.records.privacy import PrivacyRequest


@click.group()
def privacy() -> None:
    """People's requests for a copy or the erasure of their data.

    A request is answered by people: make the copy, or erase, as your school decides; then mark it here.
    Marking changes nothing but the request itself.
    """


@privacy.command("list")
@click.option("--registration", "registration_id", type=int, help="Of this registration only.")
@click.option("--all", "everything", is_flag=True, help="The newest answered ones, too.")
def list_requests(registration_id: int | None, everything: bool) -> None:
    """Open requests as JSON, the oldest first, each with the days by which it is to be answered."""
    installation = open_installation()
    with installation.database.read() as session:
        ids = session.scalars(sa.select(Registration.id).order_by(Registration.id)).all()
        if registration_id is not None and registration_id not in ids:
            fail(f"There is no registration {registration_id}. Known: {', '.join(map(str, ids)) or 'none'}.")
        chosen = [each for each in ids if registration_id in (None, each)]
        print_json([line for each in chosen for line in _of(session, each, everything)])


def _of(session: Session, registration_id: int, everything: bool) -> list[dict[str, Any]]:
    operator = Actor(registration_id, None, Role.OPERATOR)
    lines = privacy_requests(session, operator, now=now(), answered=ANSWERED_MOST if everything else 0)
    return [_as_json(session, registration_id, line) for line in lines]


def _as_json(session: Session, registration_id: int, line: RequestLine) -> dict[str, Any]:
    known = session.execute(
        sa.select(PersonAlias.kind, PersonAlias.value)
        .where(PersonAlias.person_id == line.person_id)
        .order_by(PersonAlias.id)
    )
    return {
        "id": line.id,
        "registration": registration_id,
        "kind": line.kind,
        "person": line.name,
        "known_as": {row.kind: row.value for row in known},
        "asked_by": line.by or line.name,
        "asked_at": line.asked_at,
        "answer_within_a_month": line.deadlines.month,
        "answer_within_45_days": line.deadlines.record,
        "late": line.late,
        "answered_at": line.answered_at,
        "note": line.note,
    }


@privacy.command()
@click.argument("request_id", type=int)
@click.option("--note", required=True, help="What was done, in a sentence the person reads.")
def answer(request_id: int, note: str) -> None:
    """Mark a request as answered. Do first what was asked: this changes nothing in the data."""
    installation = open_installation()
    with installation.database.write() as session:
        found = session.get(PrivacyRequest, request_id) if is_row_id(request_id) else None
        if found is None:
            fail(f"There is no request {request_id}. `lti-tool privacy list` shows the open ones.")
        operator = Actor(found.registration_id, None, Role.OPERATOR)
        try:
            fresh = answer_request(session, operator, request_id, note, now=now())
        except (NotFound, ValueError) as error:
            fail(str(error) or f"There is no request {request_id}.")
    click.echo(
        f"Request {request_id} is marked as answered."
        if fresh
        else f"Request {request_id} was answered before; nothing was changed."
    )
