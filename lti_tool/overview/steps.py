"""Steps as people read them, with how they go. One adult's own over all their students: todo.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.breaks import breaks_of
from lti_tool.overview.people import display_name
from lti_tool.plans.steps import Adherence, Breaks, Done, Owner, Rhythm, Rule, adherence, due_day, next_due
from lti_tool.records.course import Person
from lti_tool.records.gradebook import Item
from lti_tool.records.step import Step, StepDone


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
    which = sa.and_(Step.goal_id.in_(ids), Step.state.in_(states))
    return lines_where(session, which, lambda _step: today, registration_id)


def lines_where(
    session: Session, which: sa.ColumnElement[bool], today_of: Callable[[int], date], registration_id: int
) -> dict[int, list[StepLine]]:
    """goal → the steps that `which` picks, three statements. today_of: step → the day in its course."""
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
        times, today = done.get(step.id, []), today_of(step.id)
        found[step.goal_id].append(_line(step, whose, by, item or "", times, today, breaks))
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
