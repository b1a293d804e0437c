"""How reading a course goes: as of when, what runs now, what went wrong last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from lti_tool.overview.connection import ConnectionWords, connection_of
from lti_tool.overview.place import Place, place
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.translate import Translate
from lti_tool.plans.troubles import shown_trouble, trouble
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Connection
from lti_tool.records.rhythm import LmsDoor

_: Translate = gettext
ACTIVE = ("queued", "running")
WITH_PEOPLE = ("first", "full", "roster")
# Fewer failures in a row are a pause the LMS asked for, or an access that was taken back.
SEVERAL = 5


@dataclass(frozen=True)
class RunState:
    """The run under way. stage: empty while queued, then `roster`, `items`, `grades`, `structure`.

    expected: how many there will be, if known. seconds: since it was asked for. kind: of SyncRun.
    """

    id: str
    kind: str
    stage: str
    done: int
    expected: int | None
    seconds: int

    @property
    def step(self) -> str:
        """Which step of setting up it works on: `people`, or `grades`."""
        starts_with_people = not self.stage and self.kind in WITH_PEOPLE
        return "people" if self.stage == "roster" or starts_with_people else "grades"

    @property
    def words(self) -> str:
        """What it does now."""
        if self.stage == "roster" and self.expected:
            return _("%(done)s of about %(expected)s people", done=self.done, expected=self.expected)
        if self.stage == "roster":
            return _("%(done)s people so far", done=self.done)
        if self.stage == "grades" and self.expected:
            return _("Grades of %(done)s of %(expected)s students", done=self.done, expected=self.expected)
        if self.stage == "grades":
            return _("Reading grades")
        if self.stage == "structure":
            return _("Reading sections and groups")
        if self.stage == "items":
            return _("Reading the gradebook")
        return _("Starting")


@dataclass(frozen=True)
class Resting:
    """The LMS is left in peace. until: when it is tried again, in the course's zone; empty = any moment."""

    sentence: str
    until: datetime | None


@dataclass(frozen=True)
class SyncState:
    """as_of: when grades were last read, in the course's zone; empty before the first time.

    error: what the newest finished run says went wrong, empty when it went well. roster_doubted: staff are
    asked whether the people whom the newest list leaves out have left. resting: after repeated failure.
    """

    as_of: datetime | None
    today: date
    run: RunState | None
    error: str
    connection: ConnectionWords
    roster_doubted: bool = False
    resting: Resting | None = None


def sync_state(session: Session, actor: Actor, context_id: int | None, *, now: datetime) -> SyncState:
    """The state of the actor's course. Four statements. Raises Refused, NotFound."""
    require(actor, Act.SEE_SYNC)
    return state_at(session, place(session, actor, context_id), now=now, actor=actor)


def state_at(session: Session, here: Place, *, now: datetime, actor: Actor | None = None) -> SyncState:
    """The same for a course that was looked up already. Three statements."""
    runs = session.scalars(
        sa.select(SyncRun)
        .where(SyncRun.context_id == here.context.id)
        .order_by(SyncRun.queued_at.desc(), SyncRun.id)
        .limit(5)
    ).all()
    read_at = here.context.grades_read_at
    return SyncState(
        as_of=read_at.astimezone(here.zone) if read_at else None,
        today=now.astimezone(here.zone).date(),
        run=_running(runs, now),
        error=_last_error(runs),
        connection=connection_of(session, here, actor),
        roster_doubted=bool(here.context.roster_doubt),
        resting=_resting(session, here, now),
    )


def _resting(session: Session, here: Place, now: datetime) -> Resting | None:
    """Whether a way into this course's LMS is shut: the one shut longest is told."""
    connections = sa.select(Connection.id).where(
        sa.or_(Connection.context_id.is_(None), Connection.context_id == here.context.id)
    )
    door = session.scalars(
        sa.select(LmsDoor)
        .where(
            LmsDoor.registration_id == here.context.registration_id,
            LmsDoor.shut_until.is_not(None),
            sa.or_(LmsDoor.connection_id.is_(None), LmsDoor.connection_id.in_(connections)),
        )
        .order_by(LmsDoor.shut_until.desc())
        .limit(1)
    ).one_or_none()
    if door is None or door.shut_until is None:
        return None
    why = trouble(door.error_code, door.error_words or {}, _).sentence
    until = door.shut_until.astimezone(here.zone) if door.shut_until > now else None
    sentence = _("%(why)s That went on several times, so it is left in peace for a while.", why=why)
    return Resting(why if door.failures < SEVERAL else sentence, until)


def _running(runs: Sequence[SyncRun], now: datetime) -> RunState | None:
    for run in runs:
        if run.state in ACTIVE:
            seconds = max(0, int((now - run.queued_at).total_seconds()))
            return RunState(run.id, run.kind, run.stage, run.done, run.expected or None, seconds)
    return None


def _last_error(runs: Sequence[SyncRun]) -> str:
    ended = [run for run in runs if run.finished_at is not None and run.error_code != "resting"]
    if not ended:
        return ""
    return shown_trouble(ended[0].error_code, ended[0].error_words, ended[0].error, _)
