"""Goals that count pieces of work handed in (domain.md §3.2, §3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from lti_tool.plans.measure import Params
from lti_tool.plans.observation import Observation, Reason, by_day, out_of_sight, why_not
from lti_tool.plans.terms import Point, Terms

# Left out of the set itself. What cannot be a per cent can still be handed in.
_OUT = frozenset({Reason.EXCUSED, Reason.REMOVED, Reason.LEFT_OUT})


def why_not_done(seen: Observation, params: Params) -> Reason | None:
    """Why a piece of work is not one of those counted, or None when it is."""
    reason = out_of_sight(seen)
    if reason is not None:
        return reason
    if seen.submitted_on is None and (seen.missing or (seen.score is None and not seen.text)):
        return Reason.MISSING if seen.missing else Reason.NOT_IN_YET
    if params.on_time and _is_late(seen):
        return Reason.LATE
    if params.least is not None:
        reason = why_not(seen)
        if reason is None and seen.percent is not None and seen.percent < Fraction(params.least):
            reason = Reason.UNDER
    return reason


def _is_late(seen: Observation) -> bool:
    after = seen.submitted_on is not None and seen.due_on is not None and seen.submitted_on > seen.due_on
    return seen.late or after


def in_set(work: Iterable[Observation], params: Params) -> list[Observation]:
    """The work that is part of the goal at all, oldest first."""
    found = [seen for seen in work if why_not_done(seen, params) not in _OUT]
    return sorted(found, key=by_day)


def number_wanted(terms: Terms, work: Sequence[Observation]) -> int:
    """How many are asked for: "all of them" shrinks with what is excused or gone, "8 of them" does not."""
    params = terms.measure.params
    return len(in_set(work, params)) if params.every else int(terms.target)


def done(work: Iterable[Observation], params: Params) -> list[Observation]:
    """The work that counts, oldest first."""
    return sorted((seen for seen in work if why_not_done(seen, params) is None), key=by_day)


def still_open(work: Iterable[Observation], params: Params, today: date) -> list[Observation]:
    """The work that can still come to count."""
    return [seen for seen in work if _may_come(seen, params, today)]


def _may_come(seen: Observation, params: Params, today: date) -> bool:
    reason = why_not_done(seen, params)
    return may_still_come(reason, seen.due_on, params, today, waits=seen.regrade_pending)


def may_still_come(
    reason: Reason | None, due_on: date | None, params: Params, today: date, *, waits: bool
) -> bool:
    """Whether a piece of work that does not count may come to. waits: a new try is not graded yet."""
    if reason in {Reason.NOT_IN_YET, Reason.MISSING}:
        return not (params.on_time and due_on is not None and due_on < today)
    if reason is Reason.UNDER:
        return waits
    return reason in {Reason.NOT_POSTED, Reason.NOT_GRADED}


def planned(terms: Terms, work: Sequence[Observation], today: date) -> Fraction:
    """How many should be in by a day: the share of the work that is due by then, not of the days."""
    chosen = in_set(work, terms.measure.params)
    due = sum(1 for seen in chosen if seen.due_on is not None and seen.due_on < today)
    return Fraction(number_wanted(terms, work) * due, len(chosen)) if chosen else Fraction(0)


def count_points(terms: Terms, work: Sequence[Observation], today: date) -> list[Point]:
    """A reading for each due day that has passed: how many of those due by then were in."""
    params = terms.measure.params
    chosen = in_set(work, params)
    wanted = number_wanted(terms, work)
    found, k = [], 0
    due = [seen for seen in chosen if seen.due_on is not None and seen.due_on < today]
    for place, seen in enumerate(due, start=1):
        k += why_not_done(seen, params) is None
        line = Fraction(wanted * place, len(chosen))
        if seen.due_on is not None:
            found.append(Point(seen.due_on, Fraction(k), seen.item_id, line))
    return found
