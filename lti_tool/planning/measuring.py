"""One goal measured: its rows in, what has to be written out. No database here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from lti_tool.planning.observations import course_zone, day_in
from lti_tool.plans.baseline import LAST, captured
from lti_tool.plans.figures import Figures, figures_of
from lti_tool.plans.goal import GoalState
from lti_tool.plans.gradebook import Total, course_scores, group_sums
from lti_tool.plans.measure import CourseScore, Entry, Evidence, Group, Measure, MeasureKind, Method, Params
from lti_tool.plans.observation import Observation, Reason, eligible, points
from lti_tool.plans.rounding import kept_down
from lti_tool.plans.status import Status
from lti_tool.plans.taken import reasons_in
from lti_tool.plans.terms import Break, Terms

Newest = dict[tuple[int, int], tuple[int | None, bool, str]]


class Seen(NamedTuple):
    """One item of a goal: the released version it comes from, if any, and what the rules look at.

    left_out: a teacher leaves it out of this goal.
    """

    version_id: int | None
    observation: Observation
    left_out: bool = False

    @property
    def looked_at(self) -> Observation:
        """The observation as this goal takes it."""
        return replace(self.observation, left_out=True) if self.left_out else self.observation


Work = Sequence[Seen]
Reasons = Sequence[Reason | None]


@dataclass(frozen=True)
class Beside:
    """What a goal looks at besides single grades."""

    entries: Sequence[Entry] = ()
    totals: Sequence[Total] = ()
    groups: Sequence[Group] = ()
    breaks: Sequence[Break] = ()


@dataclass
class Measured:
    """What measuring a goal found: rows to add (empty when nothing is new) and whether it moved."""

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
    if found.moved:
        found.value_row = {
            "goal_id": goal.id,
            "value": figures.value,
            "progress": figures.progress,
            "status": status.value,
            "why": {
                **_why(terms, evidence, reasons, figures, today),
                "cause": cause,
                "seen": _lines(terms.measure, reasons, work),
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


def _why(terms: Terms, evidence: Evidence, reasons: Reasons, figures: Figures, today: date) -> dict[str, Any]:
    """All a value was made of, so that the same can be made again from what is stored (issue: recompute).

    earned, possible: of counted work alone. entries: a line each, id and whether it was ticked. course: day,
    score and source of each course score.
    """
    counted = [seen for seen, reason in zip(evidence.work, reasons, strict=True) if reason is None]
    earned, possible = points(counted)
    left_out = Counter(str(reason) for reason in reasons if reason is not None)
    return {
        "earned": str(earned),
        "possible": str(possible),
        "counted": len(counted),
        "left_out": dict(sorted(left_out.items())),
        "needed": _text(figures.needed.average),
        "more": figures.needed.more,
        "because": figures.because,
        "today": today.isoformat(),
        "target": str(terms.target),
        "baseline": _text(terms.baseline),
        "terms": {
            "params": terms.measure.params.as_json(),
            "milestones": [[day.isoformat(), str(number)] for day, number in terms.milestones],
            "starts_on": _text(terms.starts_on),
            "due_on": _text(terms.due_on),
            "phase_on": _text(terms.phase_on),
            "term_ends_on": _text(terms.term_ends_on),
            "reached_on": _text(terms.reached_on),
            "breaks": [[first.isoformat(), last.isoformat()] for first, last in terms.breaks],
        },
        "entries": [[one.id, one.verified] for one in evidence.entries],
        "course": [[one.on.isoformat(), _text(one.score), one.source] for one in evidence.course],
        **({"groups": [_group_line(one) for one in evidence.groups]} if evidence.groups else {}),
        **({"sums": _sums(evidence)} if terms.measure.kind is MeasureKind.COURSE else {}),
    }


def _sums(evidence: Evidence) -> list[list[Any]]:
    """What each group of the course gave by our own sum: id, earned, possible, weight."""
    return [
        [one.group.id, str(kept_down(one.earned)), str(kept_down(one.possible)), _text(one.group.weight)]
        for one in group_sums(evidence.groups, evidence.work)
        if one.possible > 0
    ]


def _group_line(group: Group) -> list[Any]:
    """What a group's rules were: id, weight, lowest and highest left out, items never left out."""
    return [group.id, _text(group.weight), group.drop_lowest, group.drop_highest, sorted(group.never_drop)]


def lines_of(measure: Measure, work: Work) -> list[list[Any]]:
    """A line an item: item, version, reason (empty: it counts), points possible, day due; for a course grade
    its group, too."""
    return _lines(measure, reasons_in(measure, [one.looked_at for one in work]), work)


def _lines(measure: Measure, reasons: Reasons, work: Work) -> list[list[Any]]:
    by_group = measure.kind is MeasureKind.COURSE
    return [
        [
            seen.item_id,
            version_id,
            "" if reason is None else reason.value,
            None if seen.possible is None else str(seen.possible),
            None if seen.due_on is None else seen.due_on.isoformat(),
            *([seen.group] if by_group else ()),
        ]
        for (version_id, seen, _left_out), reason in zip(work, reasons, strict=True)
    ]


def _text(value: Decimal | date | None) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)
