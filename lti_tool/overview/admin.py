"""What an administrator sees of their registration: deployments, connections, the newest sync runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.connection import (
    ConnectionWords,
    connection_words,
    has_key,
    institution_works,
    mark_of,
    reason_of,
)
from lti_tool.overview.notices import Told, told_of_copies
from lti_tool.overview.place import LMS_NAMES
from lti_tool.overview.registrations import Given, given_by
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.plans.translate import Translate
from lti_tool.plans.troubles import shown_trouble
from lti_tool.plans.zones import zone_named
from lti_tool.records.course import Context
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Connection, Deployment, Registration

RUNS = 20


@dataclass(frozen=True)
class ConnectionLine:
    """A connection; course: its title, empty for the whole institution's."""

    id: int
    kind: str
    api_url: str
    course: str
    words: ConnectionWords
    checked_at: datetime | None


@dataclass(frozen=True)
class RunLine:
    """A sync run. seconds: from its start to its end (or empty). ignored: what was not used → how often."""

    course: str
    kind: str
    trigger: str
    state: str
    queued_at: datetime
    started_at: datetime | None
    seconds: int | None
    requests: int
    rows: int
    changed: int
    ignored: dict[str, int]
    error: str


@dataclass(frozen=True)
class Admin:
    """A registration as its administrator sees it. Times are in its zone.

    scopes_seen_at: the newest launch in a course, which carried what `given` says. can_connect: there is
    an API key, and no access to every course that works.
    scopes_seen_at: the newest launch in a course, which carried what `given` says. copies: whether the LMS
    tells us of copied courses.
    """

    id: int
    name: str
    issuer: str
    client_id: str
    deployments: tuple[tuple[str, bool], ...]
    given: Given
    scopes_seen_at: datetime | None
    copies: tuple[Told, ...]
    connections: tuple[ConnectionLine, ...]
    no_connection: ConnectionWords
    can_connect: bool
    connections_mark: str
    runs: tuple[RunLine, ...]
    school: tuple[str, str, str, str, str]
    asks_band: bool


def admin(session: Session, actor: Actor, _: Translate) -> Admin:
    """The actor's registration. Nine statements. Raises Refused, NotFound."""
    require(actor, Act.SEE_ADMIN)
    row = session.get(Registration, actor.registration_id)
    if row is None:
        raise NotFound
    lms = LMS_NAMES.get((row.product_family or "").lower(), row.name)
    zone = zone_named(row.time_zone)
    deployments = session.execute(
        sa.select(Deployment.lms_id, Deployment.active)
        .where(Deployment.registration_id == row.id)
        .order_by(Deployment.id)
    )
    given = given_by(session, row, _)
    rows = _connections(session, row.id)
    return Admin(
        id=row.id,
        name=row.name or lms,
        issuer=row.issuer,
        client_id=row.client_id,
        deployments=tuple((lms_id, active) for lms_id, active in deployments),
        given=given,
        scopes_seen_at=_in(zone, given.scopes_seen_at),
        connections=_lines(rows, zone),
        copies=tuple(
            replace(told, set_at=_in(zone, told.set_at)) for told in told_of_copies(session, row, _)
        ),
        no_connection=connection_words("none", "", lms),
        can_connect=has_key(rows) and not institution_works(rows),
        connections_mark=mark_of([row for row in rows if row.context_id is None]),
        runs=_runs(session, row.id, zone, _),
        school=(row.age_band, row.talk_words, row.talk_to, row.year_ends, _guardians(row.guardians)),
        asks_band=row.band_said_at is None,
    )


def _connections(session: Session, registration_id: int) -> Sequence[Any]:
    return session.execute(
        sa.select(
            Connection.id,
            Connection.kind,
            Connection.api_url,
            Connection.state,
            Connection.reason,
            Connection.reason_code,
            Connection.reason_words,
            Connection.checked_at,
            Connection.context_id,
            Connection.oauth_client_id,
            Connection.allowed_at,
            Context.title,
        )
        .outerjoin(Context, Context.id == Connection.context_id)
        .where(Connection.registration_id == registration_id)
        .order_by(Connection.id)
    ).all()


def _lines(rows: Sequence[Any], zone: tzinfo) -> tuple[ConnectionLine, ...]:
    return tuple(
        ConnectionLine(
            id=row.id,
            kind=LMS_NAMES.get(row.kind, row.kind),
            api_url=row.api_url,
            course=row.title or "",
            words=connection_words(
                row.state,
                reason_of(row),
                LMS_NAMES.get(row.kind, row.kind),
                own=row.context_id is not None,
            ),
            checked_at=_in(zone, row.checked_at),
        )
        for row in rows
    )


def _runs(session: Session, registration_id: int, zone: tzinfo, _: Translate) -> tuple[RunLine, ...]:
    rows = session.execute(
        sa.select(SyncRun, Context.title, Context.lms_id)
        .join(Context, Context.id == SyncRun.context_id)
        .where(SyncRun.registration_id == registration_id)
        .order_by(SyncRun.queued_at.desc(), SyncRun.id)
        .limit(RUNS)
    )
    return tuple(_run_line(run, title or lms_id, zone, _) for run, title, lms_id in rows)


def _run_line(run: SyncRun, course: str, zone: tzinfo, _: Translate) -> RunLine:
    seconds = None
    if run.started_at is not None and run.finished_at is not None:
        seconds = round((run.finished_at - run.started_at).total_seconds())
    queued_at = run.queued_at.astimezone(zone)
    return RunLine(
        course=course,
        kind=run.kind,
        trigger=run.trigger,
        state=run.state,
        queued_at=queued_at,
        started_at=_in(zone, run.started_at),
        seconds=seconds,
        requests=run.requests,
        rows=run.rows,
        changed=run.changed,
        ignored=dict(run.ignored),
        error=shown_trouble(run.error_code, run.error_words, run.error, _),
    )


def _in(zone: tzinfo, at: datetime | None) -> datetime | None:
    return at.astimezone(zone) if at is not None else None


def _guardians(said: bool | None) -> str:
    """The choice as the form has it."""
    return "" if said is None else "on" if said else "off"
