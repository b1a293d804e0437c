"""The fields that belong to one kind of measure, read from what was typed (domain.md §3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _

from lti_tool.overview.choices import Choices
from lti_tool.plans.goal import Sentence
from lti_tool.plans.letters import Scheme, bound
from lti_tool.plans.measure import MAY_BE_LOWER, MeasureKind, Method, Params
from lti_tool.plans.rounding import number_text

NUMBER_LONGEST = 40
ALL = "100"
# Fields beside those that every goal has; `needs_tick`, `on_time`, `every`, `lower` are boxes.
BOXES = ("on_time", "every", "lower", "needs_tick")
TEXTS = (
    "letter",
    "words",
    "method",
    "least",
    "scale",
    "amount",
    "unit",
    "days_a_week",
    "floor",
    "milestone_on",
    "milestone",
)
WITH_ITEMS = frozenset(
    {MeasureKind.SCORE, MeasureKind.AVERAGE, MeasureKind.COUNT, MeasureKind.RANK, MeasureKind.MAINTAIN}
)
WITH_START = frozenset({MeasureKind.SCORE, MeasureKind.AVERAGE, MeasureKind.TALLY, MeasureKind.LEVEL})
# A start that takes the place of one found in the gradebook says why.
WITH_REASON = frozenset({MeasureKind.SCORE, MeasureKind.AVERAGE})
# A letter may stand for the number; a course grade keeps it, one score is at its lower bound.
WITH_LETTER = frozenset({MeasureKind.COURSE, MeasureKind.SCORE, MeasureKind.AVERAGE})
WITH_MILESTONE = frozenset({MeasureKind.AVERAGE, MeasureKind.COURSE, MeasureKind.LIST, MeasureKind.TALLY})


@dataclass(frozen=True)
class Offer:
    """What a course has to choose from. scheme: its letters. words: sets of words, lowest first, by name."""

    scheme: Scheme = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def letters(self) -> list[tuple[str, Decimal]]:
        """The letters that can be aimed for, with where they begin in per cent."""
        return [(name, at) for name, at in self.scheme if 0 < at <= 100]


def offer_of(choices: Choices) -> Offer:
    """The letters of the course, and the sets of words its work is graded with, if known."""
    kinds = {one.kind for one in choices.work}
    words = {}
    if "letter_grade" in kinds and choices.scheme:
        rising = sorted(choices.scheme, key=lambda pair: pair[1])
        words["letters"] = tuple(name for name, _at in rising)
    if "pass_fail" in kinds:
        words["done"] = (_("Not done"), _("Done"))
    return Offer(choices.scheme, words)


@dataclass
class Particulars:
    """What the fields say. typed: target, start and items as the rest of the form should take them."""

    params: Params = field(default_factory=Params)
    method: str = Method.POINTS.value
    typed: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, Sentence] = field(default_factory=dict)


def read_particulars(typed: Mapping[str, Any], offer: Offer) -> Particulars:
    """Read the fields of the chosen kind; those of other kinds are kept as typed and say nothing."""
    found = Particulars()
    if typed["measure"] not in set(MeasureKind):
        return found
    kind = MeasureKind(typed["measure"])
    scale = _scale(kind, typed, offer)
    letter = _letter(found, typed, offer) if kind in WITH_LETTER else ""
    found.params = Params(
        letter=letter if kind is MeasureKind.COURSE else "",
        scale=scale,
        on_time=bool(typed["on_time"]) and kind is MeasureKind.COUNT,
        least=_number(found, typed, "least") if kind is MeasureKind.COUNT else None,
        every=bool(typed["every"]) and kind is MeasureKind.COUNT,
        amount=_number(found, typed, "amount") if kind is MeasureKind.HABIT else None,
        unit=" ".join(typed["unit"].split())[:40] if kind in _IN_UNITS else "",
        days_a_week=_days(found, typed) if kind is MeasureKind.HABIT else 7,
        floor=_number(found, typed, "floor") if kind is MeasureKind.MAINTAIN else None,
        lower=bool(typed["lower"]) and kind in {*MAY_BE_LOWER, MeasureKind.MAINTAIN},
        needs_tick=bool(typed["needs_tick"]) and kind.is_manual,
    )
    if kind is MeasureKind.AVERAGE and typed["method"] == Method.MEAN:
        found.method = Method.MEAN.value
    found.typed = _shared(kind, typed, scale, every=found.params.every)
    if letter:
        found.typed["target"] = number_text(bound(offer.scheme, letter) or Decimal(0))
    return found


_SCALED = frozenset({MeasureKind.LIST, MeasureKind.LEVEL, MeasureKind.RANK})
_IN_UNITS = frozenset({MeasureKind.TALLY, MeasureKind.HABIT})


def _shared(
    kind: MeasureKind, typed: Mapping[str, Any], scale: Sequence[str], *, every: bool
) -> dict[str, Any]:
    """Target, start and work as this kind means them: a word is its place, empty often means all."""
    target, start = typed["target"].strip(), typed["baseline"].strip()
    items = typed["items"] if kind in WITH_ITEMS else []
    if kind in (MeasureKind.LEVEL, MeasureKind.RANK):
        target, start = _place(target, scale), _place(start, scale)
    elif every:
        target = str(len(items)) if items else "1"
    elif not target and kind is MeasureKind.LIST:
        target = str(len(scale))
    elif not target and kind in (MeasureKind.HABIT, MeasureKind.MAINTAIN):
        target = ALL
    return {"target": target, "baseline": start if kind in WITH_START else "", "items": items}


def _scale(kind: MeasureKind, typed: Mapping[str, Any], offer: Offer) -> tuple[str, ...]:
    """The words of the grade: a set the course has, else as typed."""
    if kind is MeasureKind.RANK and typed["words"] in offer.words:
        return offer.words[typed["words"]]
    return _lines(typed["scale"]) if kind in _SCALED else ()


def _letter(found: Particulars, typed: Mapping[str, Any], offer: Offer) -> str:
    """The letter chosen for the number; empty where a number is meant."""
    chosen, number = typed["letter"].strip(), typed["target"].strip()
    if not chosen:
        return ""
    known = dict(offer.letters)
    if chosen not in known:
        found.errors["letter"] = lambda _: _("Choose one of the letters of this course.")
    elif number and number.replace(",", ".") != number_text(known[chosen]):
        found.errors["letter"] = lambda _: _("Choose a letter or write a number, not both.")
    else:
        return chosen
    return ""


def _place(typed: str, scale: Sequence[str]) -> str:
    for place, word in enumerate(scale, start=1):
        if word.casefold() == typed.casefold():
            return str(place)
    return typed


def _lines(typed: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in typed.splitlines() if line.strip())


def _number(found: Particulars, typed: Mapping[str, Any], name: str) -> Decimal | None:
    """A number as people type one; empty is none."""
    text = typed[name].strip().removesuffix("%").strip().replace(",", ".")
    if not text:
        return None
    try:
        number = Decimal(text) if len(text) <= NUMBER_LONGEST else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        found.errors[name] = lambda _: _("Write a number, such as 30.")
        return None
    return number


def _days(found: Particulars, typed: Mapping[str, Any]) -> int:
    text = typed["days_a_week"].strip() or "7"
    if text.isascii() and text.isdigit() and len(text) < 3:
        return int(text)
    found.errors["days_a_week"] = lambda _: _("Choose from 1 to 7 days a week.")
    return 7


def kinds(own: bool) -> list[tuple[str, str, str]]:
    """(value, name, example) of every kind, in the order people choose them."""
    return [
        ("score", _("One score"), _("“90 or more on the unit test”")),
        ("average", _("An average"), _("“Homework from 68 to 80”")),
        ("course", _("My course grade") if own else _("The course grade"), _("“From 74 to 84”")),
        ("count", _("Work I hand in") if own else _("Work handed in"), _("“All 8 homeworks on time”")),
        ("list", _("Things I learn") if own else _("Things to learn"), _("“Times tables 1 to 10”")),
        ("tally", _("A number"), _("“20 new Latin roots”")),
        ("habit", _("A habit"), _("“Read 30 minutes, 5 days of 7”")),
        ("level", _("A level"), _("“From Beginning to Secure”")),
        ("rank", _("A grade in words"), _("“At least Good on the essay”")),
        ("maintain", _("Stay where I am") if own else _("Stay there"), _("“Keep every quiz at 85 or more”")),
    ]
