"""Our own sum of groups and of a course, as Canvas and Moodle add up (domain.md §3.1).

Used only where the LMS gives no score of its own that may be shown, and labelled as ours. Canvas (its
lib/grade_calculator.rb) drops the set that leaves the best grade; Moodle (grade_category) the lowest per
cent, the bigger piece first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from lti_tool.plans.measure import CourseScore, Group
from lti_tool.plans.observation import Observation, Reason, eligible, no_grade, out_of_sight, why_not
from lti_tool.plans.rounding import kept_down

# The group of work whose own group the LMS's list does not have: what it weighs is never guessed.
STRAY = ""
Weighting = Literal["points", "percent", "mean"]


@dataclass(frozen=True)
class Mark:
    """One score in a group, exact. possible may be 0: extra credit."""

    item_id: int
    score: Fraction
    possible: Fraction

    @property
    def share(self) -> Fraction:
        """Score of possible; of nothing it is nought."""
        return self.score / self.possible if self.possible else Fraction(0)


@dataclass(frozen=True)
class GroupSum:
    """What a group's kept marks give. earned, possible: points, or shares where marks are all worth one."""

    group: Group
    earned: Fraction
    possible: Fraction
    left: Fraction = Fraction(0)
    left_items: int = 0

    @property
    def per_cent(self) -> Fraction | None:
        """Per cent, None without possible points."""
        return 100 * self.earned / self.possible if self.possible > 0 else None


def kept_marks(group: Group, marks: Sequence[Mark]) -> list[Mark]:
    """The marks that stay after the group's drop rules."""
    ordered = sorted(marks, key=lambda mark: mark.item_id)
    if group.drops == "moodle":
        return _moodle_kept(group, ordered)
    fixed = [mark for mark in ordered if mark.item_id in group.never_drop]
    free = [mark for mark in ordered if mark.item_id not in group.never_drop]
    if not free or not (group.drop_lowest or group.drop_highest):
        return ordered
    lowest = min(group.drop_lowest, len(free) - 1)
    highest = 0 if lowest + group.drop_highest >= len(free) else group.drop_highest
    best = _extreme(free, fixed, len(free) - lowest, best=True)
    return [*fixed, *_extreme(best, fixed, len(best) - highest, best=False)]


def _extreme(free: list[Mark], fixed: list[Mark], keep: int, *, best: bool) -> list[Mark]:
    """`keep` of the free marks that, with the fixed ones, make the best (or worst) grade.

    Dinkelbach's way to the optimum of a ratio, in exact fractions: rate every mark by s − q·p, keep the
    extremes, take their grade as the next q, until it stays.
    """
    sign = 1 if best else -1
    if keep >= len(free):
        return free
    if not any(mark.possible for mark in [*free, *fixed]):
        return sorted(free, key=lambda mark: sign * mark.score)[-keep:]
    grade: Fraction | None = None
    picked = free
    while True:
        sums = [*picked, *fixed]
        possible = sum((mark.possible for mark in sums), Fraction(0))
        now = sum((mark.score for mark in sums), Fraction(0)) / possible if possible else None
        if len(picked) == keep and (now is None or now == grade):
            return picked
        grade = now
        picked = _rated(free, now or Fraction(0), sign)[-keep:]


def _rated(marks: list[Mark], rate: Fraction, sign: int) -> list[Mark]:
    """By s − q·p, the wanted ones last."""
    return sorted(marks, key=lambda mark: sign * (mark.score - rate * mark.possible))


def _moodle_kept(group: Group, marks: list[Mark]) -> list[Mark]:
    if group.keep_highest:
        return sorted(marks, key=lambda mark: mark.share)[-group.keep_highest :]
    free = sorted(marks, key=lambda mark: (mark.share, -mark.possible, mark.item_id))
    return free[min(group.drop_lowest, len(free)) :]


def group_sum(group: Group, work: Iterable[Observation]) -> GroupSum:
    """A group's sum over the work of the group that may be shown ("current": ungraded work is left out)."""
    marks, left, left_items = [], Fraction(0), 0
    for seen in work:
        possible = Fraction(seen.possible or 0)
        reason = why_not(seen)
        extra = reason is Reason.NO_POINTS and seen.score is not None and no_grade(seen) is None
        if reason is None or extra:
            marks.append(Mark(seen.item_id, Fraction(seen.score or 0), possible))
        elif reason in {Reason.NOT_GRADED, Reason.NOT_POSTED, Reason.MISSING}:
            if group.count_ungraded and reason is not Reason.NOT_POSTED:
                marks.append(Mark(seen.item_id, Fraction(0), possible))
            left += 1 if group.by == "mean" else possible
            left_items += 1
    kept = kept_marks(group, marks)
    if group.by == "mean":
        kept = [Mark(mark.item_id, mark.share, Fraction(1)) for mark in kept if mark.possible]
    earned = sum((mark.score for mark in kept), Fraction(0))
    possible = sum((mark.possible for mark in kept), Fraction(0))
    return GroupSum(group, earned, possible, left, left_items)


def group_sums(groups: Sequence[Group], work: Sequence[Observation]) -> list[GroupSum]:
    """Every group's sum. Work of no known group is a last one of its own, `STRAY` where there are groups."""
    if not groups:
        return [group_sum(Group(0), work)]
    sums = [group_sum(one, [seen for seen in work if seen.group == one.id]) for one in groups]
    known = {one.id for one in groups}
    stray = [seen for seen in work if seen.group not in known]
    return [*sums, group_sum(Group(STRAY), stray)] if stray else sums


def weighting_of(groups: Sequence[Group]) -> Weighting:
    """How groups are put together."""
    if not any(one.weight is not None for one in groups):
        return "points"
    return "mean" if any(one.drops == "moodle" for one in groups) else "percent"


def course_score(groups: Sequence[Group], work: Sequence[Observation]) -> Fraction | None:
    """The course in per cent, exact; None when nothing counts, or where some work's weight is not known.

    Canvas weights: groups without possible points are left out, weights under 100 are scaled up, over
    100 they stay. Moodle's weighted mean divides by the weights there are.
    """
    sums = [one for one in group_sums(groups, work) if one.possible > 0]
    if not sums:
        return None
    how = weighting_of(groups)
    if how != "points" and any(one.group.id == STRAY for one in sums):
        return None
    if how == "points":
        extra = sum((one.earned for one in group_sums(groups, work) if one.possible == 0), Fraction(0))
        earned = sum((one.earned for one in sums), Fraction(0)) + extra
        return 100 * earned / sum((one.possible for one in sums), Fraction(0))
    weights = sum((Fraction(one.group.weight or 0) for one in sums), Fraction(0))
    if weights == 0:
        return None
    total = sum((Fraction(one.group.weight or 0) * one.earned / one.possible for one in sums), Fraction(0))
    return 100 * total / (min(weights, Fraction(100)) if how == "percent" else weights)


@dataclass(frozen=True)
class Total:
    """The LMS's own course score in per cent, as read on a day. hidden_inside: a hidden grade is in it."""

    on: date
    score: Decimal | None
    hidden_inside: bool = False


def course_scores(
    totals: Sequence[Total], groups: Sequence[Group], work: Sequence[Observation]
) -> list[CourseScore]:
    """The course grade over time: the LMS's own where its newest holds nothing hidden, else our sum.

    Our sum is made for each day that brought a grade, from what may be shown alone.
    """
    ordered = sorted(totals, key=lambda total: total.on)
    if ordered and ordered[-1].score is not None and not ordered[-1].hidden_inside:
        return [CourseScore(one.on, one.score) for one in ordered if not one.hidden_inside]
    days = sorted({seen.on for seen in eligible(work) if seen.on is not None})
    found = []
    for day in days:
        score = course_score(groups, [seen for seen in work if seen.on is None or seen.on <= day])
        found.append(CourseScore(day, None if score is None else kept_down(score), "ours"))
    return found


@dataclass(frozen=True)
class LeftInGroups:
    """What is done and left, group by group: (weight, earned, done, left); weights None for points.

    how: how the groups are put together.
    """

    rows: Sequence[tuple[Decimal | None, Fraction, Fraction, Fraction]]
    items: int
    points_left: Fraction
    estimate: bool
    how: Weighting = "points"


def left_in_groups(groups: Sequence[Group], work: Sequence[Observation]) -> LeftInGroups | None:
    """What a needed average is made of; an estimate where drop rules or extra credit may change it.

    None without work, or where some work's weight is not known.
    """
    if not work:
        return None
    sums = group_sums(groups, work)
    how = weighting_of(groups)
    if how != "points" and any(s.group.id == STRAY and s.possible + s.left for s in sums):
        return None
    worth = [one for one in sums if one.possible + one.left or how == "points"]
    rows = [(one.group.weight, one.earned, one.possible, one.left) for one in worth]
    drops = any(one.drop_lowest or one.drop_highest or one.keep_highest for one in groups)
    extra = any(_is_extra(seen) for seen in work if out_of_sight(seen) is None)
    points_left = sum((Fraction(seen.possible or 0) for seen in work if _is_left(seen)), Fraction(0))
    return LeftInGroups(rows, sum(one.left_items for one in sums), points_left, drops or extra, how)


def _is_extra(seen: Observation) -> bool:
    return seen.score is not None and (seen.possible is None or seen.score > seen.possible)


def _is_left(seen: Observation) -> bool:
    return why_not(seen) in {Reason.NOT_GRADED, Reason.NOT_POSTED, Reason.MISSING}
