"""The value of a goal of any kind, what it was made of, and what it is judged by (domain.md §3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from lti_tool.plans.by_hand import points_by_hand, value_by_hand
from lti_tool.plans.counting import count_points, done, in_set, number_wanted, why_not_done
from lti_tool.plans.holding import held_points, share_held
from lti_tool.plans.measure import CourseScore, Evidence, Measure, MeasureKind, exact_value
from lti_tool.plans.observation import Observation, Reason, why_not
from lti_tool.plans.ranks import rank_of, why_no_rank
from lti_tool.plans.terms import Point, Terms


def reason_in(measure: Measure, seen: Observation) -> Reason | None:
    """Why one piece of work is no part of this measure's value, or None when it is."""
    if measure.kind is MeasureKind.COUNT:
        return why_not_done(seen, measure.params)
    if measure.kind is MeasureKind.RANK:
        return why_no_rank(seen, measure.params.scale)
    return why_not(seen)


def reasons_in(measure: Measure, work: Sequence[Observation]) -> list[Reason | None]:
    """`reason_in` of each piece of work, in its order."""
    if measure.kind is MeasureKind.COUNT or measure.kind is MeasureKind.RANK:
        return [reason_in(measure, seen) for seen in work]
    return [seen.reason for seen in work]


def target_in(terms: Terms, evidence: Evidence) -> Decimal:
    """The target as it stands: "all of them" shrinks with what is excused or gone."""
    if terms.measure.kind is MeasureKind.COUNT:
        return Decimal(number_wanted(terms, evidence.work))
    return terms.target


def value_in(terms: Terms, evidence: Evidence, today: date) -> Fraction | None:
    """The exact value in the measure's unit; None when nothing counts yet."""
    measure = terms.measure
    if measure.kind.is_manual:
        return value_by_hand(terms, evidence.entries, today)
    if measure.kind is MeasureKind.COURSE:
        last = course_now(evidence.course)
        return None if last is None or last.score is None else Fraction(last.score)
    if measure.kind is MeasureKind.COUNT:
        if not in_set(evidence.work, measure.params):
            return None
        return Fraction(len(done(evidence.work, measure.params)))
    if measure.kind is MeasureKind.MAINTAIN:
        return share_held(terms, evidence.work, today)
    if measure.kind is MeasureKind.RANK:
        ranks = [rank_of(seen, measure.params.scale) for seen in ranked(measure, evidence.work)]
        return Fraction(ranks[-1]) if ranks and ranks[-1] is not None else None
    return exact_value(measure, evidence.counted)


def points_in(terms: Terms, evidence: Evidence, today: date) -> list[Point]:
    """What status and forecast look at, oldest first."""
    measure = terms.measure
    if measure.kind.is_manual:
        return points_by_hand(terms, evidence.entries, today)
    if measure.kind is MeasureKind.COURSE:
        ordered = sorted(evidence.course, key=lambda one: one.on)
        return [Point(one.on, Fraction(one.score)) for one in ordered if one.score is not None]
    if measure.kind is MeasureKind.COUNT:
        return count_points(terms, evidence.work, today)
    if measure.kind is MeasureKind.MAINTAIN:
        return held_points(terms, evidence.work)
    if measure.kind is MeasureKind.RANK:
        places = [(seen, rank_of(seen, measure.params.scale)) for seen in ranked(measure, evidence.work)]
        return [
            Point(seen.on, Fraction(place), seen.item_id)
            for seen, place in places
            if seen.on is not None and place is not None
        ]
    return [
        Point(seen.on, seen.percent, seen.item_id)
        for seen in evidence.counted
        if seen.on is not None and seen.percent is not None
    ]


def course_now(scores: Sequence[CourseScore]) -> CourseScore | None:
    """The newest course score; of one day, the one named last."""
    return max(enumerate(scores), key=lambda one: (one[1].on, one[0]))[1] if scores else None


def ranked(measure: Measure, work: Sequence[Observation]) -> list[Observation]:
    """The graded work of a rank goal, oldest first."""
    found = [seen for seen in work if why_no_rank(seen, measure.params.scale) is None]
    return sorted(found, key=lambda seen: (seen.on or date.min, seen.item_id))
