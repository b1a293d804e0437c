"""A dream that was typed as a goal is kept with the student's dreams (domain.md A10)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.profile import EntryDraft, add_entry
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.profile import Kind
from lti_tool.records.profile import Entry


def keep_dream(session: Session, actor: Actor, words: str, *, now: datetime) -> bool:
    """Keep the words as the student's dream, for them alone until they share it.

    Returns whether it stands there now: another dream is never written over.
    Raises Refused, NotFound, Incomplete.
    """
    require(actor, Act.WRITE_PROFILE)
    there = session.scalar(
        sa.select(Entry)
        .where(
            Entry.registration_id == actor.registration_id,
            Entry.person_id == actor.person_id,
            Entry.author_id == actor.person_id,
            Entry.kind == Kind.DREAM,
            Entry.retired_at.is_(None),
        )
        .limit(1)
    )
    if there is not None:
        return there.text == words
    add_entry(session, actor, EntryDraft(Kind.DREAM, words), now=now)
    return True
