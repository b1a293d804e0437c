"""Which goals a page tells of: the few kinds of them, so that what is read of goals can be prepared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.goal import MEASURED
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.prepared import Prepared


class Whose(Enum):
    """Of an open plan: every goal at work or proposed, those of one course, or those and the whole plan's."""

    PLAN = auto()
    COURSE = auto()
    COURSE_AND_WHOLE = auto()


@dataclass(frozen=True)
class Wanted:
    """The goals of one person that are wanted. context_id: of the kinds that speak of a course."""

    person_id: int
    registration_id: int
    whose: Whose = Whose.PLAN
    context_id: int = 0


class OfGoals:
    """A statement about wanted goals. query: made of conditions on Goal and Plan, once for each kind."""

    def __init__(self, query: Callable[..., Any]) -> None:
        self._made = {whose: Prepared(partial(_of, query, whose)) for whose in Whose}

    def of_plan(self) -> Prepared:
        """The one about every goal of a plan, whose `person` and `registration` are given."""
        return self._made[Whose.PLAN]

    def read(self, session: Session, wanted: Wanted, **more: Any) -> Any:
        """Its rows; `more`: values the query names beside the goals'."""
        values = {"person": wanted.person_id, "registration": wanted.registration_id}
        if wanted.whose is not Whose.PLAN:
            values["context"] = wanted.context_id
        return self._made[wanted.whose].read(session, {**values, **more})


def _of(query: Callable[..., Any], whose: Whose) -> Any:
    return query(*_conditions(whose))


def _conditions(whose: Whose) -> tuple[sa.ColumnElement[bool], ...]:
    here = Goal.context_id == sa.bindparam("context")
    more = {Whose.PLAN: (), Whose.COURSE: (here,), Whose.COURSE_AND_WHOLE: (sa.or_(here, Goal.whole),)}
    return (
        Plan.person_id == sa.bindparam("person"),
        Plan.closed_at.is_(None),
        Plan.registration_id == sa.bindparam("registration"),
        Goal.state.in_(MEASURED),
        *more[whose],
    )
