"""Steps as people read them, with how they go. One adult's own over all their students: todo.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.breaks import breaks_of
from lti_tool.overview.people import display_name
from lti_tool.overview.whose import OfGoals, Wanted
from lti_tool.plans.steps import Adherence, Breaks, Done, Owner, Rhythm, Rule, adherence, due_day, next_due
from lti_tool.records.base import Plain, table_of
from lti_tool.records.course import Person
from lti_tool.records.goal import Goal
from lti_tool.records.gradebook import Item
from lti_tool.records.plan import Plan
from lti_tool.records.portfolio import StoredFile
from lti_tool.records.step import Step, StepDone


@dataclass(frozen=True)
class StepLine:
    """A step with how it goes. today: its course's day. done_today: how often it was ticked today.

    owner_name: empty where nobody in particular. item: the name of the work it follows,
    empty while the LMS does not show it to students. file: the name of the one that goes with it.
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
    file: str
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


_NAMES = ("id", "name", "given_name", "family_name")
_STEP = Plain(Step)
_owner, _proposer = (table_of(Person).alias(name) for name in ("owner", "proposer"))


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
    rows = session.execute(_lines_query(which)).all()
    if not rows:
        return {}
    done = session.execute(_done_query(Step.id.in_([row.id for row in rows])))
    return _lines(rows, done, today_of, breaks_of(session, registration_id))


def own_steps(session: Session, wanted: Wanted, today: date) -> dict[int, list[StepLine]]:
    """The same: a student's own steps at work of goals that a page tells of."""
    rows = _OWN.read(session, wanted)
    if not rows:
        return {}
    breaks = breaks_of(session, wanted.registration_id)
    return _lines(rows, _OWN_DONE.read(session, wanted), lambda _step: today, breaks)


def _lines_query(*which: sa.ColumnElement[bool]) -> Any:
    return (
        sa.select(
            *_STEP.columns,
            *(_owner.c[name].label(f"owner_{name}") for name in _NAMES),
            *(_proposer.c[name].label(f"proposer_{name}") for name in _NAMES),
            sa.case((Item.published, Item.name), else_="").label("item"),
            StoredFile.name.label("file"),
        )
        .select_from(Step)
        .join(Goal, Goal.id == Step.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .outerjoin(_owner, _owner.c.id == Step.owner_id)
        .outerjoin(_proposer, _proposer.c.id == Step.proposed_by_id)
        .outerjoin(Item, Item.id == Step.item_id)
        .outerjoin(StoredFile, StoredFile.id == Step.file_id)
        .where(*which)
        .order_by(Step.id)
    )


def _done_query(*which: sa.ColumnElement[bool]) -> Any:
    return (
        sa.select(StepDone.step_id, StepDone.on_day, StepDone.amount)
        .join(Step, Step.id == StepDone.step_id)
        .join(Goal, Goal.id == Step.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(*which, StepDone.undone_at.is_(None))
    )


_MINE = (Step.owner_id == sa.bindparam("person"), Step.state == "active")
_OWN = OfGoals(lambda *goals: _lines_query(*goals, *_MINE))
_OWN_DONE = OfGoals(lambda *goals: _done_query(*goals, *_MINE))


def _lines(
    rows: Sequence[Any], times: Iterable[Any], today_of: Callable[[int], date], breaks: Breaks
) -> dict[int, list[StepLine]]:
    done: dict[int, list[Done]] = defaultdict(list)
    for step_id, on, amount in times:
        done[step_id].append(Done(on, amount))
    found: dict[int, list[StepLine]] = defaultdict(list)
    for row in rows:
        step, *rest = _STEP.split(tuple(row))
        owner, by = (
            SimpleNamespace(**dict(zip(_NAMES, part, strict=True))) for part in (rest[:4], rest[4:8])
        )
        today = today_of(step.id)
        item, file = rest[8] or "", rest[9] or ""
        found[step.goal_id].append(_line(step, owner, by, item, file, done[step.id], today, breaks))
    return found


def _line(
    step: Step,
    owner: Any,
    by: Any,
    item: str,
    file: str,
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
        owner_name="" if owner.id is None else display_name(owner),
        proposed_by="" if by.id is None else display_name(by),
        rule=rule,
        item=item,
        unit=step.unit,
        link=step.link,
        link_name=step.link_name,
        file=file,
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
