"""A goal's form in the student's own voice, to take over where theirs says too little (domain.md §1.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lti_tool.plans.measure import Measure, MeasureKind
from lti_tool.plans.problem import Sentence
from lti_tool.plans.reach import NumberText, word_at
from lti_tool.plans.rounding import number_text
from lti_tool.plans.terms import Terms
from lti_tool.plans.translate import Translate

NAME_MOST = 120


@dataclass(frozen=True)
class InWords:
    """What the sentences say. items: names of the chosen work; course: its title; day: the end, as shown."""

    terms: Terms
    items: tuple[str, ...]
    course: str
    day: str
    number: NumberText = number_text

    @property
    def values(self) -> dict[str, object]:
        """The parts, cut to what fits into a title."""
        terms, params = self.terms, self.terms.measure.params
        start = "" if terms.baseline is None else self.number(terms.baseline)
        return {
            "item": self.items[0][:NAME_MOST] if self.items else "",
            "course": self.course[:NAME_MOST],
            "start": start,
            "target": self.number(terms.target),
            "day": self.day,
            "unit": params.unit,
            "count": len(params.scale),
            "days": params.days_a_week,
            "amount": "" if params.amount is None else self.number(params.amount),
            "floor": "" if params.floor is None else self.number(params.floor),
        }


def own_words(one: InWords) -> Sentence | None:
    """The goal as a student would say it; None for a measure there is no sentence for."""
    made = _SENTENCES.get(one.terms.measure.kind)
    if made is None or one.terms.measure.less_is_better:
        return None
    return lambda _: made(one, one.values, _)


def what_words(one: InWords, _: Translate) -> str:
    """The one thing a goal counts, named: "the average in Math 8"."""
    kind, values = one.terms.measure.kind, one.values
    if kind in (MeasureKind.SCORE, MeasureKind.RANK) and one.items:
        return _("“%(item)s”", **values)
    return {
        MeasureKind.AVERAGE: _("the average in %(course)s", **values),
        MeasureKind.COURSE: _("the grade in %(course)s", **values),
        MeasureKind.COUNT: _("work handed in", **values),
        MeasureKind.LIST: _("a list", **values),
        MeasureKind.HABIT: _("a habit", **values),
        MeasureKind.LEVEL: _("a level", **values),
        MeasureKind.MAINTAIN: _("scores in %(course)s", **values),
    }.get(kind, one.terms.measure.params.unit or _("a number"))


def starts_at_nought(measure: Measure) -> bool:
    """Whether a start of 0 says nothing anybody needs to read."""
    return measure.kind in (MeasureKind.COUNT, MeasureKind.LIST, MeasureKind.TALLY, MeasureKind.HABIT)


Values = dict[str, object]


def _score(one: InWords, values: Values, _: Translate) -> str:
    return _("I will get %(target)s or more on “%(item)s” by %(day)s.", **values)


def _average(one: InWords, values: Values, _: Translate) -> str:
    if values["start"]:
        return _("I will raise my average in %(course)s from %(start)s to %(target)s by %(day)s.", **values)
    return _("I will get an average of at least %(target)s in %(course)s by %(day)s.", **values)


def _course(one: InWords, values: Values, _: Translate) -> str:
    if values["start"]:
        return _("I will raise my grade in %(course)s from %(start)s to %(target)s by %(day)s.", **values)
    return _("I will get a grade of at least %(target)s in %(course)s by %(day)s.", **values)


def _count(one: InWords, values: Values, _: Translate) -> str:
    return _("I will hand in %(target)s pieces of work in %(course)s by %(day)s.", **values)


def _list(one: InWords, values: Values, _: Translate) -> str:
    return _("I will learn the %(target)s things on my list by %(day)s.", **values)


def _tally(one: InWords, values: Values, _: Translate) -> str:
    return _("I will get to at least %(target)s %(unit)s by %(day)s.", **values)


def _habit(one: InWords, values: Values, _: Translate) -> str:
    if values["amount"]:
        return _("I will do %(amount)s %(unit)s on %(days)s days a week until %(day)s.", **values)
    return _("I will do it on %(days)s days a week until %(day)s.", **values)


def _word(one: InWords, values: Values, _: Translate) -> str:
    word = word_at(one.terms.measure, one.terms.target)
    return _("I will reach “%(word)s” by %(day)s.", word=word, day=one.day)


def _maintain(one: InWords, values: Values, _: Translate) -> str:
    return _("I will keep my scores in %(course)s at %(floor)s or more until %(day)s.", **values)


_SENTENCES: dict[MeasureKind, Callable[[InWords, Values, Translate], str]] = {
    MeasureKind.SCORE: _score,
    MeasureKind.AVERAGE: _average,
    MeasureKind.COURSE: _course,
    MeasureKind.COUNT: _count,
    MeasureKind.LIST: _list,
    MeasureKind.TALLY: _tally,
    MeasureKind.HABIT: _habit,
    MeasureKind.LEVEL: _word,
    MeasureKind.RANK: _word,
    MeasureKind.MAINTAIN: _maintain,
}
