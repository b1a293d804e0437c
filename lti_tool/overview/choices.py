"""What a new goal may be about: the course's work with points, for the form that makes or proposes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.letters import scheme_of
from lti_tool.overview.people import display_name, sort_name
from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, NotFound, may, require
from lti_tool.plans.goal import WORD_KINDS
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.letters import Scheme
from lti_tool.plans.measure import USABLE_KINDS
from lti_tool.plans.zones import day_in
from lti_tool.records.course import Membership, Person, ResourceLink
from lti_tool.records.gradebook import Item
from lti_tool.records.learners import learners_in, learns_in


@dataclass(frozen=True)
class Choice:
    """One piece of work to choose. possible: points, None where it is graded with words alone.

    kind: the item's. group: the assignment group it is in, by name.
    """

    id: int
    name: str
    possible: Decimal | None
    due_on: date | None
    kind: str = "points"
    group: str = ""

    @property
    def in_words(self) -> bool:
        """Graded with words alone: a scale, or done and not done."""
        return self.kind not in USABLE_KINDS


@dataclass(frozen=True)
class Choices:
    """Who the goal is for (empty name: the actor), in which course, and what can be chosen.

    scheme: the course's letters. term_ends_on: its last day, if the LMS says one.
    """

    person_name: str
    course: str
    today: date
    work: Sequence[Choice]
    scheme: Scheme = ()
    term_ends_on: date | None = None


def goal_choices(session: Session, actor: Actor, person_id: int | None = None, *, now: datetime) -> Choices:
    """The choices for a learner's own goal, or for a proposal to `person_id`.

    Raises:
        Refused: the actor may not. NotFound: nobody who learns here, or plans have not started.
    """
    require(actor, Act.MAKE_GOAL if person_id is None else Act.PROPOSE_GOAL)
    here = place(session, actor, actor.context_id)
    if here.context.started_at is None:
        raise NotFound
    wanted = actor.person_id if person_id is None else person_id
    if not is_row_id(wanted):
        raise NotFound
    person = session.scalars(
        sa.select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Person.id == wanted,
            learns_in(here.context.id),
        )
    ).one_or_none()
    if person is None:
        raise NotFound
    links = sa.select(ResourceLink.lms_id).where(ResourceLink.context_id == here.context.id)
    query = (
        sa.select(Item)
        .where(
            Item.context_id == here.context.id,
            Item.gone_at.is_(None),
            Item.kind.in_(USABLE_KINDS | WORD_KINDS),
            sa.or_(
                Item.module.is_(None),
                Item.module != "lti",
                Item.instance.is_(None),
                Item.instance.not_in(links),
            ),
        )
        .order_by(Item.position, Item.id)
    )
    if not may(actor, Act.PROPOSE_GOAL):
        query = query.where(Item.published.is_(True))
    work = [
        Choice(row.id, row.name, row.possible, day_in(row.due_at, here.zone), row.kind, row.group_name)
        for row in session.scalars(query)
        if row.kind in WORD_KINDS or (row.possible is not None and row.possible > 0)
    ]
    return Choices(
        display_name(person),
        here.title,
        now.astimezone(here.zone).date(),
        work,
        scheme_of(session, here.context.id, here.family),
        day_in(here.context.term_ends_at, here.zone),
    )


def learners_besides(session: Session, actor: Actor, person_id: int | None) -> list[tuple[int, str]]:
    """(id, name) of the other learners of the course, for one goal proposed to several. Raises Refused."""
    require(actor, Act.PROPOSE_GOAL)
    rows = session.scalars(learners_in(actor.context_id).where(Person.id != person_id)).all()
    return [(row.id, display_name(row)) for row in sorted(rows, key=lambda row: (sort_name(row), row.id))]
