"""Goals with everything the rules may look at, for those who decide how they end (domain.md §3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.made_of import lines_of
from lti_tool.planning.measuring import evidence_of, terms_of
from lti_tool.planning.observations import course_zone
from lti_tool.planning.recompute import gathered
from lti_tool.plans.goal import MEASURED, GoalState
from lti_tool.plans.measure import Evidence
from lti_tool.plans.terms import Terms
from lti_tool.records.goal import Goal


@dataclass(frozen=True)
class Judged:
    """A locked goal, its terms and evidence, and the day in its course. lines: what was looked at."""

    goal: Goal
    terms: Terms
    evidence: Evidence
    today: date
    lines: list[list[Any]]


def judged(
    session: Session, goal_ids: Sequence[int], *, now: datetime, states: Sequence[GoalState] = MEASURED
) -> list[Judged]:
    """These goals, as far as they are in one of the states. A constant number of statements."""
    rows, work, beside = gathered(session, list(goal_ids), states)
    wanted = [row.id for row in rows]
    goals = {goal.id: goal for goal in session.scalars(sa.select(Goal).where(Goal.id.in_(wanted)))}
    found = []
    for row in rows:
        terms, seen = terms_of(row, beside[row.id].breaks), work.get(row.id, [])
        evidence = evidence_of(terms.measure, [one.looked_at for one in seen], beside[row.id])
        today = now.astimezone(course_zone(row.context_zone, row.registration_zone)).date()
        lines = lines_of(terms.measure, seen)
        found.append(Judged(goals[row.id], terms, evidence, today, lines))
    return found
