"""Ends of goals: settled once a day when their time is over, and seen again after a regrade (domain.md §3.5).

Safe to run at any time and twice: a goal is looked at once a day, and an end that stands is left alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.finding import lms_ids_of
from lti_tool.planning.judging import Judged, judged
from lti_tool.planning.making import said, write_versions
from lti_tool.planning.recompute import recompute_goals
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.figures import figures_of
from lti_tool.plans.goal import GoalState
from lti_tool.plans.outcome import Outcome, after_close, later, outcome_of
from lti_tool.records.goal import Goal, GoalValue
from lti_tool.records.plan import Plan

BATCH = 200
SEEN_AGAIN = timedelta(days=60)
log = structlog.get_logger()


@dataclass(frozen=True)
class Settled:
    """How many goals ended now, how many ends changed, and how many wait for a person's word."""

    ended: int = 0
    changed: int = 0
    asked: int = 0


def settle_goals(session: Session, *, now: datetime, most: int = BATCH) -> Settled:
    """Settle the goals whose turn it is today, at most `most` of them; nothing is left for a next call of
    the day once they all had their turn."""
    today = now.date()
    ended = _end(session, _due(session, today, most), now)
    changed, asked = _see_again(session, _ended_lately(session, today, most), now)
    return Settled(ended, changed, asked)


def anything_to_settle(session: Session, *, now: datetime) -> bool:
    """Whether some goal has its turn today still to come. Reads only."""
    today = now.date()
    return bool(_due(session, today, 1) or _ended_lately(session, today, 1))


def _due(session: Session, today: date, most: int) -> dict[int, list[int]]:
    """registration → goals past their day that nobody looked at today."""
    query = (
        sa.select(Plan.registration_id, Goal.id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(Goal.state == GoalState.ACTIVE, Goal.due_on < today, _not_looked_at(today))
    )
    return _by_registration(session, query, most)


def _ended_lately(session: Session, today: date, most: int) -> dict[int, list[int]]:
    query = (
        sa.select(Plan.registration_id, Goal.id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(
            Goal.state == GoalState.CLOSED,
            Goal.settled_on > today - SEEN_AGAIN,
            Goal.settled_on < today,
            Goal.outcome != Outcome.REPLACED.value,
            _not_looked_at(today),
        )
    )
    return _by_registration(session, query, most)


def _not_looked_at(today: date) -> sa.ColumnElement[bool]:
    return sa.or_(Goal.looked_on.is_(None), Goal.looked_on < today)


def _by_registration(session: Session, query: Any, most: int) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for registration_id, goal_id in session.execute(query.order_by(Goal.id).limit(most)):
        found[registration_id].append(goal_id)
    return found


def _end(session: Session, due: dict[int, list[int]], now: datetime) -> int:
    count = 0
    for registration_id, goal_ids in due.items():
        recompute_goals(session, goal_ids, now=now)
        for one in judged(session, goal_ids, now=now):
            outcome = outcome_of(one.terms, one.evidence, one.today)
            one.goal.looked_on = now.date()
            if outcome is None:
                continue
            one.goal.state, one.goal.outcome = GoalState.CLOSED.value, outcome.value
            one.goal.settled_on = one.today
            _write(session, registration_id, one, "closed", now, outcome=outcome.value)
            count += 1
    if count:
        log.info("goals.ended", count=count)
    return count


def _see_again(session: Session, lately: dict[int, list[int]], now: datetime) -> tuple[int, int]:
    changed = asked = 0
    for registration_id, goal_ids in lately.items():
        for one in judged(session, goal_ids, now=now, states=(GoalState.CLOSED,)):
            goal = one.goal
            goal.looked_on = now.date()
            before = Outcome(goal.outcome)
            again = outcome_of(one.terms, one.evidence, one.today) or before
            again = later(again, one.terms, one.evidence, one.today)
            verdict = after_close(before, again, goal.settled_on or one.today, one.today, one.terms)
            if verdict == "flip":
                _flip(session, registration_id, one, again, now)
                changed += 1
            elif verdict == "ask" and goal.outcome_asked != again.value:
                goal.outcome_asked = again.value
                asked += 1
    if changed:
        log.info("goals.ended_otherwise", count=changed)
    return changed, asked


def _flip(session: Session, registration_id: int, one: Judged, again: Outcome, now: datetime) -> None:
    """Another end, as a new value and a new version; what was celebrated stays in the history."""
    goal, before = one.goal, one.goal.outcome
    figures = figures_of(one.terms, one.evidence, one.today)
    goal.outcome, goal.outcome_asked, goal.flipped_at = again.value, "", now
    goal.value, goal.progress = figures.value, figures.progress
    session.add(
        GoalValue(
            goal_id=goal.id,
            value=figures.value,
            progress=figures.progress,
            status=figures.status.value,
            why={"cause": "graded after the end", "today": one.today.isoformat(), "seen": one.lines},
            at=now,
        )
    )
    _write(session, registration_id, one, "end changed", now, outcome=again.value, before=before)


def confirm_end(session: Session, goal: Goal, actor: Actor, *, now: datetime) -> None:
    """A person takes the end that a late regrade would give. Whether they may: asked before."""
    if not goal.outcome_asked:
        return
    before, goal.outcome, goal.outcome_asked = goal.outcome, goal.outcome_asked, ""
    goal.flipped_at = now
    goal.version += 1
    session.flush()
    content = {**said(goal, lms_ids_of(session, goal)), "outcome": goal.outcome, "before": before}
    write_versions(session, actor, [(goal, content)], "end changed", now=now)


def _write(
    session: Session, registration_id: int, one: Judged, what: str, now: datetime, **content: str
) -> None:
    goal = one.goal
    goal.version += 1
    session.flush()
    actor = Actor(registration_id, None, Role.SYSTEM, goal.context_id)
    full = {**said(goal, lms_ids_of(session, goal)), **content}
    write_versions(session, actor, [(goal, full)], what, now=now)
