"""What is wrong with a draft's numbers and particulars, kind by kind (domain.md §3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from lti_tool.plans.measure import Measure, MeasureKind, Params
from lti_tool.plans.problem import Problem
from lti_tool.plans.rounding import number_text

DECIMALS_MOST = 4
NUMBER_MOST = 10**6
NAMES_MOST = 100
NAME_LONGEST = 255
WORDS_LEAST = 2
WEEK = 7


def number_problems(
    measure: Measure, target: Decimal, typed: Decimal | None, start: Decimal | None, items: int
) -> Iterator[Problem]:
    """What is wrong with target and start. typed: the start as typed; start: the one that would be kept."""
    yield from _params_problems(measure, typed)
    target_wrong = list(_target_problems(measure, target, items))
    yield from target_wrong
    if typed is not None and not _may_start(measure, typed):
        yield _baseline_problem(measure)
    elif not target_wrong and start is not None and measure.is_met(start, target):
        yield _there_already(measure, target, start, typed)


def _target_problems(measure: Measure, target: Decimal, items: int) -> Iterator[Problem]:
    params, unit = measure.params, measure.kind.unit
    if measure.kind is MeasureKind.TALLY:
        least = 0 if params.lower else 1
        if not _is_number(target) or not least <= target <= NUMBER_MOST:
            yield Problem(
                "target", "target_tally", lambda _: _("The target is a number such as 20, at most a million.")
            )
    elif unit == "percent":
        if not _is_per_cent(target) or (target == 0 and not params.lower):
            yield Problem(
                "target",
                "target_number",
                lambda _: _("The target is a number over 0 and up to 100, such as 80."),
            )
    else:
        least = WORDS_LEAST if unit == "rank" else 1
        most = items if measure.kind is MeasureKind.COUNT else len(params.scale)
        if not _is_number(target) or target != int(target) or not least <= target <= most:
            values = {"least": least, "most": max(most, least)}
            yield Problem(
                "target",
                "target_whole",
                lambda _: _("The target is a whole number from %(least)s to %(most)s.", **values),
            )


def _there_already(measure: Measure, target: Decimal, start: Decimal, typed: Decimal | None) -> Problem:
    field = "target" if typed is None else "baseline"
    values = {"target": number_text(target), "start": number_text(start)}
    if measure.less_is_better:
        return Problem(
            field,
            "target_above_baseline",
            lambda _: _(
                "The start is %(start)s, so a target of %(target)s is there already. Choose a lower target, "
                "or a goal to stay there.",
                **values,
            ),
        )
    return Problem(
        field,
        "target_below_baseline",
        lambda _: _(
            "The start is %(start)s, so a target of %(target)s is there already. Choose a higher target, "
            "or a goal to stay there.",
            **values,
        ),
    )


def _baseline_problem(measure: Measure) -> Problem:
    if measure.kind.unit == "percent":
        return Problem(
            "baseline", "baseline_number", lambda _: _("The start is a number from 0 to 100, such as 68.")
        )
    return Problem(
        "baseline", "baseline_whole", lambda _: _("The start is a number that can be reached here.")
    )


def _may_start(measure: Measure, typed: Decimal) -> bool:
    if measure.kind.unit == "percent":
        return _is_per_cent(typed)
    if not _is_number(typed) or not 0 <= typed <= NUMBER_MOST:
        return False
    if measure.kind.unit == "rank":
        return typed == int(typed) and 1 <= typed <= len(measure.params.scale)
    return True


def _params_problems(measure: Measure, typed: Decimal | None) -> Iterator[Problem]:
    kind, params = measure.kind, measure.params
    if kind is MeasureKind.MAINTAIN and (params.floor is None or not _is_per_cent(params.floor)):
        yield Problem("floor", "floor_number", lambda _: _("Say the mark to stay at, such as 85."))
    if kind is MeasureKind.COUNT and params.least is not None and not _is_per_cent(params.least):
        yield Problem(
            "least",
            "least_number",
            lambda _: _("The mark is a number from 0 to 100, such as 70."),
        )
    if kind is MeasureKind.HABIT:
        yield from _habit_problems(params)
    if kind is MeasureKind.TALLY and params.lower and typed is None:
        yield Problem(
            "baseline", "baseline_needed", lambda _: _("Say where it starts, so that it can go down.")
        )
    if kind in {MeasureKind.LIST, MeasureKind.LEVEL, MeasureKind.RANK}:
        yield from _scale_problems(kind, params)


def _habit_problems(params: Params) -> Iterator[Problem]:
    if not 1 <= params.days_a_week <= WEEK:
        yield Problem(
            "days_a_week",
            "days_a_week",
            lambda _: _("Choose from 1 to 7 days a week."),
        )
    if params.amount is not None and not (_is_number(params.amount) and 0 < params.amount <= NUMBER_MOST):
        yield Problem(
            "amount", "amount_number", lambda _: _("Say how much on such a day: a number such as 30.")
        )


def _scale_problems(kind: MeasureKind, params: Params) -> Iterator[Problem]:
    names = [name.strip() for name in params.scale]
    least = 1 if kind is MeasureKind.LIST else WORDS_LEAST
    if not least <= len(names) <= NAMES_MOST:
        values = {"least": least, "most": NAMES_MOST}
        yield Problem(
            "scale", "scale_size", lambda _: _("Write %(least)s to %(most)s lines, one each.", **values)
        )
    if len({name.casefold() for name in names}) < len(names) or not all(names):
        yield Problem(
            "scale",
            "scale_twice",
            lambda _: _("Each line must say something of its own."),
        )
    if any(len(name) > NAME_LONGEST or not name.isprintable() for name in names):
        yield Problem(
            "scale",
            "scale_long",
            lambda _: _("One line is too long, or has a character we cannot keep."),
        )


def _is_number(number: Decimal) -> bool:
    """Finite, with at most four decimals."""
    if not number.is_finite():
        return False
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -DECIMALS_MOST


def _is_per_cent(number: Decimal) -> bool:
    return _is_number(number) and 0 <= number <= 100
