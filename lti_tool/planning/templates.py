"""Templates of goals, for a course, a school or a district; what began from one is its own (B1, B15)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.finding import course_goal
from lti_tool.planning.history import check_version
from lti_tool.planning.notes import note
from lti_tool.planning.steps import add_step
from lti_tool.planning.texts import Incomplete, text_problems
from lti_tool.plans.access import Act, Actor, may, require
from lti_tool.plans.goal import TITLE_LONGEST, GoalRefused
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.measure import Measure, MeasureKind, Params
from lti_tool.plans.problem import Problem
from lti_tool.plans.profile import SHORT_LONGEST
from lti_tool.plans.reach import word_at
from lti_tool.plans.rounding import number_text
from lti_tool.plans.step_draft import StepDraft
from lti_tool.plans.steps import Owner, Rhythm
from lti_tool.plans.template_work import kept, placed
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.gradebook import Item
from lti_tool.records.rollout import Template
from lti_tool.records.step import Step

LEVELS = ("course", "school", "district")
STEPS_MOST = 10


def save_template(
    session: Session, actor: Actor, goal_id: int, name: str, level: str, *, now: datetime
) -> Template:
    """A template of a goal of the actor's course: its words, measure and steps, nothing of its student.

    Raises:
        Refused: not staff; for a school or district, not an administrator. NotFound. Incomplete.
    """
    if level not in LEVELS:
        raise Incomplete([Problem("level", "level", lambda _: _("Choose for whom it is."))])
    require(actor, Act.SET_COURSE if level == "course" else Act.SET_SCHOOL)
    goal = course_goal(session, actor, goal_id).goal
    words = _checked("name", name, SHORT_LONGEST)
    steps = session.scalars(
        sa.select(Step)
        .where(Step.goal_id == goal.id, Step.state == "active")
        .order_by(Step.id)
        .limit(STEPS_MOST)
    )
    row = Template(
        registration_id=actor.registration_id,
        context_id=actor.context_id if level == "course" else None,
        level=level,
        name=words,
        fields={**_fields(goal), "work": _work(session, goal)},
        steps=[_step(one) for one in steps if one.rhythm in (Rhythm.ONCE, Rhythm.WEEKLY, Rhythm.DAYS)],
        version=1,
        history=[],
        made_by_id=actor.person_id,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    if actor.person_id is not None:
        note(session, actor, "template.made", actor.person_id, now=now, template=row.id)
    return row


def change_template(
    session: Session,
    actor: Actor,
    template_id: int,
    *,
    name: str,
    title: str,
    target: str,
    seen: int,
    now: datetime,
) -> Template:
    """New words or another number for goals to come; those that began from it stay as they are.

    seen: the version the form was made from.

    Raises Refused, NotFound, Incomplete; Overtaken: somebody else saved another version meanwhile.
    """
    row = _template(session, actor, template_id)
    _require_theirs(actor, row)
    words, goal_words = _checked("name", name, SHORT_LONGEST), _checked("title", title, TITLE_LONGEST)
    number = target.strip().replace(",", ".")
    if number and not _is_number(number):
        raise Incomplete([Problem("target", "number", lambda _: _("Write a number, such as 30."))])
    said = {"name": row.name, "title": row.fields["title"], "target": row.fields.get("target", "")}
    typed = {"name": words, "title": goal_words, "target": number or said["target"]}
    check_version(row, seen, said, typed)  # type: ignore[arg-type]
    wanted = {**row.fields, "title": goal_words, "target": number or row.fields.get("target", "")}
    if (words, wanted) != (row.name, row.fields):
        was = {"version": row.version, "name": row.name, "fields": row.fields, "until": now.isoformat()}
        row.history = [*row.history, was]
        row.name, row.fields, row.version, row.changed_at = words, wanted, row.version + 1, now
    return row


def retire_template(session: Session, actor: Actor, template_id: int, *, now: datetime) -> None:
    """Offer it no longer; what began from it stays. Raises Refused, NotFound."""
    row = _template(session, actor, template_id)
    _require_theirs(actor, row)
    row.retired_at = row.retired_at or now


def begin_from(session: Session, actor: Actor, goal: Goal, template_id: int, *, now: datetime) -> None:
    """A new goal remembers its template and gets its steps; staff's wait for the student, as any step."""
    row = _template(session, actor, template_id)
    goal.template_id, goal.template_version = row.id, row.version
    for place, one in enumerate(row.steps):
        draft = StepDraft(
            title=one["title"],
            helps=one["helps"],
            owner=one["owner"] if one["owner"] in set(Owner) else Owner.STUDENT.value,
            rhythm=one["rhythm"],
            due_on=goal.due_on if one["rhythm"] == Rhythm.ONCE else None,
            weekdays=one.get("weekdays", ()),
            times=one.get("times", 0),
        )
        try:
            add_step(session, actor, goal.id, draft, token=f"template-{row.id}-{place}", now=now)
        except GoalRefused:
            continue  # a step that cannot be here is no reason to refuse the goal


def _template(session: Session, actor: Actor, template_id: int) -> Template:
    row = session.get(Template, template_id) if is_row_id(template_id) else None
    if row is None or row.registration_id != actor.registration_id or row.retired_at is not None:
        raise NotFound
    if row.context_id not in (None, actor.context_id):
        raise NotFound
    return row


def _require_theirs(actor: Actor, row: Template) -> None:
    require(actor, Act.SET_COURSE if row.level == "course" else Act.SET_SCHOOL)


def may_save(actor: Actor) -> list[str]:
    """The levels the actor may make templates for."""
    return [one for one in LEVELS if may(actor, Act.SET_COURSE if one == "course" else Act.SET_SCHOOL)]


def _checked(field: str, typed: str, most: int) -> str:
    words = " ".join(typed.split())
    problems = text_problems(field, words, most)
    if not words:
        problems.append(Problem(field, "empty", lambda _: _("Write a few words.")))
    if problems:
        raise Incomplete(problems)
    return words


def _is_number(text: str) -> bool:
    try:
        return Decimal(text[:40]).is_finite()
    except InvalidOperation:
        return False


def _work(session: Session, goal: Goal) -> list[dict[str, Any]]:
    """What its work is called and where it stands, so that a new course's can be proposed for it."""
    chosen = set(session.scalars(sa.select(GoalItem.item_id).where(GoalItem.goal_id == goal.id)))
    rows = session.execute(
        sa.select(Item.id, Item.name, Item.group_name)
        .where(Item.context_id == goal.context_id, Item.gone_at.is_(None), Item.published.is_(True))
        .order_by(Item.position, Item.id)
    )
    here = placed((row.id, row.name, row.group_name) for row in rows)
    return kept(one for item_id, one in here.items() if item_id in chosen)


def _fields(goal: Goal) -> dict[str, Any]:
    """The fields of the goal form, without the work, which belongs to one course."""
    params, kind = Params.of(goal.params), MeasureKind(goal.measure)
    in_words = kind.unit == "rank"
    found: dict[str, Any] = {
        "title": goal.title,
        "measure": goal.measure,
        "method": goal.method,
        "target": word_at(Measure(kind, params=params), goal.target)
        if in_words
        else number_text(goal.target),
        "scale": "\n".join(params.scale),
        "unit": params.unit,
        "days_a_week": str(params.days_a_week),
        "weeks": max(1, (goal.due_on - goal.starts_on).days // 7),
    }
    numbers = {"least": params.least, "amount": params.amount, "floor": params.floor}
    found |= {name: number_text(number) for name, number in numbers.items() if number is not None}
    boxes = {
        "on_time": params.on_time,
        "every": params.every,
        "lower": params.lower,
        "needs_tick": params.needs_tick,
    }
    return {**found, **{name: "1" for name, ticked in boxes.items() if ticked}}


def _step(step: Step) -> dict[str, Any]:
    return {
        "title": step.title,
        "helps": step.helps,
        "owner": step.owner_role,
        "rhythm": step.rhythm,
        "times": step.times,
        "weekdays": [day for day in range(7) if step.weekdays & (1 << day)],
    }
