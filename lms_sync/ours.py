"""What is ours in a course's gradebook: left out when it is read, so that it never feeds a measure."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.platforms.base import Ours
from lti_tool.records.course import ResourceLink
from lti_tool.records.score import OwnColumn


def ours_in(session: Session, context_id: int, kind: str) -> Ours:
    """Our links and columns in a course. kind: the connection's, since Canvas's API has ids of its own."""
    links = session.scalars(sa.select(ResourceLink.lms_id).where(ResourceLink.context_id == context_id)).all()
    columns = session.scalars(sa.select(OwnColumn).where(OwnColumn.context_id == context_id)).all()
    ids = {column.api_id or (column.lms_id if kind == "moodle" else "") for column in columns}
    return Ours(
        links=frozenset(links),
        ids=frozenset(ids - {""}),
        looks=frozenset(
            (column.label, column.maximum)
            for column in columns
            if not column.api_id and not (kind == "moodle" and column.lms_id)
        ),
    )


def remember_ids(session: Session, context_id: int, found: Sequence[str]) -> None:
    """Keep the API's id of a column that was told by its looks: it stays ours when it is renamed."""
    if len(found) != 1:
        return  # none, or two that look alike: both stay out of measures, and none is taken for ours
    session.execute(
        sa.update(OwnColumn)
        .where(OwnColumn.context_id == context_id, OwnColumn.api_id == "", OwnColumn.url.is_not(None))
        .values(api_id=found[0])
        .execution_options(synchronize_session=False)
    )
