"""The goals on a board: how each stands, for all students, and what is drawn of those on the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.goal_card import FORECAST, OF_SCORES, milestones_of
from lti_tool.overview.work import scores_on
from lti_tool.plans.chart import ChartFacts, Score
from lti_tool.plans.goal import MEASURED, GoalState
from lti_tool.plans.measure import MAY_BE_LOWER, MeasureKind, Params
from lti_tool.plans.reasons import Need
from lti_tool.plans.status import Status
from lti_tool.plans.zones import day_in
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.prepared import Prepared

NOTHING_DRAWN = ChartFacts(None, Decimal(0), date.min, date.min, date.min)


@dataclass(frozen=True)
class BoardGoal:
    """A goal in a student's row. mark: its status, or `stale` where it would speak of old grades.

    scored: single scores stand on its line; else its value of now does. title, facts: of goals on this page.
    """

    id: int
    need: Need
    mark: str
    scored: bool
    title: str = ""
    facts: ChartFacts = NOTHING_DRAWN


_ALL = Prepared(
    sa.select(
        Goal.id,
        Plan.person_id,
        Goal.state,
        Goal.status,
        Goal.needed,
        Goal.created_at,
        Goal.measure,
        Goal.params,
    )
    .join(Plan, Plan.id == Goal.plan_id)
    .where(Goal.context_id == sa.bindparam("context"), Goal.state.in_(MEASURED), Plan.closed_at.is_(None))
    .order_by(Goal.id)
)
_DRAWN = (
    *(Goal.id, Goal.title, Goal.measure, Goal.params, Goal.baseline, Goal.target),
    *(Goal.starts_on, Goal.due_on, Goal.value, Goal.needed, Goal.milestones),
)


def goals_of_board(
    session: Session, context_id: int, today: date, zone: tzinfo, *, stale: bool
) -> dict[int, list[BoardGoal]]:
    """person → their measured goals of this course, oldest first; what is drawn of them comes later."""
    found: dict[int, list[BoardGoal]] = defaultdict(list)
    for row in _ALL.read(session, {"context": context_id}):
        waits = row.state == GoalState.PROPOSED
        status = Status.WAITING if waits else Status(row.status)
        waited = (today - (day_in(row.created_at, zone) or today)).days if waits else 0
        old = stale and not MeasureKind(row.measure).is_manual
        mark = "stale" if old and status not in (Status.WAITING, Status.REACHED) else status.value
        need = Need(status, row.needed, waited, at_most=_lower(row))
        found[row.person_id].append(BoardGoal(row.id, need, mark, row.measure in OF_SCORES))
    return found


def with_charts(
    session: Session, goals: Sequence[BoardGoal], today: date, zone: tzinfo
) -> dict[int, BoardGoal]:
    """The same goals with what their small charts show, by id. Two statements."""
    ids = [goal.id for goal in goals]
    found = {row.id: row for row in session.execute(sa.select(*_DRAWN).where(Goal.id.in_(ids)))}
    scores = scores_on(session, zone, Goal.id.in_(ids))
    return {
        goal.id: replace(
            goal,
            title=found[goal.id].title,
            facts=_facts(found[goal.id], goal.scored, scores.get(goal.id, []), today),
        )
        for goal in goals
        if goal.id in found
    }


def _facts(goal: Any, scored: bool, scores: Sequence[Score], today: date) -> ChartFacts:
    now = () if goal.value is None else (Score(today, goal.value),)
    return ChartFacts(
        baseline=goal.baseline,
        target=goal.target,
        starts_on=goal.starts_on,
        due_on=goal.due_on,
        today=today,
        value=goal.value,
        needed=goal.needed,
        scores=scores if scored else now,
        milestones=milestones_of(goal),
        forecasts=goal.measure in FORECAST,
        lower=_lower(goal),
    )


def _lower(goal: Any) -> bool:
    """Whether less is better."""
    return goal.measure in MAY_BE_LOWER and Params.of(goal.params).lower
