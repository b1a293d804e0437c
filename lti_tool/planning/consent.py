"""Connecting grades by somebody's consent in the LMS: the window, its answer, what is kept (canvas.md §6).

A teacher's consent serves their course, an administrator's every course. Nothing here talks to an LMS:
what does is handed in by the composition root.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol, cast
from urllib.parse import urlencode

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from lti_tool.planning.courses import AsksForSync
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.plans.consent import SCOPES, ConsentRefused
from lti_tool.records.audit import AuditEntry
from lti_tool.records.consent import ConsentState
from lti_tool.records.course import Context, PersonAlias
from lti_tool.records.platform import Connection

LIFETIME = timedelta(minutes=15)
KEPT = timedelta(days=1)
MOST_LOOKED_AT = 3  # somebody waits, and an administrator of one part of a school does not see all
log = structlog.get_logger()


@dataclass(frozen=True)
class Key:
    """An API key of a Canvas."""

    api_url: str
    client_id: str
    secret: str


@dataclass(frozen=True)
class CourseNames:
    """How the LMS's API is told which course."""

    ref: str


@dataclass(frozen=True)
class Allowed:
    """What a consent gave: the tokens, until when, and whose they are (the LMS API's number)."""

    token: str
    refresh_token: str | None
    expires_at: datetime
    lms_user_id: str


@dataclass(frozen=True)
class Seen:
    """What the access was seen to cover. sections: those it is limited to; empty = the whole course."""

    checked: bool
    sections: tuple[str, ...] = ()


class ConsentDoors(Protocol):
    """The LMS's side of a consent. `exchange` and `look` raise ConsentRefused.

    courses: of several, one whose grades are shown is enough; none = there is none to look at yet.
    """

    def exchange(self, key: Key, code: str, redirect_uri: str) -> Allowed: ...

    def look(self, key: Key, allowed: Allowed, courses: Sequence[CourseNames]) -> Seen: ...

    def revoke(self, key: Key, token: str) -> None: ...


@dataclass(frozen=True)
class Waiting:
    """A window whose answer came, used up by that. context: None = for every course."""

    state_id: int
    launch_id: int
    registration_id: int
    context: Context | None


def key_of(session: Session, registration_id: int) -> Key | None:
    """The API key an operator stored for the institution, if there is one."""
    row = session.scalars(
        sa.select(Connection)
        .where(
            Connection.registration_id == registration_id,
            Connection.context_id.is_(None),
            Connection.kind == "canvas",
            Connection.oauth_client_id.is_not(None),
            Connection.oauth_secret.is_not(None),
        )
        .order_by(Connection.id)
        .limit(1)
    ).one_or_none()
    if row is None or not row.oauth_client_id or not row.oauth_secret:
        return None
    return Key(row.api_url, row.oauth_client_id, row.oauth_secret)


def course_for(actor: Actor) -> int | None:
    """What this person's consent is for: their course, or every one (an administrator)."""
    require(actor, Act.CONNECT)
    return actor.context_id if actor.role is Role.STAFF else None


def begin(
    session: Session,
    actor: Actor,
    launch_id: int,
    *,
    every_course: bool,
    redirect_uri: str,
    now: datetime,
) -> tuple[str, str, str]:
    """A new window: (the LMS's consent page, its state, what the browser keeps). Raises ConsentRefused.

    Raises Refused for somebody who may not, or may not for every course.
    """
    require(actor, Act.CONNECT_ALL if every_course else Act.CONNECT)
    key = key_of(session, actor.registration_id)
    if key is None:
        raise ConsentRefused("no_key", {"lms": "Canvas"})
    state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session.execute(sa.delete(ConsentState).where(ConsentState.expires_at < now - KEPT))
    session.add(
        ConsentState(
            state_hash=digest(state),
            browser_hash=digest(browser),
            launch_id=launch_id,
            registration_id=actor.registration_id,
            context_id=None if every_course else actor.context_id,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    asked = {
        "client_id": key.client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "state": state,
        "scope": " ".join(SCOPES),
        "purpose": "Personal Plans",
    }
    root = key.api_url.rstrip("/").removesuffix("/api/v1").rstrip("/")
    return f"{root}/login/oauth2/auth?{urlencode(asked)}", state, browser


def take(session: Session, state: str, browser: str, *, now: datetime) -> Waiting:
    """The window this answer belongs to, used up: of any number of callers one gets it.

    Raises ConsentRefused: `wrong_state`, `wrong_browser`, `used` or `too_late`.
    """
    row = session.scalars(
        sa.select(ConsentState).where(ConsentState.state_hash == digest(state))
    ).one_or_none()
    if row is None:
        raise ConsentRefused("wrong_state")
    if not browser or not hmac.compare_digest(row.browser_hash, digest(browser)):
        raise ConsentRefused("wrong_browser")
    if row.expires_at <= now:
        raise ConsentRefused("too_late")
    done = session.execute(
        sa.update(ConsentState)
        .where(ConsentState.id == row.id, ConsentState.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[object]", done).rowcount != 1:
        raise ConsentRefused("used")
    context = session.get_one(Context, row.context_id) if row.context_id is not None else None
    return Waiting(row.id, row.launch_id, row.registration_id, context)


def courses_of(session: Session, waiting: Waiting) -> list[CourseNames]:
    """Where a consent is looked through: in its course; of one for every course in some started last."""
    if waiting.context is not None:
        return [_names_of(waiting.context)]
    started = (Context.registration_id == waiting.registration_id, Context.started_at.is_not(None))
    newest = sa.select(Context).where(*started, Context.ended_at.is_(None)).order_by(Context.id.desc())
    return [_names_of(context) for context in session.scalars(newest.limit(MOST_LOOKED_AT))]


def _names_of(context: Context) -> CourseNames:
    """How Canvas is told which course: by number, else by the launch's context id."""
    return CourseNames(context.lms_course_id or f"lti_context_id:{context.lms_id}")


def check_same_person(session: Session, actor: Actor, allowed: Allowed, context: Context | None) -> None:
    """A teacher connects as themself; an administrator may use the account the school made for this.

    Raises ConsentRefused(`other_person`). Where we do not know their number, the course's rights decide.
    """
    if context is None or actor.person_id is None or not allowed.lms_user_id:
        return
    known = session.scalars(
        sa.select(PersonAlias.value).where(
            PersonAlias.person_id == actor.person_id, PersonAlias.kind == "canvas_user_id"
        )
    ).all()
    if known and allowed.lms_user_id not in known:
        raise ConsentRefused("other_person", {"lms": "Canvas"})


def keep(
    session: Session,
    actor: Actor,
    waiting: Waiting,
    allowed: Allowed,
    seen: Seen,
    *,
    jobs: AsksForSync,
    now: datetime,
) -> str | None:
    """Store the access, take over from whoever gave it before, and read what is started.

    Returns the token that nobody needs any more, if there was one. What was read stays as it is.
    """
    key = key_of(session, waiting.registration_id)
    if key is None:
        raise ConsentRefused("no_key", {"lms": "Canvas"})
    context = waiting.context
    row = _row(session, waiting, key, now)
    old, before = row.token if row.refresh_token else None, row.person_id
    row.kind, row.api_url = "canvas", key.api_url
    row.oauth_client_id, row.oauth_secret = key.client_id, key.secret
    row.token, row.refresh_token, row.token_expires_at = (
        allowed.token,
        allowed.refresh_token,
        allowed.expires_at,
    )
    row.person_id, row.allowed_at, row.lms_user_id = actor.person_id, now, allowed.lms_user_id
    row.sections = list(seen.sections) if context is not None else []
    row.state = "ok" if seen.checked else "unchecked"
    row.reason, row.reason_code, row.reason_words, row.checked_at = "", "", {}, now
    row.renew_owner, row.renew_until = "", None
    session.add(
        AuditEntry(
            registration_id=waiting.registration_id,
            actor_id=actor.person_id,
            actor_role=actor.role.value,
            act="connection.allowed",
            subject=f"connection:{row.id}",
            context_id=context.id if context else None,
            details={"from_person": before, "sections": len(seen.sections)},
            at=now,
        )
    )
    log.info("connection.allowed", connection_id=row.id, context_id=row.context_id)
    here = context.id if context else actor.context_id
    started = session.scalar(sa.select(Context.started_at).where(Context.id == here)) if here else None
    if here is not None and started is not None:
        jobs.request_sync(
            session, context_id=here, kind="full", trigger="button", asked_by_id=actor.person_id, now=now
        )
    return old


def _row(session: Session, waiting: Waiting, key: Key, now: datetime) -> Connection:
    """The institution's connection, or the course's own, made if it is new."""
    context_id = waiting.context.id if waiting.context else None
    is_its = Connection.context_id.is_(None) if context_id is None else Connection.context_id == context_id
    wanted = sa.select(Connection).where(
        Connection.registration_id == waiting.registration_id, Connection.kind == "canvas", is_its
    )
    row = session.scalars(wanted.order_by(Connection.id).limit(1).with_for_update()).one_or_none()
    if row is None:
        row = Connection(
            registration_id=waiting.registration_id,
            context_id=context_id,
            kind="canvas",
            api_url=key.api_url,
            created_at=now,
        )
        session.add(row)
        session.flush()
    return row


def digest(secret: str) -> str:
    """What we keep of a secret: its SHA-256, in hex (secrets here are 256 random bits)."""
    return sha256(secret.encode()).hexdigest()
