"""What a value was made of, as it is kept with it, so that the same can be made again (domain.md §3.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from lti_tool.plans.figures import Figures
from lti_tool.plans.gradebook import group_sums
from lti_tool.plans.holding import never_came
from lti_tool.plans.measure import Evidence, Group, Measure, MeasureKind
from lti_tool.plans.observation import Observation, Reason, points
from lti_tool.plans.rounding import kept_down
from lti_tool.plans.taken import reasons_in
from lti_tool.plans.terms import Terms


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


def made_of(
    terms: Terms, evidence: Evidence, reasons: Reasons, figures: Figures, today: date
) -> dict[str, Any]:
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
        **({"never_came": never} if (never := _never_came(terms, evidence, today)) else {}),
        **({"groups": [_group_line(one) for one in evidence.groups]} if evidence.groups else {}),
        **({"sums": _sums(evidence)} if terms.measure.kind is MeasureKind.COURSE else {}),
    }


def _never_came(terms: Terms, evidence: Evidence, today: date) -> int:
    """Of a mark to hold: how many checks do not hold because they never came in."""
    return never_came(terms, evidence.work, today) if terms.measure.kind is MeasureKind.MAINTAIN else 0


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
    return lines(measure, reasons_in(measure, [one.looked_at for one in work]), work)


def lines(measure: Measure, reasons: Reasons, work: Work) -> list[list[Any]]:
    """`lines_of` where the reasons are known."""
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
