"""Whose grades a connection does not see: said on the board and on the plan, never taken for absence."""

from __future__ import annotations

from collections.abc import Container, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.people import api_ids
from lms_sync.roster import learners_of
from lti_tool.planning.scope import chunks
from lti_tool.records.course import Membership


def note_coverage(
    session: Session, context_id: int, registration_id: int, kinds: Sequence[str], met: Container[str]
) -> int:
    """Mark the learners of whom a whole reading held no cell; how many they are.

    met: the API ids it held. Somebody whose id we do not know was not met.
    """
    learners = learners_of(session, context_id)
    known, _subs = api_ids(session, context_id, registration_id, learners, kinds)
    unread = [person for person in learners if known.get(person) not in met]
    here = Membership.context_id == context_id
    session.execute(
        sa.update(Membership)
        .where(here, Membership.grades_unread)
        .values(grades_unread=False)
        .execution_options(synchronize_session=False)
    )
    for part in chunks(unread):
        session.execute(
            sa.update(Membership)
            .where(here, Membership.person_id.in_(part))
            .values(grades_unread=True)
            .execution_options(synchronize_session=False)
        )
    return len(unread)
