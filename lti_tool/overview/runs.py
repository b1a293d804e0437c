"""The sync runs of a course, as rows a person can read: who asked, what was read, how it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.place import Place, place
from lti_tool.overview.run_words import kind_words, reason_words, state_words, trigger_words
from lti_tool.overview.sync import SyncState, state_at
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.plans.translate import Translate
from lti_tool.plans.troubles import shown_trouble
from lti_tool.records.course import Person
from lti_tool.records.gradebook import SyncRun

_: Translate = gettext
PAGE = 25
# Reasons that count students or columns, not rows.
ABOUT_STUDENTS = frozenset({"no connection", "students the connection does not see"})


@dataclass(frozen=True)
class RunLine:
    """One run. Times in the course's zone; seconds: how long it read, None before it began.

    cursor_from: changes since then were asked for, empty = everything. cursor_to: everything before it is
    stored. went_on_since, went_on_after: when the broken-off reading began that this one went on with, and
    after how many of its cells. changed: of everybody together, hidden cells among them, which the staff who
    read this see in the LMS. ignored: (reason, how many). error: empty when it went well.
    """

    id: str
    kind: str
    state: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    what: str
    who: str
    how: str
    requests: int
    rows: int
    changed: int
    attempts: int
    cursor_from: datetime | None = None
    cursor_to: datetime | None = None
    went_on_since: datetime | None = None
    went_on_after: int | None = None
    ignored: Sequence[tuple[str, int]] = field(default=())
    error: str = ""


@dataclass(frozen=True)
class Runs:
    """A page of runs, the newest first. number: the page, from 1; more: whether older ones follow."""

    title: str
    lines: Sequence[RunLine]
    number: int
    more: bool
    sync: SyncState
    today: date


@dataclass(frozen=True)
class OneRun:
    """One run, and how reading goes now."""

    title: str
    line: RunLine
    sync: SyncState
    today: date


def runs(session: Session, actor: Actor, context_id: int | None, *, page: int = 1, now: datetime) -> Runs:
    """The runs of the actor's course. Raises Refused, NotFound."""
    require(actor, Act.SEE_RUNS)
    here = place(session, actor, context_id)
    found = session.execute(
        _of(here)
        .order_by(SyncRun.queued_at.desc(), SyncRun.id)
        .limit(PAGE + 1)
        .offset((max(page, 1) - 1) * PAGE)
    ).all()
    lines = [run_line(run, person, here, now) for run, person in found[:PAGE]]
    today = now.astimezone(here.zone).date()
    return Runs(here.title, lines, max(page, 1), len(found) > PAGE, state_at(session, here, now=now), today)


def one_run(session: Session, actor: Actor, context_id: int | None, run_id: str, *, now: datetime) -> OneRun:
    """One run of the actor's course. Raises Refused, NotFound."""
    require(actor, Act.SEE_RUNS)
    here = place(session, actor, context_id)
    found = session.execute(_of(here).where(SyncRun.id == run_id)).one_or_none()
    if found is None:
        raise NotFound
    line = run_line(found[0], found[1], here, now)
    return OneRun(here.title, line, state_at(session, here, now=now), now.astimezone(here.zone).date())


def _of(here: Place) -> sa.Select[SyncRun, Person]:
    return (
        sa.select(SyncRun, Person)
        .outerjoin(Person, Person.id == SyncRun.asked_by_id)
        .where(SyncRun.context_id == here.context.id, SyncRun.registration_id == here.context.registration_id)
    )


def run_line(run: SyncRun, person: Person | None, here: Place, now: datetime) -> RunLine:
    """A run's row in words."""

    def local(moment: datetime | None) -> datetime | None:
        return moment.astimezone(here.zone) if moment else None

    until = run.finished_at or (now if run.state == "running" else None)
    seconds = (until - run.started_at).total_seconds() if run.started_at and until else None
    return RunLine(
        id=run.id,
        kind=run.kind,
        state=run.state,
        asked_at=run.queued_at.astimezone(here.zone),
        started_at=local(run.started_at),
        finished_at=local(run.finished_at),
        seconds=max(seconds, 0.0) if seconds is not None else None,
        what=kind_words(run.kind),
        who=trigger_words(run.trigger, display_name(person) if person else ""),
        how=state_words(run.state),
        requests=run.requests,
        rows=run.rows,
        changed=run.changed,
        attempts=run.attempts,
        cursor_from=local(run.cursor_from),
        cursor_to=local(run.cursor_to),
        went_on_since=local(run.went_on_since),
        went_on_after=run.went_on_after,
        ignored=[(reason_words(reason), int(count)) for reason, count in sorted(run.ignored.items())],
        error=shown_trouble(run.error_code, run.error_words, run.error, _),
    )
