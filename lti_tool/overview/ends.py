"""Goals that ended lately: what the student is asked, and which ends changed or wait for a teacher."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.plans.goal import GoalState
from lti_tool.plans.outcome import Outcome
from lti_tool.records.base import Plain, table_of
from lti_tool.records.course import Person
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.prepared import Prepared

SHOWN = timedelta(days=60)
SHOWN_MOST = 100


@dataclass(frozen=True)
class End:
    """A goal that ended. reached_on: the day it first touched its target. asked: an end to confirm."""

    goal_id: int
    title: str
    person_id: int
    name: str
    outcome: Outcome
    settled_on: date
    reached_on: date | None
    choice: str
    asked: Outcome | None
    flipped_at: datetime | None


def ends_of(session: Session, now: datetime, *goals: sa.ColumnElement[bool]) -> list[End]:
    """The goals that these conditions on Goal and Plan name and that ended in the last 60 days."""
    rows = session.execute(
        sa.select(Goal, Person)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Person, Person.id == Plan.person_id)
        .where(Goal.state == GoalState.CLOSED, Goal.settled_on > (now - SHOWN).date(), *goals)
        .order_by(Goal.settled_on.desc(), Goal.id.desc())
        .limit(SHOWN_MOST)
    )
    return [_end(goal, person) for goal, person in rows if goal.outcome and goal.settled_on is not None]


_PARTS = Plain(Goal, (Person, ("id", "name", "given_name", "family_name")))
_goal, _plan, _person = table_of(Goal), table_of(Plan), table_of(Person)
OWN_ENDS = Prepared(
    sa.select(*_PARTS.columns)
    .select_from(_goal)
    .join(_plan, _plan.c.id == _goal.c.plan_id)
    .join(_person, _person.c.id == _plan.c.person_id)
    .where(
        _goal.c.state == GoalState.CLOSED.value,
        _goal.c.settled_on > sa.bindparam("ended_since"),
        _plan.c.person_id == sa.bindparam("person"),
        _plan.c.closed_at.is_(None),
    )
    .order_by(_goal.c.settled_on.desc(), _goal.c.id.desc())
    .limit(sa.literal_column(str(SHOWN_MOST)))
)


def own_ends(session: Session, now: datetime, person_id: int) -> list[End]:
    """The same of one person's open plan, over all courses."""
    rows = OWN_ENDS.read(session, {"ended_since": (now - SHOWN).date(), "person": person_id})
    found = [_PARTS.split(row) for row in rows]
    return [_end(goal, person) for goal, person in found if goal.outcome and goal.settled_on is not None]


def _end(goal: Goal, person: Person) -> End:
    return End(
        goal_id=goal.id,
        title=goal.title,
        person_id=person.id,
        name=display_name(person),
        outcome=Outcome(goal.outcome),
        settled_on=goal.settled_on or goal.due_on,
        reached_on=goal.reached_on,
        choice=goal.end_choice,
        asked=Outcome(goal.outcome_asked) if goal.outcome_asked else None,
        flipped_at=goal.flipped_at,
    )


def ends_changed(session: Session, now: datetime, context_id: int) -> list[End]:
    """Ends of a course that a regrade changed in the last 30 days, or that wait for a teacher's word."""
    recent = sa.or_(Goal.outcome_asked != "", Goal.flipped_at > now - timedelta(days=30))
    return ends_of(session, now, Goal.context_id == context_id, recent)
