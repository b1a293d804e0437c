"""A past value made again from stored rows alone: it comes out the same at any later time (domain.md §3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.observations import ITEM_COLUMNS, VERSION_COLUMNS, observation, zone_named
from lti_tool.plans.figures import Figures, figures_of
from lti_tool.plans.measure import CourseScore, Entry, Evidence, Group, Measure, MeasureKind, Method, Params
from lti_tool.plans.observation import Observation, Reason
from lti_tool.plans.terms import Terms
from lti_tool.records.goal import Goal, GoalEntry, GoalValue
from lti_tool.records.gradebook import Item, ResultVersion


def replayed(session: Session, value: GoalValue, zone_name: str) -> Figures:
    """The figures of a stored value, from what it says it was made of. zone_name: the course's."""
    why: dict[str, Any] = value.why
    goal = session.get_one(Goal, value.goal_id)
    told = why["terms"]
    terms = Terms(
        measure=Measure(MeasureKind(goal.measure), Method(goal.method), Params.of(told["params"])),
        target=Decimal(why["target"]),
        baseline=None if why["baseline"] is None else Decimal(why["baseline"]),
        starts_on=date.fromisoformat(told["starts_on"]),
        due_on=date.fromisoformat(told["due_on"]),
        milestones=[(date.fromisoformat(day), Decimal(number)) for day, number in told["milestones"]],
        phase_on=_day(told["phase_on"]),
        breaks=[(date.fromisoformat(first), date.fromisoformat(last)) for first, last in told["breaks"]],
        term_ends_on=_day(told.get("term_ends_on")),
        reached_on=_day(told["reached_on"]),
    )
    work = [_seen(session, line, zone_name) for line in why["seen"]]
    course = tuple(
        CourseScore(date.fromisoformat(on), None if score is None else Decimal(score), source)
        for on, score, source in why["course"]
    )
    groups = [_group(line) for line in why.get("groups", ())]
    evidence = Evidence(work, _entries(session, why["entries"]), course, groups)
    return figures_of(terms, evidence, date.fromisoformat(why["today"]))


def _group(line: list[Any]) -> Group:
    group_id, weight, lowest, highest, never = line
    return Group(
        group_id, None if weight is None else Decimal(weight), lowest, highest, never_drop=frozenset(never)
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _seen(session: Session, line: list[Any], zone_name: str) -> Observation:
    """One item as it was looked at: the version of then, and what the line says of the item of then."""
    item_id, version_id, reason, possible, due, *group = line
    row = session.execute(
        sa.select(*ITEM_COLUMNS, *VERSION_COLUMNS)
        .select_from(Item)
        .outerjoin(ResultVersion, ResultVersion.id == version_id)
        .where(Item.id == item_id)
    ).one()
    seen = observation(row, zone_named(zone_name))
    return Observation(
        **{
            **{name: getattr(seen, name) for name in Observation.__dataclass_fields__},
            "possible": None if possible is None else Decimal(possible),
            "due_on": _day(due),
            "gone": reason == Reason.REMOVED,
            "left_out": reason == Reason.LEFT_OUT,
            **({"group": group[0]} if group else {}),
        }
    )


def _entries(session: Session, lines: list[list[Any]]) -> tuple[Entry, ...]:
    ticked = {line[0]: bool(line[1]) for line in lines}
    rows = session.scalars(sa.select(GoalEntry).where(GoalEntry.id.in_(ticked)).order_by(GoalEntry.id))
    return tuple(Entry(row.id, row.on, row.value, row.name, row.by_role, ticked[row.id]) for row in rows)
