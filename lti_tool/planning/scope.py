"""Finding rows inside the actor's own registration and course (design.md rule 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.ids import is_row_id
from lti_tool.records.course import Context, Membership
from lti_tool.records.learners import learns_in

CHUNK = 500

T = TypeVar("T")


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def course_of(session: Session, actor: Actor, context_id: int | None = None) -> Context:
    """The course the actor acts in; the command line and the worker may name one of the registration.

    Raises:
        NotFound: none, or not the actor's.
    """
    wanted = actor.context_id if context_id is None else context_id
    if not is_row_id(wanted):
        raise NotFound
    if actor.role not in (Role.OPERATOR, Role.SYSTEM) and wanted != actor.context_id:
        raise NotFound
    found = session.get(Context, wanted)
    if found is None or found.registration_id != actor.registration_id:
        raise NotFound
    return found


def learner_in(session: Session, context: Context, person_id: int | None) -> Membership:
    """The membership of somebody who learns in this course now.

    Raises:
        NotFound: unknown, of another course, gone, or not a learner.
    """
    if not is_row_id(person_id):
        raise NotFound
    found = session.scalars(
        sa.select(Membership).where(
            learns_in(context.id),
            Membership.person_id == person_id,
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def check_learners(session: Session, context: Context, people: Collection[int]) -> None:
    """All of them learn in this course now. Raises NotFound."""
    if not all(is_row_id(one) for one in people):
        raise NotFound
    found = session.scalar(
        sa.select(sa.func.count()).where(learns_in(context.id), Membership.person_id.in_(people))
    )
    if found != len(set(people)):
        raise NotFound
