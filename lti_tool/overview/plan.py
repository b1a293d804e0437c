"""A person's plan as its owner or the staff of a course may see it: goals, proposals, the one next thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.ends import End, ends_of, own_ends
from lti_tool.overview.goal_card import GoalCard, card
from lti_tool.overview.people import display_name
from lti_tool.overview.place import Known, Place, place, place_of
from lti_tool.overview.suggestions import cards_of, resting_of
from lti_tool.overview.versions import Overridden, overrides_in
from lti_tool.overview.whose import OfGoals, Wanted, Whose
from lti_tool.overview.work import work_in, work_query
from lti_tool.plans.access import Act, Actor, NotFound, Role, require
from lti_tool.plans.freshness import is_stale
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.suggestions import Card
from lti_tool.records.base import Plain, table_of
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.prepared import Prepared

_PERSON, _GOAL = Plain(Person), Plain(Goal)
_person, _member, _goal = table_of(Person), table_of(Membership), table_of(Goal)
_plan, _context, _author = table_of(Plan), table_of(Context), table_of(Person).alias("author")
_LEARNER = Prepared(
    sa.select(*_PERSON.columns, _member.c.left_at, _member.c.grades_unread)
    .select_from(_person)
    .join(_member, _member.c.person_id == _person.c.id)
    .where(
        _person.c.id == sa.bindparam("person"),
        _person.c.registration_id == sa.bindparam("registration"),
        _member.c.context_id == sa.bindparam("context"),
        _member.c.role == Role.LEARNER.value,
    )
)


@dataclass(frozen=True)
class NextThing:
    """The piece of work that comes next, and the goal it counts for. due_on: never before today."""

    name: str
    url: str
    due_on: date
    goal: str


@dataclass(frozen=True)
class PlanView:
    """A plan on a page. read_at: when grades of this course were last read, in its zone.

    suggestions: goal → cards; for the student alone. overrides: goal → what staff did against the rule.
    unread: nothing of their work in this course is in what we may read.
    """

    person_id: int
    name: str
    given_name: str
    course: str
    has_started: bool
    has_left: bool
    today: date
    read_at: datetime | None
    proposals: Sequence[GoalCard]
    goals: Sequence[GoalCard]
    next: NextThing | None
    suggestions: Mapping[int, Sequence[Card]] = field(default_factory=dict)
    ends: Sequence[End] = ()
    overrides: Mapping[int, Overridden] = field(default_factory=dict)
    unread: bool = False


def _goals_query(*goals: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return (
        sa.select(
            *_GOAL.columns,
            _author.c.name.label("author"),
            _context.c.title.label("course"),
            _context.c.grades_read_at,
            _context.c.ended_at,
        )
        .select_from(_goal)
        .join(_plan, _plan.c.id == _goal.c.plan_id)
        .outerjoin(_author, _author.c.id == _goal.c.proposed_by_id)
        .outerjoin(_context, _context.c.id == _goal.c.context_id)
        .where(*goals)
        .order_by(_goal.c.due_on, _goal.c.id)
    )


_GOALS, _WORK = OfGoals(_goals_query), OfGoals(work_query)


def own_plan(session: Session, actor: Actor, *, now: datetime, known: Known | None = None) -> PlanView:
    """The actor's own plan, over all their courses. known: what was read of them already.

    Raises Refused, NotFound.
    """
    require(actor, Act.SEE_OWN_PLAN)
    if known is None:
        here = place(session, actor, actor.context_id)
        person, left_at, unread = _learner(session, here, actor.person_id)
    else:
        here, person, member = place_of(known.context, known.registration), known.person, known.member
        left_at, unread = member.left_at, member.grades_unread
        if member.role != Role.LEARNER.value:
            raise NotFound
    wanted = Wanted(person.id, actor.registration_id)
    plan = plan_of(session, person, wanted, frame_of(here, now, has_left=left_at is not None))
    resting = resting_of(session, wanted, now) if plan.goals else {}
    cards = {goal.id: cards_of(goal, resting.get(goal.id, frozenset())) for goal in plan.goals}
    return replace(
        plan,
        unread=bool(unread) and left_at is None,
        suggestions={goal_id: found for goal_id, found in cards.items() if found},
        ends=own_ends(session, now, person.id),
    )


def students_plan(session: Session, actor: Actor, person_id: int, *, now: datetime) -> PlanView:
    """What staff see of a learner of their course: the goals of this course, and those of the whole plan.

    Raises:
        Refused: the actor may not. NotFound: not somebody who learns, or learned, in this course.
    """
    require(actor, Act.SEE_PLAN)
    here = place(session, actor, actor.context_id)
    person, left_at, unread = _learner(session, here, person_id)
    wanted = Wanted(person.id, person.registration_id, Whose.COURSE_AND_WHOLE, here.context.id)
    plan = plan_of(session, person, wanted, frame_of(here, now, has_left=left_at is not None))
    of_course = sa.or_(Goal.context_id == here.context.id, Goal.whole)
    ends = ends_of(session, now, of_course, Plan.person_id == person_id)
    return replace(plan, unread=bool(unread) and left_at is None, ends=ends)


@dataclass(frozen=True)
class Frame:
    """What surrounds a plan on a page: its course (empty for all courses), the day there, how fresh it is."""

    course: str
    today: date
    read_at: datetime | None
    has_started: bool = True
    has_left: bool = False
    now: datetime | None = None


def frame_of(here: Place, now: datetime, *, has_left: bool = False) -> Frame:
    """The frame of a plan read in one course."""
    read_at = here.context.grades_read_at
    return Frame(
        course=here.title,
        today=now.astimezone(here.zone).date(),
        read_at=None if read_at is None else read_at.astimezone(here.zone),
        has_started=here.context.started_at is not None,
        has_left=has_left,
        now=now,
    )


def plan_of(session: Session, person: Person, wanted: Wanted, frame: Frame) -> PlanView:
    """Those goals of a person's open plan that are wanted. Whether anybody may: asked before."""
    rows = _GOALS.read(session, wanted)
    work = work_in(_WORK.read(session, wanted)) if rows else {}
    cards = []
    for row in rows:
        goal, author, course, read_at, ended_at = _GOAL.split(row)
        shown = card(goal, author or "", work.get(goal.id, []), frame.today, course or "")
        stale = frame.now is not None and is_stale(read_at, frame.now, over=ended_at is not None)
        cards.append(replace(shown, stale=stale))
    goals = [one for one in cards if not one.waits]
    return replace(
        empty_plan(person, frame),
        proposals=[one for one in cards if one.waits],
        overrides=overrides_in(session, wanted) if cards else {},
        goals=goals,
        next=_next_thing(goals, frame.today),
    )


def empty_plan(person: Person, frame: Frame) -> PlanView:
    """A person's plan without what is in it."""
    return PlanView(
        person_id=person.id,
        name=display_name(person),
        given_name=person.given_name.strip() or display_name(person),
        course=frame.course,
        has_started=frame.has_started,
        has_left=frame.has_left,
        today=frame.today,
        read_at=frame.read_at,
        proposals=(),
        goals=(),
        next=None,
    )


def learner_of(session: Session, here: Place, person_id: int | None) -> tuple[Person, datetime | None]:
    """Somebody who learns, or learned, in this course, and when they left. Raises NotFound."""
    person, left_at, _unread = _learner(session, here, person_id)
    return person, left_at


def _learner(
    session: Session, here: Place, person_id: int | None
) -> tuple[Person, datetime | None, bool | None]:
    """The same, and whether nothing of their work here can be read."""
    if not is_row_id(person_id):
        raise NotFound
    ids = {"person": person_id, "registration": here.context.registration_id, "context": here.context.id}
    found = _LEARNER.read(session, ids)
    if not found:
        raise NotFound
    person, left_at, unread = _PERSON.split(found[0])
    return person, left_at, unread


def _next_thing(goals: Sequence[GoalCard], today: date) -> NextThing | None:
    """The work with the nearest due date that is not handed in yet."""
    found = [
        NextThing(line.name, line.url, line.due_on, goal.title)
        for goal in goals
        for line in goal.work
        if line.is_left and not line.handed_in and line.due_on is not None and line.due_on >= today
    ]
    return min(found, key=lambda thing: (thing.due_on, thing.name), default=None)
