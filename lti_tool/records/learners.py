"""Who learns in a course now: whoever lists, counts or checks learners asks here."""

from __future__ import annotations

import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.course import Membership, Person

LEARNS = sa.and_(Membership.role == Role.LEARNER, Membership.left_at.is_(None))


def learns_in(context_id: int | sa.SQLColumnExpression[int] | None) -> sa.ColumnElement[bool]:
    """Whether a `Membership` is of somebody who learns in this course now; nobody learns in None."""
    return sa.and_(Membership.context_id == context_id, LEARNS)


def learners_in(context_id: int | None) -> sa.Select[Person]:
    """The people who learn in this course now, the LMS's test students left out."""
    return (
        sa.select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(learns_in(context_id), Person.is_test.is_(False))
    )
