"""Our access to an LMS's own API: which one serves a course, whether it works, what it lacks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.settings import Settings
from lms_sync.accesses import parts_unread
from lms_sync.moodle_access import check_moodle
from lms_sync.platforms.base import NOTHING, GradeSource, Ours
from lms_sync.platforms.canvas import CanvasSource
from lms_sync.platforms.canvas_course import CanvasCourse
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.moodle import MoodleSource
from lms_sync.platforms.pace import Pace
from lms_sync.platforms.wire import Wire
from lms_sync.tokens import is_stale, renew
from lti_tool.db import Database
from lti_tool.http import OutboundError, OutboundSession, check_url, make_session
from lti_tool.records.course import Context, Membership, PersonAlias
from lti_tool.records.learners import learns_in
from lti_tool.records.platform import Connection

NAMES = {"canvas": "Canvas", "moodle": "Moodle"}
REPORT_TIMES = 6  # a whole Moodle report takes this many times longer than an ordinary answer


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class ConnectionCheck:
    """code, words: of plans.troubles, empty when all is well; ok with a code: it works, and lacks something.
    sentence: for people, in English.

    user: the account's number in the LMS. sections: the only ones it sees; empty = the whole course.
    """

    ok: bool
    code: str
    sentence: str
    words: Mapping[str, Any] = field(default_factory=dict)
    user: str = ""
    sections: tuple[str, ...] = ()


def make_wire(
    connection: Connection,
    settings: Settings,
    make: Callable[..., OutboundSession] = make_session,
    wait: Callable[[float], None] = time.sleep,
    pace: Pace | None = None,
) -> Wire:
    """A wire with the time limits of this kind of LMS."""
    seconds = read_seconds(connection.kind, settings)
    return Wire(make(settings, read_seconds=seconds), NAMES[connection.kind], wait, pace or Pace())


def read_seconds(kind: str, settings: Settings) -> float:
    """How long one answer may take."""
    return settings.lms_read_seconds * (REPORT_TIMES if kind == "moodle" else 1)


def make_source(
    connection: Connection,
    wire: Wire,
    settings: Settings,
    *,
    context: Context,
    ours: Ours = NOTHING,
    now: Callable[[], datetime] = utc_now,
) -> GradeSource:
    """The course's gradebook through this connection. Raises LmsError for an address we may not call."""
    _check_address(connection, wire, settings)
    if connection.kind == "canvas":
        return _canvas(connection, wire, settings, canvas_ref(context), ours)
    return _moodle(connection, wire, settings, context.lms_course_id or context.lms_id, ours, now)


def canvas_ref(context: Context) -> str:
    """How Canvas's REST API is told which course: by number, else by the launch's context id."""
    return context.lms_course_id or f"lti_context_id:{context.lms_id}"


def _canvas(
    connection: Connection, wire: Wire, settings: Settings, course_ref: str, ours: Ours = NOTHING
) -> CanvasSource:
    return CanvasSource(
        wire,
        api_url=connection.api_url,
        token=connection.token or "",
        course_ref=course_ref,
        own_host=settings.public_url,
        ours=ours,
        read_seconds=read_seconds("canvas", settings),
    )


def _moodle(
    connection: Connection,
    wire: Wire,
    settings: Settings,
    course_id: str,
    ours: Ours = NOTHING,
    now: Callable[[], datetime] = utc_now,
) -> MoodleSource:
    return MoodleSource(
        wire,
        api_url=connection.api_url,
        token=connection.token or "",
        course_id=course_id,
        ours=ours,
        read_seconds=read_seconds("moodle", settings),
        now=now,
    )


def _check_address(connection: Connection, wire: Wire, settings: Settings) -> None:
    try:
        check_url(connection.api_url, settings)
    except OutboundError as error:
        raise wire.error("bad_address", str(error)) from error


def course_to_try(session: Session, connection: Connection) -> tuple[str | None, str | None]:
    """(a course, one of its learners), by the LMS API's ids: where to try whether grades can be read.

    The started course whose roster was read last; (None, None) while there is none.
    """
    here = [Context.registration_id == connection.registration_id, Context.started_at.is_not(None)]
    if connection.context_id is not None:
        here.append(Context.id == connection.context_id)
    newest = (sa.nulls_last(Context.roster_read_at.desc()), Context.id.desc())
    context = session.scalars(sa.select(Context).where(*here).order_by(*newest).limit(1)).first()
    if context is None:
        return None, None
    if connection.kind == "canvas":
        return canvas_ref(context), None
    learner = session.scalars(
        sa.select(PersonAlias.value)
        .join(Membership, Membership.person_id == PersonAlias.person_id)
        .where(
            learns_in(context.id),
            PersonAlias.registration_id == connection.registration_id,
            PersonAlias.kind == "sub",
        )
        .order_by(PersonAlias.id)
    ).first()
    return context.lms_course_id or context.lms_id, learner


def renew_for_check(
    connection: Connection, *, settings: Settings, database: Database, now: datetime
) -> ConnectionCheck | None:
    """Before a check: what somebody allowed lives an hour. What is wrong, if it cannot be renewed."""
    if not is_stale(connection, now):
        return None
    wire = make_wire(connection, settings)
    try:
        _check_address(connection, wire, settings)
        renew(connection, wire, database, now=now)
    except LmsError as error:
        return ConnectionCheck(False, error.code, str(error), error.words)
    finally:
        wire.session.close()
    return None


def check_connection(
    connection: Connection,
    *,
    settings: Settings,
    course_id: str | None = None,
    learner_id: str | None = None,
) -> ConnectionCheck:
    """Try the connection, in one course if told which (the LMS API's id); says what is missing.

    learner_id: whose report to ask a Moodle for; our account's own opens without any right.
    """
    wire = make_wire(connection, settings)
    try:
        _check_address(connection, wire, settings)
        if connection.kind == "canvas":
            course = CanvasCourse(
                wire, api_url=connection.api_url, token=connection.token or "", course_ref=course_id or "0"
            )
            return _check_canvas(course, course_id)
        source = _moodle(connection, wire, settings, course_id or "0")
        return ConnectionCheck(True, "", check_moodle(source, course_id, learner_id))
    except LmsError as error:
        return ConnectionCheck(False, error.code, str(error), error.words)


def _check_canvas(source: CanvasCourse, course_id: str | None) -> ConnectionCheck:
    if not course_id:
        return ConnectionCheck(True, "", "Canvas accepts our token.", user=source.who())
    source.can_read_grades()
    user, sections, lacking = "", list[str](), None
    try:
        user, sections = source.who(), source.limited_to()
        source.can_read_parts()
    except LmsError as error:
        if error.code != "key_scope":
            raise
        lacking = parts_unread(error)  # grades are read all the same
    said = "Canvas lets us read this course's grades."
    if sections:
        said = f"Canvas lets us read this course's grades, but only of {', '.join(sections)}."
    if lacking is None:
        return ConnectionCheck(True, "", said, user=user, sections=tuple(sections))
    said = f"{said} {lacking}"
    return ConnectionCheck(True, lacking.code, said, lacking.words, user=user, sections=tuple(sections))


def keep_check(session: Session, connection_id: int, check: ConnectionCheck, *, now: datetime) -> None:
    """Keep what a check said on the connection's row."""
    row = session.get_one(Connection, connection_id)
    row.state, row.checked_at = ("ok" if check.ok else "broken"), now
    row.reason = check.sentence if check.code else ""
    row.reason_code, row.reason_words = check.code, dict(check.words)
    if check.ok:
        row.lms_user_id, row.sections = check.user or row.lms_user_id, list(check.sections)
