"""Suggestion cards of goals as they hold now, and what students answered lately (domain.md B13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.whose import OfGoals, Wanted
from lti_tool.plans.measure import MeasureKind, Method, Reason
from lti_tool.plans.suggestions import REST, Card, Facts, Rule, Way, cards_for
from lti_tool.records.course import Person
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.suggestion import Suggestion

if TYPE_CHECKING:
    from lti_tool.overview.goal_card import GoalCard
    from lti_tool.overview.work import Work

SHOWN = timedelta(days=60)
# A smaller target can be found, and scores compared with a mark, where the number is made of scores.
_PER_CENT = (MeasureKind.SCORE, MeasureKind.AVERAGE)


@dataclass(frozen=True)
class Answered:
    """What a student answered to a card. way: None where they said no. Times in the course's zone."""

    id: int
    goal_id: int
    goal: str
    person_id: int
    by: str
    card: Card
    way: Way | None
    words: str
    changed: bool
    reason: str
    at: datetime
    settled_at: datetime | None


def facts_of(card: GoalCard) -> Facts:
    """What the rules look at, from a goal as pages show it: released grades only."""
    scored = [line for line in card.work if line.counted and line.percent is not None]
    scored.sort(key=lambda line: (line.on is not None, line.on, line.item_id))
    by_points = card.measure.method is Method.POINTS and card.measure.kind is MeasureKind.AVERAGE
    left = [line for line in card.work if line.is_left]

    def weight(lines: Iterable[Decimal | None]) -> Decimal:
        return sum(((possible or Decimal(0)) if by_points else Decimal(1) for possible in lines), Decimal(0))

    return Facts(
        status=card.status,
        target=card.facts.target,
        due_on=card.facts.due_on,
        today=card.facts.today,
        in_per_cent=card.measure.kind in _PER_CENT,
        value=card.facts.value,
        baseline=card.facts.baseline,
        needed=card.facts.needed,
        scores=[(line.name, line.percent) for line in scored if line.percent is not None],
        missing=[line.name for line in card.work if line.reason == Reason.MISSING],
        residuals=_residuals(card, scored),
        done=weight(line.possible for line in scored),
        left=weight(line.possible for line in left),
        lower=card.facts.lower,
    )


def _residuals(card: GoalCard, scored: Sequence[Work]) -> list[Decimal]:
    """Score − aim line of each score since the start; turned round where less is better."""
    found, sign = [], -1 if card.facts.lower else 1
    for line in scored:
        if line.percent is None or line.on is None or line.on < card.facts.starts_on:
            continue
        aim = card.facts.aim_on(line.on)
        if aim is not None:
            found.append(sign * (line.percent - aim))
    return found


def cards_of(card: GoalCard, resting: frozenset[str]) -> list[Card]:
    """The suggestions that hold for a goal now."""
    return cards_for(facts_of(card), resting)


def resting_rules(session: Session, goal_ids: Sequence[int], now: datetime) -> dict[int, frozenset[str]]:
    """goal → rules answered in the last two weeks."""
    return _by_goal(
        session.execute(
            sa.select(Suggestion.goal_id, Suggestion.rule).where(
                Suggestion.goal_id.in_(goal_ids), Suggestion.at > now - REST
            )
        )
    )


def _resting_query(*goals: sa.ColumnElement[bool]) -> Any:
    return (
        sa.select(Suggestion.goal_id, Suggestion.rule)
        .join(Goal, Goal.id == Suggestion.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(*goals, Suggestion.at > sa.bindparam("answered_since"))
    )


RESTING = OfGoals(_resting_query)


def resting_of(session: Session, wanted: Wanted, now: datetime) -> dict[int, frozenset[str]]:
    """The same for goals that a page tells of."""
    return _by_goal(RESTING.read(session, wanted, answered_since=now - REST))


def _by_goal(rows: Iterable[Any]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row.goal_id, set()).add(row.rule)
    return {goal_id: frozenset(rules) for goal_id, rules in found.items()}


def answered_of(
    session: Session, zone: tzinfo, now: datetime, *goals: sa.ColumnElement[bool]
) -> list[Answered]:
    """What was answered in the last 60 days on the goals these conditions on Goal name, newest first."""
    rows = session.execute(
        sa.select(Suggestion, Goal, Person)
        .join(Goal, Goal.id == Suggestion.goal_id)
        .join(Person, Person.id == Suggestion.person_id)
        .where(Suggestion.at > now - SHOWN, *goals)
        .order_by(Suggestion.id.desc())
        .limit(200)
    )
    return [_answered(row, goal, person, zone) for row, goal, person in rows]


def talks_waiting(session: Session, context_id: int) -> int:
    """How many talks students of a course asked for that were not had yet."""
    query = (
        sa.select(sa.func.count())
        .select_from(Suggestion)
        .join(Goal, Goal.id == Suggestion.goal_id)
        .where(
            Goal.context_id == context_id, Suggestion.way == Way.TALK.value, Suggestion.settled_at.is_(None)
        )
    )
    return session.scalar(query) or 0


def _answered(row: Suggestion, goal: Goal, person: Person, zone: tzinfo) -> Answered:
    lower = bool((goal.params or {}).get("lower"))
    names, numbers = row.because.get("names", []), row.because.get("numbers", [])
    return Answered(
        id=row.id,
        goal_id=row.goal_id,
        goal=goal.title,
        person_id=row.person_id,
        by=display_name(person),
        card=Card(
            Rule(row.rule), (), tuple(names), tuple(Decimal(number) for number in numbers), lower=lower
        ),
        way=Way(row.way) if row.way else None,
        words=row.words,
        changed=row.changed,
        reason=row.reason,
        at=row.at.astimezone(zone),
        settled_at=row.settled_at,
    )
