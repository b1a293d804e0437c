"""Steps as people read them: of one goal, and one adult's own over all their students."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.breaks import breaks_of
from lti_tool.overview.people import display_name
from lti_tool.plans.access import Act, Actor, may, require
from lti_tool.plans.goal import MEASURED
from lti_tool.plans.steps import Adherence, Breaks, Done, Owner, Rhythm, Rule, adherence, due_day, next_due
from lti_tool.plans.zones import course_zone
from lti_tool.records.course import Context, Person
from lti_tool.records.goal import Goal
from lti_tool.records.gradebook import Item
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration
from lti_tool.records.step import Step, StepDone

TODO_MOST = 500
SOON = timedelta(days=7)


@dataclass(frozen=True)
class StepLine:
    """A step with how it goes. today: its course's day. done_today: how often it was ticked today.

    owner_name: empty where nobody in particular. item: the name of the work it follows,
    empty while the LMS does not show it to students.
    """

    id: int
    goal_id: int
    state: str
    title: str
    helps: str
    if_then: str
    owner: Owner
    owner_id: int | None
    owner_name: str
    proposed_by: str
    rule: Rule
    item: str
    unit: str
    link: str
    link_name: str
    next: date | None
    last_done: date | None
    done_today: int
    seen: Adherence
    today: date

    @property
    def finished(self) -> bool:
        """A step that does not repeat, done."""
        return not self.rule.repeats and self.last_done is not None

    @property
    def due(self) -> date | None:
        """The day of a step that does not repeat."""
        return due_day(self.rule)


@dataclass(frozen=True)
class Todo:
    """One of an adult's own steps, with the student and the goal it is for."""

    line: StepLine
    student_id: int
    student: str
    goal: str
    course: str


def steps_of(
    session: Session,
    registration_id: int,
    goal_ids: Iterable[int],
    *,
    today: date,
    states: Sequence[str] = ("active", "proposed"),
) -> dict[int, list[StepLine]]:
    """goal → its steps, oldest first; three statements at most, whatever the number of goals.

    The caller has already decided that the reader may see these goals.
    """
    ids = sorted(set(goal_ids))
    if not ids:
        return {}
    return _lines(session, sa.and_(Step.goal_id.in_(ids), Step.state.in_(states)), today, registration_id)


def _lines(
    session: Session, which: sa.ColumnElement[bool], today: date, registration_id: int
) -> dict[int, list[StepLine]]:
    owner, proposer = aliased(Person), aliased(Person)
    rows = session.execute(
        sa.select(Step, owner, proposer, sa.case((Item.published, Item.name), else_=""))
        .outerjoin(owner, owner.id == Step.owner_id)
        .outerjoin(proposer, proposer.id == Step.proposed_by_id)
        .outerjoin(Item, Item.id == Step.item_id)
        .where(which)
        .order_by(Step.id)
    ).all()
    if not rows:
        return {}
    done = _done(session, [step.id for step, *_rest in rows])
    breaks = breaks_of(session, registration_id)
    found: dict[int, list[StepLine]] = defaultdict(list)
    for step, whose, by, item in rows:
        found[step.goal_id].append(_line(step, whose, by, item or "", done.get(step.id, []), today, breaks))
    return found


def _done(session: Session, step_ids: Sequence[int]) -> dict[int, list[Done]]:
    found: dict[int, list[Done]] = defaultdict(list)
    if step_ids:
        for step_id, on, amount in session.execute(
            sa.select(StepDone.step_id, StepDone.on_day, StepDone.amount).where(
                StepDone.step_id.in_(step_ids), StepDone.undone_at.is_(None)
            )
        ):
            found[step_id].append(Done(on, amount))
    return found


def _line(
    step: Step,
    owner: Person | None,
    by: Person | None,
    item: str,
    done: Sequence[Done],
    today: date,
    breaks: Breaks,
) -> StepLine:
    rule = rule_of(step)
    return StepLine(
        id=step.id,
        goal_id=step.goal_id,
        state=step.state,
        title=step.title,
        helps=step.helps,
        if_then=step.if_then,
        owner=Owner(step.owner_role),
        owner_id=step.owner_id,
        owner_name="" if owner is None else display_name(owner),
        proposed_by="" if by is None else display_name(by),
        rule=rule,
        item=item,
        unit=step.unit,
        link=step.link,
        link_name=step.link_name,
        next=next_due(rule, done, today, breaks),
        last_done=max((time.on for time in done), default=None),
        done_today=sum(1 for time in done if time.on == today),
        seen=adherence(rule, done, today, breaks),
        today=today,
    )


def rule_of(step: Step) -> Rule:
    """When a stored step is due."""
    return Rule(
        Rhythm(step.rhythm),
        step.starts_on,
        step.ends_on,
        due_on=step.due_on,
        weekdays=frozenset(day for day in range(7) if step.weekdays >> day & 1),
        times=step.times,
        offset=step.offset,
        item_due_on=step.item_due_on,
        amount=None if step.amount is None else Decimal(step.amount),
    )


def todo(session: Session, actor: Actor, *, now: datetime) -> list[Todo]:
    """The actor's own open steps over all their students, the next due first, without those far away.

    For staff also the steps of the course they are in that any teacher may do. A constant number of
    statements. Raises Refused.
    """
    require(actor, Act.SEE_TODO)
    mine = sa.and_(Step.owner_id == actor.person_id, Step.owner_id.is_not(None))
    if may(actor, Act.PROPOSE_GOAL):
        mine = sa.or_(
            mine,
            sa.and_(
                Step.owner_role == Owner.TEACHER,
                Step.owner_id.is_(None),
                Goal.context_id == actor.context_id,
            ),
        )
    rows = session.execute(
        sa.select(Step.id, Person, Goal.title, Context.title, Context.time_zone, Registration.time_zone)
        .join(Goal, Goal.id == Step.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Person, Person.id == Plan.person_id)
        .join(Registration, Registration.id == Plan.registration_id)
        .outerjoin(Context, Context.id == Goal.context_id)
        .where(
            Plan.registration_id == actor.registration_id,
            Plan.person_id != actor.person_id,
            Step.state == "active",
            Goal.state.in_([state.value for state in MEASURED]),
            mine,
        )
        .order_by(Step.id.desc())
        .limit(TODO_MOST)
    ).all()
    facts = {row[0]: row for row in rows}
    if not facts:
        return []
    zone = course_zone(rows[0][4], rows[0][5])
    today = now.astimezone(zone).date()
    lines = _lines(session, Step.id.in_(facts), today, actor.registration_id)
    found = [
        Todo(
            line,
            facts[line.id][1].id,
            display_name(facts[line.id][1]),
            facts[line.id][2],
            facts[line.id][3] or "",
        )
        for several in lines.values()
        for line in several
        if line.next is not None or line.done_today
    ]
    return sorted(
        found, key=lambda one: (one.line.done_today > 0, one.line.next or today, one.student, one.line.id)
    )
