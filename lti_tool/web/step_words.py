"""Steps in words: when one is due, whose it is, and how it goes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.overview.goal import GoalView
from lti_tool.overview.plan import PlanView
from lti_tool.overview.steps import StepLine, own_steps, steps_of
from lti_tool.overview.whose import Wanted
from lti_tool.plans.access import Act, Actor, may
from lti_tool.plans.rounding import number_text
from lti_tool.plans.steps import Owner, Rhythm, adherence_words
from lti_tool.web import charts

MONDAY = date(2024, 1, 1)


def weekday_names(width: str = "EEEE") -> list[str]:
    """Monday to Sunday in the reader's language."""
    return [str(format_date(MONDAY + timedelta(days=day), width)) for day in range(7)]


def owner_words(line: StepLine, viewer_id: int | None) -> str:
    """Whose step it is: "Me", a name, or the part somebody has."""
    if line.owner_id is not None and line.owner_id == viewer_id:
        return _("Me")
    if line.owner_name:
        return line.owner_name
    return {
        Owner.STUDENT: _("Student"),
        Owner.TEACHER: _("Teacher"),
        Owner.GUARDIAN: _("Family"),
        Owner.COUNSELOR: _("Counselor"),
        Owner.MENTOR: _("Mentor"),
    }[line.owner]


def when_words(line: StepLine) -> str:
    """When it is due, as a person says it."""
    rule, today = line.rule, line.today
    if rule.rhythm is Rhythm.WEEKLY:
        return ngettext("once a week", "%(num)s times a week", rule.times)
    if rule.rhythm is Rhythm.DAYS:
        names = weekday_names("EEE")
        return (
            _("every day") if len(rule.weekdays) == 7 else ", ".join(names[d] for d in sorted(rule.weekdays))
        )
    due = line.due
    day = "" if due is None else charts.day(due, today=today)
    if rule.rhythm is Rhythm.RELATIVE and line.item:
        if due is None:
            return _("when “%(item)s” has a date", item=line.item)
        return _("%(day)s, with “%(item)s”", day=day, item=line.item)
    return day


def amount_words(line: StepLine) -> str:
    """How much each time, such as "30 minutes"; empty where doing it is enough."""
    if line.rule.amount is None:
        return ""
    return f"{number_text(line.rule.amount)} {line.unit}".strip()


def step_rows(lines: list[StepLine], viewer_id: int | None, *, ticks: set[int]) -> list[dict[str, Any]]:
    """What the list of steps shows. ticks: the steps this reader ticks."""
    return [
        {
            "line": line,
            "owner": owner_words(line, viewer_id),
            "mine": line.owner_id is not None and line.owner_id == viewer_id,
            "may_tick": line.id in ticks and line.state == "active",
            "ticked": line.done_today > 0 or line.finished,
            "when": when_words(line),
            "amount": amount_words(line),
            "seen": adherence_words(line.seen, line.rule, _) if line.rule.repeats else "",
            "done": "" if line.last_done is None else charts.day(line.last_done, today=line.today),
        }
        for line in lines
    ]


def week_steps(session: Session, actor: Actor, plan: PlanView) -> list[dict[str, Any]]:
    """The student's own steps of this week, what is next first; none asked for where there is no goal."""
    ids = {card.id for card in plan.goals}
    found = own_steps(session, Wanted(plan.person_id, actor.registration_id), plan.today) if ids else {}
    until = plan.today + timedelta(days=7 - plan.today.isoweekday())
    lines = [
        line
        for goal_id, several in found.items()
        for line in several
        if goal_id in ids and (line.done_today or (line.next is not None and line.next <= until))
    ]
    lines.sort(key=lambda line: (line.done_today > 0, line.next or plan.today, line.id))
    return step_rows(lines, actor.person_id, ticks={line.id for line in lines})


def read_steps(
    session: Session, actor: Actor, plan: PlanView, *, ticks: bool
) -> dict[int, list[dict[str, Any]]]:
    """goal → its steps for somebody who reads the plan. ticks: a guardian, who ticks the family's."""
    ids = [card.id for card in (*plan.goals, *plan.proposals)]
    found = steps_of(session, actor.registration_id, ids, today=plan.today, states=["active"])
    return {
        goal_id: step_rows(
            lines,
            actor.person_id,
            ticks={line.id for line in lines if ticks and line.owner is Owner.GUARDIAN},
        )
        for goal_id, lines in found.items()
    }


def goal_steps(session: Session, actor: Actor, view: GoalView) -> list[dict[str, Any]]:
    """The steps on a goal's page, for its student and for staff."""
    lines = steps_of(session, actor.registration_id, [view.card.id], today=view.today).get(view.card.id, [])
    return step_rows(lines, actor.person_id, ticks={line.id for line in lines if _ticks(actor, line)})


def _ticks(actor: Actor, line: StepLine) -> bool:
    if line.owner_id is not None:
        return line.owner_id == actor.person_id
    return line.owner is Owner.TEACHER and may(actor, Act.PROPOSE_GOAL)
