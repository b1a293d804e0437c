"""What is ours in a course's gradebook: left out when it is read, so that it never feeds a measure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms_sync.platforms.ags import LineItem
from lms_sync.platforms.base import Ours, OwnSeen
from lti_tool.records.course import Context, ResourceLink
from lti_tool.records.platform import Registration
from lti_tool.records.score import OwnColumn


def ours_in(session: Session, context_id: int, kind: str) -> Ours:
    """Our links and columns in a course. kind: the connection's, since Canvas's API has ids of its own."""
    contexts = _same_course(session, context_id) if kind == "moodle" else [context_id]
    links = session.scalars(sa.select(ResourceLink.lms_id).where(ResourceLink.context_id.in_(contexts))).all()
    columns = session.scalars(sa.select(OwnColumn).where(OwnColumn.context_id.in_(contexts))).all()
    ids = {column.api_id or (column.lms_id if kind == "moodle" else "") for column in columns}
    names = {
        column.label
        for column in columns
        if not column.api_id
        and not (kind == "moodle" and column.lms_id)
        and (column.url is not None or column.state in ("wanted", "linked"))
    }
    return Ours(frozenset(links), frozenset(ids - {""}), frozenset(names))


def _same_course(session: Session, context_id: int) -> Sequence[int]:
    """The course as every registration of the same Moodle knows it.

    A Moodle may have this tool twice, and its web services list the columns of both; an issuer is one site
    and a course's id is the same for both. Nothing but the numbers of our own columns is read across.
    """
    this, that = aliased(Context), aliased(Context)
    home, other = aliased(Registration), aliased(Registration)
    return session.scalars(
        sa.select(that.id)
        .join(other, other.id == that.registration_id)
        .join(home, home.issuer == other.issuer)
        .join(this, sa.and_(this.registration_id == home.id, this.lms_id == that.lms_id))
        .where(this.id == context_id)
    ).all()


def remember_links(session: Session, context_id: int, items: Iterable[LineItem], *, now: datetime) -> None:
    """Keep which activities open this tool, as its own list of line items says, before anybody opens them."""
    links = {item.link: item.label for item in items if item.link}
    known = set(
        session.scalars(
            sa.select(ResourceLink.lms_id).where(
                ResourceLink.context_id == context_id, ResourceLink.lms_id.in_(links)
            )
        )
    )
    session.add_all(
        ResourceLink(context_id=context_id, lms_id=link, title=label, seen_at=now)
        for link, label in links.items()
        if link not in known
    )


def remember_own(session: Session, context_id: int, seen: Sequence[OwnSeen]) -> str:
    """Keep the API's id of our column, so that it stays ours when it is renamed, and whether it counts.

    Returns:
        The id of a column that counts in the course's grade and was never asked not to; empty otherwise.
    """
    if len(seen) != 1:
        return ""  # none, or two of one name: both stay out of measures, and neither is taken for ours
    column = session.scalar(
        sa.select(OwnColumn).where(OwnColumn.context_id == context_id, OwnColumn.url.is_not(None))
    )
    if column is None:
        return ""
    first = column.counts is None
    column.api_id, column.counts = seen[0].id, seen[0].counts
    return seen[0].id if first and seen[0].counts else ""


def left_out(session: Session, context_id: int, own_id: str) -> None:
    """Keep that the LMS leaves our column out of the course's grade."""
    session.execute(
        sa.update(OwnColumn)
        .where(OwnColumn.context_id == context_id, OwnColumn.api_id == own_id)
        .values(counts=False)
    )
