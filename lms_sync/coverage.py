"""Whose grades a connection does not see: said on the board and on the plan, never taken for absence."""

from __future__ import annotations

from collections.abc import Container, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.scope import chunks
from lti_tool.records.course import Membership


def note_coverage(
    session: Session, context_id: int, learners: Mapping[int, str | None], met: Container[str | None]
) -> int:
    """Mark the learners of whom a whole reading held no cell; how many they are.

    learners: person id → API id. met: the API ids it held. Somebody whose id we do not know was not met.
    """
    unread = [person for person, api_id in learners.items() if api_id is None or api_id not in met]
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
