"""The session of one launch: a public id in the path, its secret in a cookie on that path (lti.md §5).

A session belongs to a launch, not to a browser, so two courses or two people side by side never mix.
Where cookies are off the page keeps the secret in memory and sends it as a header (static/session.js).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.settings import Settings
from lti_tool.db import Database, Driver
from lti_tool.launch.origins import origin_of
from lti_tool.overview.place import Known
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.guardians_on import guardians_on
from lti_tool.plans.profile import Band, band_of
from lti_tool.plans.school import talk_address
from lti_tool.records.base import Plain, table_of
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.launch import LaunchSession
from lti_tool.records.platform import Deployment, Registration
from lti_tool.records.prepared import Prepared

COOKIE = "plans_launch"
PLAIN = "_plain"  # the twin without Secure, for a tool on plain http (development)
HEADER = "X-Plans-Launch"  # the secret of a page whose browser keeps no cookies
FIELD = "plans_launch"  # the same in a posted form, for downloads: a script cannot give those a header
MOST_COOKIES = 5
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_COOKIE_SAFE = re.compile(r"[A-Za-z0-9_/-]*")
_SEEN_EVERY = timedelta(minutes=1)  # last_seen_at is written at most this often
# Built once, for every page: the session, what it stands on, and what first pages tell.
_PARTS = Plain(LaunchSession, (Deployment, ("frame_origins",)), *Known.COLUMNS)
_launch, _deployment, _registration = map(table_of, (LaunchSession, Deployment, Registration))
_member, _context, _person = map(table_of, (Membership, Context, Person))
_VISIT = Prepared(
    sa.select(*_PARTS.columns)
    .select_from(_launch)
    .join(_deployment, _deployment.c.id == _launch.c.deployment_id)
    .join(_registration, _registration.c.id == _launch.c.registration_id)
    .join(_person, _person.c.id == _launch.c.person_id)
    .outerjoin(_context, _context.c.id == _launch.c.context_id)
    .outerjoin(
        _member,
        sa.and_(_member.c.context_id == _launch.c.context_id, _member.c.person_id == _launch.c.person_id),
    )
    .where(_launch.c.public_id == sa.bindparam("launch_id"), _deployment.c.active, _registration.c.active)
)


class VisitEnded(Exception):
    """This launch cannot be used (any more): answered with "open it again from your course"."""


@dataclass(frozen=True)
class Visit:
    """One person looking at pages of one launch. `return_url` leads back to the LMS, or is empty.

    extra: what the launch's message asked for (launch/messages.py). ticket_key: see window_ticket.py.
    known: what first pages tell, read with the visit. started: plans have started in its course.
    course_over: the LMS says that the course has ended; read_only: and it was read for the last time.
    talk_words, talk_to: the school's link "talk to an adult", as its administrator wrote it.
    """

    launch_id: str
    actor: Actor
    sub: str
    person_id: int
    context_id: int | None
    registration_id: int
    role: Role
    is_admin: bool
    locale: str
    return_url: str
    frame_ancestors: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    ticket_key: str = field(default="", repr=False)
    known: Known = field(repr=False, kw_only=True)
    started: bool = False
    course_over: bool = False
    read_only: bool = False
    talk_words: str = ""
    talk_to: str = ""

    @property
    def college(self) -> bool:
        """Whether the students here are adults at a college."""
        return band_of(self.known.context.age_band, self.known.registration.age_band) is Band.COLLEGE

    @property
    def families(self) -> bool:
        """Whether guardians read along here."""
        school = self.known.registration
        return guardians_on(school.guardians, self.known.context.age_band, school.age_band)

    @property
    def talk_address(self) -> str:
        """Where the link leads: a page, or a phone that can be called; empty for anything else."""
        return talk_address(self.talk_to)


def digest(secret: str) -> str:
    """What we keep of a secret: its SHA-256, in hex (secrets here are 256 random bits)."""
    # A signed token may hold half a character ("\ud800"); it is digested as it stands, and fits nothing.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def make_launch_secret() -> tuple[str, str]:
    """(public id, secret) of a new launch session."""
    return secrets.token_urlsafe(16), secrets.token_urlsafe(32)


def set_cookie(
    response: Response, settings: Settings, name: str, value: str, *, path: str, seconds: int
) -> None:
    """A cookie that lives in a cross-site frame: Secure, HttpOnly, SameSite=None, Partitioned.

    On plain http, which only a development machine has, a twin without Secure goes beside it:
    clients that drop Secure cookies there would otherwise never come in.

    Name, value and path are ours, of letters that need no quoting, so the line is put together here: a
    launch sets three of them, and the library's way costs more than its signature check.
    """
    if not _COOKIE_SAFE.fullmatch(name + value + path):
        raise ValueError("not a cookie of ours")
    rest = f"Max-Age={seconds}; HttpOnly; Path={path}; SameSite="
    response.headers.add("Set-Cookie", f"{name}={value}; Secure; {rest}None; Partitioned")
    if not settings.is_https:
        response.headers.add("Set-Cookie", f"{name}{PLAIN}={value}; {rest}Lax")


def read_cookie(request: Request, settings: Settings, name: str) -> str:
    """The cookie's value, or the plain twin's on a development machine; empty when absent."""
    found = request.cookies.get(name, "")
    if not found and not settings.is_https:
        found = request.cookies.get(name + PLAIN, "")
    return found


def set_launch_cookie(response: Response, settings: Settings, public_id: str, secret: str) -> None:
    """Hand the session's secret to the browser, for this launch's pages only."""
    set_cookie(
        response,
        settings,
        COOKIE,
        secret,
        path=f"/s/{public_id}",
        seconds=settings.session_max_hours * 3600,
    )


def load_visit(
    database: Database, settings: Settings, request: Request, launch_id: str, now: datetime
) -> Visit:
    """Who is behind this request.

    Raises:
        VisitEnded: no such launch, the wrong browser, too old, idle too long, or the registration,
            deployment or enrolment it stands on is gone, or no longer that of staff.
    """
    secrets_shown = _secrets_shown(request, settings)
    if not secrets_shown or not _ID.fullmatch(launch_id):
        raise VisitEnded
    with database.look() as connection:
        found = _find(connection, launch_id)
        row = found.row
        ours = any(hmac.compare_digest(row.secret_hash, digest(secret)) for secret in secrets_shown)
        if not ours or _is_over(found, settings, now):
            raise VisitEnded
    if now - row.last_seen_at >= _SEEN_EVERY:
        with database.write() as session:
            session.execute(
                sa.update(LaunchSession).where(LaunchSession.id == row.id).values(last_seen_at=now)
            )
    return _visit(found)


def find_open_launch(
    session: Session, settings: Settings, *, now: datetime, launch_id: str = "", row_id: int | None = None
) -> tuple[Visit, int]:
    """(the visit of a launch that is open still, its row's id), by its public id or its row's.

    Who asks has to show on their own that they may. Raises VisitEnded.
    """
    if row_id is not None:
        launch_id = session.scalar(sa.select(LaunchSession.public_id).where(LaunchSession.id == row_id)) or ""
    if not _ID.fullmatch(launch_id):
        raise VisitEnded
    found = _find(session.connection(), launch_id)
    if _is_over(found, settings, now):
        raise VisitEnded
    return _visit(found), found.row.id


def _secrets_shown(request: Request, settings: Settings) -> list[str]:
    """The secrets this request carries: cookie, header, field of a posted form.

    Cookies of one name may come several times, when another page of our host set one on a shorter path.
    """
    names = [COOKIE] if settings.is_https else [COOKIE, COOKIE + PLAIN]
    shown = [value for name in names for value in request.cookies.getlist(name)[:MOST_COOKIES]]
    shown.append(request.headers.get(HEADER, ""))
    # A file is read only for somebody known already: forms that carry one send cookie or header.
    if request.method == "POST" and request.mimetype != "multipart/form-data":
        shown.append(request.form.get(FIELD, ""))
    return [secret for secret in shown if secret]


class _Found(NamedTuple):
    """One row of _VISIT, its values only."""

    row: LaunchSession
    deployment: Deployment
    known: Known


def _find(connection: sa.Connection | Driver, launch_id: str) -> _Found:
    found = _VISIT.run(connection, {"launch_id": launch_id})
    if not found:
        raise VisitEnded
    row, deployment, *known = _PARTS.split(found[0])
    return _Found(row, deployment, Known(*known))


def _is_over(found: _Found, settings: Settings, now: datetime) -> bool:
    row, member = found.row, found.known.member
    if row.role == Role.STAFF and member.role not in (None, Role.STAFF):
        return True  # a later launch says that they teach here no more
    if row.ended_at is not None or now - row.created_at > timedelta(hours=settings.session_max_hours):
        return True
    if now - row.last_seen_at > timedelta(minutes=settings.session_idle_minutes):
        return True
    return member.left_at is not None and member.left_at > row.created_at


def _visit(found: _Found) -> Visit:
    row, known = found.row, found.known
    context, registration = known.context, known.registration
    role = Role(row.role)
    actor = Actor(
        registration_id=row.registration_id,
        person_id=row.person_id,
        role=role,
        context_id=row.context_id,
        is_admin=row.is_admin,
    )
    return Visit(
        launch_id=row.public_id,
        actor=actor,
        sub=row.sub,
        person_id=row.person_id,
        context_id=row.context_id,
        registration_id=row.registration_id,
        role=role,
        is_admin=row.is_admin,
        locale=row.locale,
        return_url=row.return_url,
        frame_ancestors=frame_ancestors(registration, found.deployment),
        extra=row.extra,
        ticket_key=row.secret_hash,
        known=known,
        started=context.started_at is not None,
        course_over=context.ended_at is not None or bool(context.read_only),
        read_only=bool(context.read_only),
        talk_words=registration.talk_words,
        talk_to=registration.talk_to,
    )


def frame_ancestors(registration: Registration, deployment: Deployment | None) -> tuple[str, ...]:
    """Origins whose pages may show this launch in a frame: the platform's own, and those its signed
    launches came from (`launch_presentation.return_url`)."""
    known = [origin_of(registration.issuer), origin_of(registration.auth_login_url)]
    known += deployment.frame_origins if deployment else []
    return tuple(dict.fromkeys(origin for origin in known if origin))
