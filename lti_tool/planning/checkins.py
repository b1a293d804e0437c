"""Check-ins: staff note that they talked with a student about the plan."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.scope import course_of, learner_in
from lti_tool.planning.scores import column_of, queue_scores
from lti_tool.plans.access import Act, Actor, require
from lti_tool.records.audit import AuditEntry
from lti_tool.records.checkin import CheckIn

NOTE_LONGEST = 2000
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
    context = course_of(session, actor)
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
