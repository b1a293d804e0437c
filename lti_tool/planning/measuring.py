"""One goal measured: its rows in, what has to be written out. No database here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lti_tool.planning.made_of import Reasons, Work, lines, made_of
from lti_tool.planning.observations import course_zone, day_in
from lti_tool.plans.baseline import LAST, captured
from lti_tool.plans.figures import figures_of
from lti_tool.plans.goal import GoalState
from lti_tool.plans.gradebook import Total, course_scores
from lti_tool.plans.measure import CourseScore, Entry, Evidence, Group, Measure, MeasureKind, Method, Params
from lti_tool.plans.observation import Observation, Reason, eligible
from lti_tool.plans.status import Status
from lti_tool.plans.taken import reasons_in
from lti_tool.plans.terms import Break, Terms

Newest = dict[tuple[int, int], tuple[int | None, bool, str]]


@dataclass(frozen=True)
class Beside:
    """What a goal looks at besides single grades."""

    entries: Sequence[Entry] = ()
    totals: Sequence[Total] = ()
    groups: Sequence[Group] = ()
    breaks: Sequence[Break] = ()


@dataclass
class Measured:
    """What measuring a goal found: rows to add (empty when nothing is new) and whether it moved.

    value_row: also where other grades come to the same number.
    """

    goal_id: int
    moved: bool = False
    readings: list[dict[str, Any]] = field(default_factory=list)
    version: dict[str, Any] | None = None
    value_row: dict[str, Any] | None = None
    figures: dict[str, Any] | None = None


def measure_of(goal: Any) -> Measure:
    """The measure a goal row asks for."""
    return Measure(MeasureKind(goal.measure), Method(goal.method), Params.of(goal.params))


def terms_of(goal: Any, breaks: Sequence[Break] = ()) -> Terms:
    """What a goal row says, as the rules take it."""
    return Terms(
        measure=measure_of(goal),
        target=goal.target,
        baseline=goal.baseline,
        starts_on=goal.starts_on,
        due_on=goal.due_on,
        milestones=[(date.fromisoformat(day), Decimal(number)) for day, number in goal.milestones or ()],
        phase_on=goal.phase_on,
        breaks=breaks,
        term_ends_on=day_in(goal.term_ends_at, course_zone(goal.context_zone, goal.registration_zone)),
        reached_on=goal.reached_on,
    )


def evidence_of(measure: Measure, seen: Sequence[Observation], beside: Beside) -> Evidence:
    """Everything the rules may look at for a goal."""
    course: tuple[CourseScore, ...] = ()
    if measure.kind is MeasureKind.COURSE:
        course = tuple(course_scores(beside.totals, beside.groups, seen))
    return Evidence(seen, beside.entries, course, beside.groups)


def measure_goal(
    goal: Any, work: Work, newest: Newest, now: datetime, cause: str = "", beside: Beside | None = None
) -> Measured:
    """Measure one goal row (with its zones) against the work it looks at.

    newest: the readings there are. cause: what else than grades moved it.
    """
    found, beside = Measured(goal.id), beside or Beside()
    terms = terms_of(goal, beside.breaks)
    seen = [one.looked_at for one in work]
    reasons = reasons_in(terms.measure, seen)
    found.readings = _new_readings(goal.id, reasons, work, newest)
    note = goal.baseline_note
    late = _late_start(terms.measure, seen, goal)
    if late is not None:
        start, note, found.version = late
        terms = replace(terms, baseline=start)
    today = now.astimezone(course_zone(goal.context_zone, goal.registration_zone)).date()
    evidence = evidence_of(terms.measure, seen, beside)
    figures = figures_of(terms, evidence, today)
    active = goal.state != GoalState.PROPOSED
    status = figures.status if active else Status.WAITING
    reached_on = goal.reached_on or (today if active and figures.touched else None)
    before = (goal.value, goal.progress, goal.status)
    found.moved = goal.computed_at is None or before != (figures.value, figures.progress, status)
    if found.moved or _is_made_of_others(found.readings, newest):
        found.value_row = {
            "goal_id": goal.id,
            "value": figures.value,
            "progress": figures.progress,
            "status": status.value,
            "why": {
                **made_of(terms, evidence, reasons, figures, today),
                "cause": cause,
                "seen": lines(terms.measure, reasons, work),
            },
        }
    also = (goal.needed, goal.reached_on) != (figures.needed.average, reached_on)
    if found.moved or found.version or also:
        found.figures = {
            "goal_id": goal.id,
            "value": figures.value,
            "progress": figures.progress,
            "status": status.value,
            "needed": figures.needed.average,
            "baseline": terms.baseline,
            "baseline_note": note,
            "reached_on": reached_on,
            "version": goal.version + (1 if found.version else 0),
        }
    return found


def _is_made_of_others(readings: Sequence[dict[str, Any]], newest: Newest) -> bool:
    """Whether other grades make the number now, even where they come to the same: its why is another."""
    known = (newest.get((row["goal_id"], row["item_id"])) for row in readings)
    return any(row["counted"] or (old and old[1]) for row, old in zip(readings, known, strict=True))


def _new_readings(goal_id: int, reasons: Reasons, work: Work, newest: Newest) -> list[dict[str, Any]]:
    """A reading for each item that says something else than its newest one; silence needs none."""
    rows = []
    for (version_id, seen, _left_out), reason in zip(work, reasons, strict=True):
        known = newest.get((goal_id, seen.item_id))
        if known is None and version_id is None and reason not in (Reason.REMOVED, Reason.LEFT_OUT):
            continue
        counted, word = reason is None, "" if reason is None else reason.value
        if known != (version_id, counted, word):
            rows.append(
                {
                    "goal_id": goal_id,
                    "item_id": seen.item_id,
                    "version_id": version_id,
                    "counted": counted,
                    "reason": word,
                }
            )
    return rows


def _late_start(
    measure: Measure, seen: list[Observation], goal: Any
) -> tuple[Decimal, dict[str, Any], dict[str, Any]] | None:
    """An average that began without any grade gets its start from the first three, once and for all."""
    first = eligible(seen)[:LAST]
    if goal.baseline is not None or measure.kind is not MeasureKind.AVERAGE or len(first) < LAST:
        return None
    start = captured(first)
    if start.value is None or measure.is_met(start.value, goal.target):
        return None
    note = {
        "how": "first three",
        "n": len(start.scores),
        "scores": [str(score) for score in start.scores],
        "items": list(start.items),
    }
    version = {
        "goal_id": goal.id,
        "number": goal.version + 1,
        "author_id": None,
        "author_role": "system",
        "what": "start found",
        "reason": "",
        "content": {"baseline": str(start.value), "baseline_note": note},
    }
    return start.value, note, version
