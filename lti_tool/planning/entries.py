"""What people write down for a goal counted by hand, and the teacher's tick behind it (domain.md §3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.finding import FoundGoal, course_goal, own_goal
from lti_tool.planning.measuring import measure_of
from lti_tool.planning.notes import note
from lti_tool.planning.recompute import recompute_goals
from lti_tool.planning.said_words import problems_with
from lti_tool.plans.access import Act, Actor, may, require
from lti_tool.plans.drafting import DECIMALS_MOST, NUMBER_MOST
from lti_tool.plans.goal import MEASURED, GoalRefused, Problem
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.measure import Measure, MeasureKind
from lti_tool.records.goal import GoalEntry

SAME_CLICK = timedelta(minutes=1)
ENTRIES_MOST = 2000
log = structlog.get_logger()


@dataclass(frozen=True)
class Line:
    """One line to write down. value: as plans.measure.Entry has it. on: the day it stands for."""

    on: date
    value: Decimal
    name: str = ""
    note: str = ""


def write_entry(session: Session, actor: Actor, goal_id: int, line: Line, *, now: datetime) -> GoalEntry:
    """Write a line for one's own goal, or as staff for a student of the course (then it is ticked at once).

    The same line of the same person within a minute is the same click.

    Raises:
        Refused, NotFound: the actor may not, or it is not their goal.
        GoalRefused: not a goal counted by hand, or the line does not fit it.
    """
    require(actor, Act.WRITE_ENTRY)
    is_staff = may(actor, Act.TICK_ENTRY)
    found = course_goal(session, actor, goal_id) if is_staff else own_goal(session, actor, goal_id)
    problems = _problems(session, found, line, found.today(now))
    if problems:
        raise GoalRefused(problems)
    same = _same(session, actor, goal_id, line, now)
    if same is not None:
        return same
    entry = GoalEntry(
        goal_id=goal_id,
        on=line.on,
        value=line.value,
        name=line.name,
        note=line.note.strip(),
        by_id=actor.person_id,
        by_role="staff" if is_staff else "student",
        at=now,
    )
    if is_staff:
        entry.verified_by_id, entry.verified_role, entry.verified_at = actor.person_id, "staff", now
    session.add(entry)
    session.flush()
    note(session, actor, "entry.written", found.person_id, now=now, goal=goal_id, entry=entry.id)
    recompute_goals(session, [goal_id], now=now, cause="entry")
    log.info("entry.written", goal_id=goal_id, entry_id=entry.id)
    return entry


def tick_entry(session: Session, actor: Actor, entry_id: int, *, now: datetime) -> GoalEntry:
    """Staff say that they saw it. The first tick stands. Raises Refused, NotFound."""
    require(actor, Act.TICK_ENTRY)
    entry = session.get(GoalEntry, entry_id, with_for_update=True) if is_row_id(entry_id) else None
    if entry is None:
        raise NotFound
    found = course_goal(session, actor, entry.goal_id)
    if entry.verified_at is None:
        entry.verified_by_id, entry.verified_role, entry.verified_at = actor.person_id, "staff", now
        session.flush()
        note(session, actor, "entry.ticked", found.person_id, now=now, goal=entry.goal_id, entry=entry.id)
        recompute_goals(session, [entry.goal_id], now=now, cause="entry ticked")
    return entry


def _same(session: Session, actor: Actor, goal_id: int, line: Line, now: datetime) -> GoalEntry | None:
    rows = session.scalars(
        sa.select(GoalEntry).where(
            GoalEntry.goal_id == goal_id,
            GoalEntry.by_id == actor.person_id,
            GoalEntry.on == line.on,
            GoalEntry.name == line.name,
            GoalEntry.at > now - SAME_CLICK,
        )
    )
    return next((row for row in rows if row.value == line.value), None)


def _problems(session: Session, found: FoundGoal, line: Line, today: date) -> list[Problem]:
    goal, measure = found.goal, measure_of(found.goal)
    if goal.state not in MEASURED or not measure.kind.is_manual:
        return [Problem("", "not_by_hand", lambda _: _("Nothing is written down by hand for this goal."))]
    problems = problems_with(line.note.strip(), "note")
    if not goal.starts_on <= line.on <= today:
        problems.append(
            Problem("on", "entry_day", lambda _: _("Choose a day from the start of the goal to today."))
        )
    problems += _value_problems(measure, line)
    count = session.scalar(
        sa.select(sa.func.count()).select_from(GoalEntry).where(GoalEntry.goal_id == goal.id)
    )
    if (count or 0) >= ENTRIES_MOST:
        problems.append(Problem("", "entries_many", lambda _: _("This goal has as many lines as fit.")))
    return problems


def _value_problems(measure: Measure, line: Line) -> list[Problem]:
    kind, scale = measure.kind, measure.params.scale
    exponent = line.value.as_tuple().exponent if line.value.is_finite() else 0
    whole = line.value.is_finite() and line.value == int(line.value)
    if kind is MeasureKind.LIST:
        if line.name not in scale or line.value not in (0, 1):
            return [Problem("name", "entry_name", lambda _: _("Choose a line of the list."))]
    elif kind is MeasureKind.LEVEL:
        if not whole or not 1 <= line.value <= len(scale):
            return [Problem("value", "entry_level", lambda _: _("Choose one of the levels."))]
    elif (
        not line.value.is_finite()
        or not 0 <= line.value <= NUMBER_MOST
        or not isinstance(exponent, int)
        or exponent < -DECIMALS_MOST
        or (kind is MeasureKind.HABIT and line.value == 0)
    ):
        return [Problem("value", "entry_number", lambda _: _("Write a number, such as 30."))]
    return []
