"""Check-ins: adults note that they talked with a student about the plan, in one click or with its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.bonds import bond_for
from lti_tool.planning.notes import note as write_note
from lti_tool.planning.once import added_once, own_one
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.planning.scores import column_of, queue_scores
from lti_tool.planning.texts import Incomplete, text_problems, tidy
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import Problem
from lti_tool.plans.mentoring import Readers
from lti_tool.records.audit import AuditEntry
from lti_tool.records.checkin import CheckIn
from lti_tool.records.course import Context
from lti_tool.records.mentoring import CheckInNote

NOTE_LONGEST = 2000
LINE_LONGEST, LINES_MOST = 300, 40
TOKEN_LONGEST = 32
AHEAD_MOST = timedelta(days=370)
log = structlog.get_logger()


def record_check_in(
    session: Session, actor: Actor, person_id: int, *, note: str = "", after: int | None = None, now: datetime
) -> CheckIn:
    """Note a check-in with a learner of the course; where the gradebook column is on, its score waits.

    Args:
        after: how many there were when the page was made; if there is one more now, the click came twice
            and the newest is given back.

    Raises:
        Refused: the actor may not. NotFound: not somebody who learns in the actor's course now.
    """
    require(actor, Act.RECORD_CHECK_IN)
    return _count(session, actor, course_of(session, actor), person_id, note=note, after=after, now=now)


def _count(
    session: Session,
    actor: Actor,
    context: Context,
    person_id: int,
    *,
    note: str = "",
    after: int | None = None,
    now: datetime,
) -> CheckIn:
    """One more check-in of a course, and its score where the column is on."""
    member = learner_in(session, context, person_id)
    session.refresh(member, with_for_update=True)  # two clicks at once stand in line here
    newest = _newest(session, context.id, person_id)
    count = newest.number if newest is not None else 0
    if newest is not None and after is not None and count > after:
        return newest
    done = CheckIn(
        context_id=context.id,
        person_id=person_id,
        number=count + 1,
        recorded_by_id=actor.person_id,
        note=note[:NOTE_LONGEST],
        done_at=now,
    )
    session.add(done)
    session.flush()
    _write_down(session, actor, context.id, person_id, now)
    column = column_of(session, context.id, lock=True)
    if column is not None:
        queue_scores(session, column, now=now, people=[person_id])
    log.info("check_in.recorded", context_id=context.id, check_in_id=done.id)
    return done


@dataclass(frozen=True)
class CheckInDraft:
    """What was typed. lines: what of the draft was talked about; readers: plans.mentoring.Readers."""

    well: str = ""
    hard: str = ""
    agreed: str = ""
    lines: Sequence[str] = ()
    next_on: date | None = None
    readers: str = Readers.SCHOOL


def note_check_in(
    session: Session,
    actor: Actor,
    student_id: int,
    context_id: int | None,
    draft: CheckInDraft,
    *,
    token: str,
    now: datetime,
) -> CheckInNote:
    """A check-in with what was said. A teacher's counts in the course, too; token: one sending is one note.

    Raises:
        Refused, NotFound: the actor does not stand by this student. Incomplete: it cannot be kept so.
    """
    bond = bond_for(session, actor, Act.CHECK_IN, student_id, context_id)
    token = token[:TOKEN_LONGEST]
    which = sa.select(CheckInNote).filter_by(person_id=student_id, token=token)
    there = session.scalar(which)
    if there is not None:
        return own_one(there, actor)
    texts = {name: tidy(getattr(draft, name)) for name in ("well", "hard", "agreed")}
    check_draft(draft, texts, now.astimezone(bond.zone).date())
    row = CheckInNote(
        registration_id=actor.registration_id,
        person_id=student_id,
        context_id=bond.context_id,
        by_id=actor.person_id,
        by_role=bond.role,
        token=token,
        lines=[line[:LINE_LONGEST] for line in draft.lines[:LINES_MOST]],
        next_on=draft.next_on,
        readers=draft.readers,
        at=now,
        version=1,
        **texts,
    )
    there = added_once(session, row, which)
    if there is not row:
        return own_one(there, actor)
    if bond.context is not None:  # counted only now, so that a note sent twice counts once
        row.check_in_id = _count(session, actor, bond.context, student_id, now=now).id
    write_note(
        session, actor, "check_in.noted", student_id, now=now, context_id=bond.context_id, check_in=row.id
    )
    return row


def check_draft(
    draft: CheckInDraft, texts: Mapping[str, str], today: date, *, agreed_on: date | None = None
) -> None:
    """Raise Incomplete unless it can be kept. agreed_on: the day that stood there, which may be past."""
    problems = [one for name, text in texts.items() for one in text_problems(name, text, NOTE_LONGEST)]
    problems += [one for line in draft.lines for one in text_problems("lines", line, NOTE_LONGEST)][:1]
    if draft.readers not in set(Readers):
        problems.append(Problem("readers", "readers", lambda _: _("Choose who reads this.")))
    ahead = draft.next_on is None or today <= draft.next_on <= today + AHEAD_MOST
    if not ahead and draft.next_on != agreed_on:
        problems.append(
            Problem("next_on", "day", lambda _: _("Choose a day within the next year, or leave it empty."))
        )
    if problems:
        raise Incomplete(problems)


def _newest(session: Session, context_id: int, person_id: int) -> CheckIn | None:
    return session.scalar(
        sa.select(CheckIn)
        .where(CheckIn.context_id == context_id, CheckIn.person_id == person_id)
        .order_by(CheckIn.number.desc())
        .limit(1)
    )


def _write_down(session: Session, actor: Actor, context_id: int, person_id: int, now: datetime) -> None:
    session.add(
        AuditEntry(
            registration_id=actor.registration_id,
            actor_id=actor.person_id,
            actor_role=actor.role.value,
            act="check_in.recorded",
            subject=f"person:{person_id}",
            context_id=context_id,
            at=now,
        )
    )
