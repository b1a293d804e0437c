"""The parts of lessons as rows for pages: resources and questions, one statement each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, NotFound, may, require
from lti_tool.plans.ids import is_row_id
from lti_tool.records.addressed import given_to
from lti_tool.records.gradebook import Item
from lti_tool.records.lesson import Lesson, LessonGiven, LessonPart
from lti_tool.records.portfolio import StoredFile


@dataclass(frozen=True)
class PartView:
    """A resource. url: where a link or a piece of work leads; file: the name of a file kept here.

    hidden: work that students cannot see (any more); only staff are told of it.
    """

    id: int
    lesson_id: int
    kind: str
    format: str
    name: str
    url: str
    file: str
    hidden: bool


def parts_of(session: Session, lesson_ids: Sequence[int], *, staff: bool) -> dict[int, list[PartView]]:
    """lesson → its resources in order; students get none whose work they cannot see in the LMS."""
    rows = session.execute(
        sa.select(LessonPart, Item, StoredFile.name)
        .outerjoin(Item, Item.id == LessonPart.item_id)
        .outerjoin(StoredFile, StoredFile.id == LessonPart.file_id)
        .where(LessonPart.lesson_id.in_(lesson_ids), LessonPart.gone_at.is_(None))
        .order_by(LessonPart.position, LessonPart.id)
    )
    found: dict[int, list[PartView]] = defaultdict(list)
    for part, item, file in rows:
        hidden = item is not None and (not item.published or item.gone_at is not None)
        if hidden and not staff:
            continue
        url = part.url if item is None else item.url
        found[part.lesson_id].append(
            PartView(
                part.id, part.lesson_id, part.kind, part.format, part.name, url or "", file or "", hidden
            )
        )
    return found


def file_of(session: Session, actor: Actor, lesson_id: int, part_id: int) -> StoredFile:
    """The file of a resource, for staff of the lesson's course and for those it was given to.

    Raises:
        Refused, NotFound.
    """
    require(actor, Act.SEE_LESSONS)
    here = place(session, actor, actor.context_id)
    if not (is_row_id(lesson_id) and is_row_id(part_id)):
        raise NotFound
    query = (
        sa.select(StoredFile)
        .join(LessonPart, LessonPart.file_id == StoredFile.id)
        .join(Lesson, Lesson.id == LessonPart.lesson_id)
        .where(
            LessonPart.id == part_id,
            LessonPart.lesson_id == lesson_id,
            LessonPart.gone_at.is_(None),
            Lesson.context_id == here.context.id,
        )
    )
    if not may(actor, Act.MAKE_LESSON):
        given = sa.select(LessonGiven.lesson_id).where(given_to(actor.person_id, here.context.id))
        query = query.where(Lesson.ended_at.is_(None), Lesson.id.in_(given))
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found
