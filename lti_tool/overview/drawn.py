"""What the chart of one goal draws besides its line: changes of plan, past values, what is due by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from lti_tool.overview.goal_card import OF_SCORES, OUT, GoalCard
from lti_tool.overview.history import Event
from lti_tool.plans.chart import ChartFacts, Score
from lti_tool.plans.measure import MeasureKind


def drawn(shown: GoalCard, history: Sequence[Event]) -> ChartFacts:
    """What the chart draws: changes of plan, a count's plan by what is due, past values where no single
    score stands on the line."""
    facts = replace(shown.facts, changes=[one.at.date() for one in history if one.what == "changed"])
    if shown.measure.kind in OF_SCORES:
        return facts
    values = [one for one in reversed(history) if one.what == "value"]
    past = {one.at.date(): one.after for one in values}
    if facts.value is not None:
        past[facts.today] = facts.value
    scores = [Score(day, value) for day, value in sorted(past.items()) if value is not None]
    plan = count_plan(shown) if shown.measure.kind is MeasureKind.COUNT else ()
    return replace(facts, scores=scores, plan=plan, past=True)


def count_plan(shown: GoalCard) -> list[tuple[date, Decimal]]:
    """The corners of a count's plan: on each due day as much of the target as is due by then."""
    facts = shown.facts
    inside = [line for line in shown.work if line.reason not in OUT]
    days = sorted(line.due_on for line in inside if line.due_on is not None)
    if not days:
        return []
    each = facts.target / len(inside)
    first = sum(day < facts.starts_on for day in days)
    corners = [(facts.starts_on, first * each)]
    for place, day in enumerate(days[first:], start=first + 1):
        if day > facts.due_on:
            break
        corners += [(day, (place - 1) * each), (day, place * each)]
    return [*corners, (facts.due_on, corners[-1][1])]
