"""Staff have the board open: it is read more often while they do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lti_tool.planning.scope import course_of
from lti_tool.plans.access import Act, Actor, require
from lti_tool.records.rhythm import CourseRhythm

# One row a minute is enough, however many colleagues look at once.
AGAIN_AFTER = timedelta(seconds=30)


def note_open_board(session: Session, actor: Actor, *, now: datetime) -> None:
    """The board of the actor's course is open now. Raises Refused, NotFound."""
    require(actor, Act.SEE_BOARD)
    context = course_of(session, actor)
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(CourseRhythm)
        .values(context_id=context.id, board_seen_at=now, failures=0)
        .on_conflict_do_update(
            index_elements=["context_id"],
            set_={"board_seen_at": now},
            where=sa.or_(
                CourseRhythm.board_seen_at.is_(None), CourseRhythm.board_seen_at < now - AGAIN_AFTER
            ),
        )
        .execution_options(synchronize_session=False)
    )
