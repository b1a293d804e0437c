"""Rounds of looking again, and the self-assessment of each (A2, A25)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.notes import note
from lti_tool.planning.profile_changes import share_all
from lti_tool.planning.scope import course_of
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.ids import is_row_id
from lti_tool.records.profile import Assessment, Entry, Round


class RoundKind(StrEnum):
    """When in the year."""

    START = "start"
    MIDDLE = "middle"
    END = "end"
    ON_DEMAND = "on_demand"


def open_round(session: Session, actor: Actor, kind: RoundKind, *, now: datetime) -> Round:
    """Ask a whole course to look again; the round before it closes. The same kind open: that one.

    Raises:
        Refused, NotFound: not staff of this course.
    """
    require(actor, Act.OPEN_ROUND)
    context = course_of(session, actor)
    there = _course_round(session, context.id)
    if there is not None and there.kind == kind:
        return there
    if there is not None:
        there.closed_at = now
    row = Round(
        registration_id=actor.registration_id,
        context_id=context.id,
        kind=kind.value,
        opened_at=now,
        opened_by_id=actor.person_id,
    )
    session.add(row)
    session.flush()
    if actor.person_id is not None:
        note(session, actor, "round.opened", actor.person_id, now=now, round=row.id)
    return row


def close_round(session: Session, actor: Actor, round_id: int, *, now: datetime) -> None:
    """Nobody is asked any more; what was written stays. Raises Refused, NotFound."""
    require(actor, Act.OPEN_ROUND)
    context = course_of(session, actor)
    row = session.get(Round, round_id) if is_row_id(round_id) else None
    if row is None or row.context_id != context.id:
        raise NotFound
    row.closed_at = row.closed_at or now


def _course_round(session: Session, context_id: int | None) -> Round | None:
    return session.scalar(
        sa.select(Round)
        .where(Round.context_id == context_id, Round.person_id.is_(None), Round.closed_at.is_(None))
        .order_by(Round.opened_at.desc(), Round.id.desc())
        .limit(1)
    )


def begin_assessment(session: Session, actor: Actor, *, again: bool = False, now: datetime) -> Assessment:
    """The student's assessment in the course's open round, else one of their own.

    again: begin one of their own although the round's is finished. Raises Refused, NotFound.
    """
    require(actor, Act.WRITE_PROFILE)
    if actor.person_id is None:
        raise NotFound
    open_one = session.scalar(
        sa.select(Assessment)
        .where(Assessment.person_id == actor.person_id, Assessment.finished_at.is_(None))
        .order_by(Assessment.id.desc())
        .limit(1)
    )
    asked = _course_round(session, course_of(session, actor).id)
    done = asked is not None and _done(session, asked, actor.person_id)
    if asked is not None and not done:
        row = session.scalar(
            sa.select(Assessment).filter_by(round_id=asked.id, person_id=actor.person_id).limit(1)
        )
        return row or _new(session, actor, asked.id, now)
    if open_one is not None:
        return open_one
    latest = _latest(session, actor.person_id)
    if latest is not None and not again:
        return latest
    own = Round(
        registration_id=actor.registration_id,
        context_id=actor.context_id,
        person_id=actor.person_id,
        kind=(RoundKind.START if latest is None else RoundKind.ON_DEMAND).value,
        opened_at=now,
        opened_by_id=actor.person_id,
    )
    session.add(own)
    session.flush()
    return _new(session, actor, own.id, now)


def finish_assessment(session: Session, actor: Actor, *, share: bool, now: datetime) -> Assessment:
    """The student is done for now: the profile as it stands is kept with the round.

    Finished twice, the snapshot is the newer one. Raises Refused, NotFound.
    """
    row = begin_assessment(session, actor, now=now)
    if share:
        share_all(session, actor, now=now)
    row.snapshot = snapshot(session, row.person_id)
    row.finished_at = now
    note(session, actor, "assessment.finished", row.person_id, now=now, assessment=row.id)
    return row


def snapshot(session: Session, person_id: int) -> dict[str, Any]:
    """What a student's own entries say now, for plans.compare.round_changes."""
    rows = session.scalars(
        sa.select(Entry)
        .where(
            Entry.person_id == person_id,
            Entry.author_id == person_id,
            Entry.beside_id.is_(None),
            Entry.retired_at.is_(None),
        )
        .order_by(Entry.id)
    )
    return {
        "entries": [
            {
                "id": row.id,
                "kind": row.kind,
                "topic": row.topic,
                "text": row.text,
                "more": row.more,
                "shared": row.shared_at is not None,
            }
            for row in rows
        ]
    }


def _new(session: Session, actor: Actor, round_id: int, now: datetime) -> Assessment:
    row = Assessment(
        registration_id=actor.registration_id, round_id=round_id, person_id=actor.person_id, started_at=now
    )
    session.add(row)
    session.flush()
    return row


def _done(session: Session, asked: Round, person_id: int) -> bool:
    found = session.scalar(
        sa.select(Assessment.finished_at).where(
            Assessment.round_id == asked.id, Assessment.person_id == person_id
        )
    )
    return found is not None


def _latest(session: Session, person_id: int) -> Assessment | None:
    return session.scalar(
        sa.select(Assessment).where(Assessment.person_id == person_id).order_by(Assessment.id.desc()).limit(1)
    )
