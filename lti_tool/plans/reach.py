"""When a goal is reached, in one plain sentence for every kind of measure (domain.md §1.2 A14, §3.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from lti_tool.plans.measure import Measure, MeasureKind, Method
from lti_tool.plans.rounding import number_text, shown_up
from lti_tool.plans.translate import Reader, Translate

NumberText = Callable[[Decimal], str]
ALL = 100


def reach_words(
    measure: Measure,
    items: Sequence[str],
    target: Decimal,
    due: str,
    _: Translate,
    *,
    reader: Reader = "student",
    number: NumberText = number_text,
) -> str:
    """When the goal is reached, e.g. "You reach this goal when your score on “Unit 4 test” is 90 or more."

    items: the names of the chosen work; due: the date as text. A function of the measure alone.
    """
    values = {
        "item": items[0] if items else "",
        "target": number(target),
        "due": due,
        "count": len(items),
        "format": number,
        "exact": target,
    }
    student = reader == "student"
    if measure.kind is MeasureKind.SCORE:
        return _score(measure, values, _, student=student)
    what, more = _WHAT[measure.kind](measure, values, _, student)
    if measure.params.needs_tick and measure.kind.is_manual:
        more.append(_("It counts once a teacher has ticked it."))
    if student:
        first = _("You reach this goal when %(what)s.", what=what)
    else:
        first = _("The goal is reached when %(what)s.", what=what)
    return " ".join([first, *more])


def _score(measure: Measure, values: dict[str, Any], _: Translate, *, student: bool) -> str:
    if measure.params.lower and student:
        return _(
            "You reach this goal when your score on “%(item)s” is %(target)s or less, by %(due)s.",
            **values,
        )
    if measure.params.lower:
        return _(
            "The goal is reached when the score on “%(item)s” is %(target)s or less, by %(due)s.",
            **values,
        )
    if student:
        return _(
            "You reach this goal when your score on “%(item)s” is %(target)s or more, by %(due)s.",
            **values,
        )
    return _("The goal is reached when the score on “%(item)s” is %(target)s or more, by %(due)s.", **values)


Made = tuple[str, list[str]]


def _average(measure: Measure, values: dict[str, Any], _: Translate, student: bool) -> Made:
    lower = measure.params.lower
    if values["count"] == 1 and lower:
        what = _("the average of “%(item)s” is %(target)s or less by %(due)s", **values)
    elif values["count"] == 1:
        what = _("the average of “%(item)s” is %(target)s or more by %(due)s", **values)
    elif lower:
        what = _(
            "the average of the %(count)s chosen pieces of work is %(target)s or less by %(due)s", **values
        )
    else:
        what = _(
            "the average of the %(count)s chosen pieces of work is %(target)s or more by %(due)s", **values
        )
    if measure.method is Method.POINTS:
        return what, [_("Bigger work counts more.")]
    return what, [_("Each piece of work counts the same.")]


def _course(measure: Measure, values: dict[str, Any], _: Translate, student: bool) -> Made:
    letter = measure.params.letter
    if letter:
        what = _(
            "the course grade is %(letter)s or better (%(target)s or more) by %(due)s",
            letter=letter,
            **values,
        )
    else:
        what = _("the course grade is %(target)s or more by %(due)s", **values)
    return what, []


def _count(measure: Measure, values: dict[str, Any], _: Translate, student: bool) -> Made:
    params = measure.params
    if params.every and student:
        what = _("you have handed in all %(count)s chosen pieces of work by %(due)s", **values)
    elif params.every:
        what = _("all %(count)s chosen pieces of work are handed in by %(due)s", **values)
    elif student:
        what = _("you have handed in %(target)s of the %(count)s chosen pieces of work by %(due)s", **values)
    else:
        what = _("%(target)s of the %(count)s chosen pieces of work are handed in by %(due)s", **values)
    more = [_("Each has to be on time.")] if params.on_time else []
    if params.least is not None:
        more.append(_("Each needs a score of %(least)s or more.", least=values["format"](params.least)))
    return what, more


def _list(measure: Measure, values: dict[str, Any], _: Translate, student: bool) -> Made:
    count = len(measure.params.scale)
    if values["exact"] == count:
        return _("all %(lines)s lines of the list are ticked by %(due)s", lines=count, **values), []
    return _("%(target)s of the %(lines)s lines of the list are ticked by %(due)s", lines=count, **values), []


def _tally(measure: Measure, values: dict[str, Any], _: Translate, student: bool) -> Made:
    unit = measure.params.unit
    amount = _("%(number)s %(unit)s", number=values["target"], unit=unit) if unit else values["target"]
    if measure.params.lower:
        return _("the number written down is %(amount)s or less by %(due)s", amount=amount, **values), []
    return _("the number written down is %(amount)s or more by %(due)s", amount=amount, **values), []


def _habit(measure: Measure, values: dict[str, Any], _: Translate, student: bool) -> Made:
    params = measure.params
    if values["exact"] == ALL:
        what = _("it is done on every day asked for, until %(due)s", **values)
    else:
        what = _("it is done on %(target)s of every 100 days asked for, until %(due)s", **values)
    if params.amount is None:
        return what, [_("Asked for: %(days)s days a week.", days=params.days_a_week)]
    amount = values["format"](params.amount)
    if params.unit:
        amount = _("%(number)s %(unit)s", number=amount, unit=params.unit)
    return what, [_("Asked for: %(amount)s on %(days)s days a week.", amount=amount, days=params.days_a_week)]


def _level(measure: Measure, values: dict[str, Any], _: Translate, student: bool) -> Made:
    word = word_at(measure, values["exact"])
    return _("the level is “%(word)s” or higher by %(due)s", word=word, **values), []


def _rank(measure: Measure, values: dict[str, Any], _: Translate, student: bool) -> Made:
    word = word_at(measure, values["exact"])
    return _("the grade of “%(item)s” is “%(word)s” or better by %(due)s", word=word, **values), []


def _maintain(measure: Measure, values: dict[str, Any], _: Translate, student: bool) -> Made:
    floor = values["format"](measure.params.floor or Decimal(0))
    every, lower = values["exact"] == ALL, measure.params.lower
    if every and lower:
        what = _("every score on the chosen work is %(floor)s or less, until %(due)s", floor=floor, **values)
    elif every:
        what = _("every score on the chosen work is %(floor)s or more, until %(due)s", floor=floor, **values)
    elif lower:
        what = _(
            "%(target)s of every 100 scores on the chosen work are %(floor)s or less, until %(due)s",
            floor=floor,
            **values,
        )
    else:
        what = _(
            "%(target)s of every 100 scores on the chosen work are %(floor)s or more, until %(due)s",
            floor=floor,
            **values,
        )
    return what, []


def word_at(measure: Measure, place: Decimal) -> str:
    """The word of a place in the measure's order; the place itself where there is none."""
    at = int(place)
    words = measure.params.scale
    return words[at - 1] if 1 <= at <= len(words) else str(at)


def value_words(
    measure: Measure,
    value: Decimal | None,
    target: Decimal,
    _: Translate,
    *,
    letter: str = "",
    number: NumberText = number_text,
) -> str:
    """A value as people say it: "84.2", "B (84.2)", "12 of 20 Latin roots", "“Growing” (2 of 4)"."""
    if value is None:
        return _("not yet")
    params, unit = measure.params, measure.kind.unit
    value = shown_up(value) if measure.less_is_better else value
    if unit == "rank":
        values = {"word": word_at(measure, value), "place": number(value), "count": len(params.scale)}
        return _("“%(word)s” (%(place)s of %(count)s)", **values)
    if unit == "number":
        goal = (
            _("%(number)s %(unit)s", number=number(target), unit=params.unit)
            if params.unit
            else number(target)
        )
        return _("%(points)s of %(possible)s", points=number(value), possible=goal)
    return _("%(letter)s (%(value)s)", letter=letter, value=number(value)) if letter else number(value)


_WHAT: dict[MeasureKind, Callable[[Measure, dict[str, Any], Translate, bool], Made]] = {
    MeasureKind.AVERAGE: _average,
    MeasureKind.COURSE: _course,
    MeasureKind.COUNT: _count,
    MeasureKind.LIST: _list,
    MeasureKind.TALLY: _tally,
    MeasureKind.HABIT: _habit,
    MeasureKind.LEVEL: _level,
    MeasureKind.RANK: _rank,
    MeasureKind.MAINTAIN: _maintain,
}
