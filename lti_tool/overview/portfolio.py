"""A portfolio as somebody reads it: each piece with the reason it was chosen (A5, A8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.overview.plan import learner_of
from lti_tool.plans.access import Act, Actor, may, require
from lti_tool.plans.measure import USABLE_KINDS
from lti_tool.records.course import Person
from lti_tool.records.gradebook import Item, Result, ResultVersion
from lti_tool.records.portfolio import Artifact, StoredFile
from lti_tool.records.profile import Entry


@dataclass(frozen=True)
class ArtifactView:
    """One piece. work, work_url: of LMS work; score, possible: as released, where the reader may see them.

    became: the kinds of entries made from it. mine: the reader's own.
    """

    id: int
    kind: str
    title: str
    why: str
    tag: str
    outside: bool
    alt: str
    text: str
    url: str
    item_id: int | None
    work: str
    work_url: str
    score: Decimal | None
    possible: Decimal | None
    file: str
    size: int
    ready: bool
    mine: bool
    at: datetime
    version: int
    became: Sequence[str] = ()


@dataclass(frozen=True)
class PortfolioView:
    """A student's portfolio for one reader; used, room: bytes of files."""

    person_id: int
    name: str
    given_name: str
    own: bool
    has_left: bool
    artifacts: Sequence[ArtifactView]
    used: int


def portfolio(session: Session, actor: Actor, person_id: int | None = None) -> PortfolioView:
    """The actor's own, or what a learner of their course has made ready, for staff. Six statements.

    Raises:
        Refused, NotFound: not theirs to see.
    """
    require(actor, Act.SEE_PROFILE)
    staff = may(actor, Act.ADD_VIEW)
    here = place(session, actor, actor.context_id)
    person, left_at = learner_of(session, here, person_id if staff else actor.person_id)
    used = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(StoredFile.size), 0)).where(
            StoredFile.person_id == person.id, StoredFile.gone_at.is_(None)
        )
    )
    return PortfolioView(
        person_id=person.id,
        name=display_name(person),
        given_name=person.given_name.strip() or display_name(person),
        own=not staff,
        has_left=left_at is not None,
        artifacts=artifacts_of(session, [person], own=not staff, context_id=here.context.id, zone=here.zone)[
            person.id
        ],
        used=int(used or 0),
    )


def artifacts_of(
    session: Session, people: Sequence[Person], *, own: bool, context_id: int | None, zone: tzinfo
) -> dict[int, list[ArtifactView]]:
    """person → pieces: strengths first, then growth, newest first; others see only what is ready.

    Two statements for any number of people. context_id: the course whose scores the reader may see; the
    student sees all.
    """
    ids = [person.id for person in people]
    query = (
        sa.select(Artifact, Item, ResultVersion, StoredFile)
        .outerjoin(Item, Item.id == Artifact.item_id)
        .outerjoin(Result, sa.and_(Result.item_id == Item.id, Result.person_id == Artifact.person_id))
        .outerjoin(ResultVersion, ResultVersion.id == Result.released_version_id)
        .outerjoin(StoredFile, StoredFile.id == Artifact.file_id)
        .where(Artifact.person_id.in_(ids), Artifact.retired_at.is_(None))
        .order_by((Artifact.tag == "growth"), Artifact.created_at.desc(), Artifact.id.desc())
    )
    if not own:
        query = query.where(Artifact.ready_at.is_not(None))
    rows = session.execute(query).all()
    became = _became(session, ids)
    found: dict[int, list[ArtifactView]] = {person_id: [] for person_id in ids}
    for row, item, result, file in rows:
        shown = item is not None and (own or item.context_id == context_id)
        found[row.person_id].append(
            _view(row, item, result if shown else None, file, own, zone, became.get(row.id, ()))
        )
    return found


def _view(
    row: Artifact,
    item: Item | None,
    result: ResultVersion | None,
    file: StoredFile | None,
    own: bool,
    zone: tzinfo,
    became: Sequence[str],
) -> ArtifactView:
    graded = item is not None and item.kind in USABLE_KINDS and result is not None and not result.excused
    return ArtifactView(
        id=row.id,
        kind=row.kind,
        title=row.title,
        why=row.why,
        tag=row.tag,
        outside=row.outside,
        alt=row.alt,
        text=row.text,
        url=row.url,
        item_id=row.item_id,
        work=item.name if item else "",
        work_url=item.url if item else "",
        score=result.score if graded and result else None,
        possible=(result.possible or item.possible) if graded and result and item else None,
        file=file.name if file else "",
        size=file.size if file else 0,
        ready=row.ready_at is not None,
        mine=own,
        at=row.changed_at.astimezone(zone),
        version=row.version,
        became=became,
    )


def _became(session: Session, people: Sequence[int]) -> dict[int, list[str]]:
    rows = session.execute(
        sa.select(Entry.artifact_id, Entry.kind).where(
            Entry.person_id.in_(people), Entry.artifact_id.is_not(None), Entry.retired_at.is_(None)
        )
    )
    found: dict[int, list[str]] = defaultdict(list)
    for artifact_id, kind in rows:
        found[artifact_id or 0].append(kind)
    return found


def work_to_choose(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """(id, name) of the course's work a learner can put into a portfolio. Raises Refused, NotFound."""
    require(actor, Act.WRITE_PROFILE)
    here = place(session, actor, actor.context_id)
    rows = session.execute(
        sa.select(Item.id, Item.name)
        .where(Item.context_id == here.context.id, Item.gone_at.is_(None), Item.published.is_(True))
        .order_by(Item.position, Item.id)
    )
    return [(row.id, row.name) for row in rows]
