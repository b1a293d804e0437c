"""What people type into the goal form, read into a draft; what cannot be read is said beside its field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from flask_babel import gettext as _
from pydantic import BaseModel, BeforeValidator, StringConstraints, ValidationError
from werkzeug.datastructures import MultiDict

from lti_tool.plans.goal import ITEMS_MOST, GoalDraft, Problem, Sentence
from lti_tool.plans.measure import MeasureKind, Params
from lti_tool.web.measure_fields import (
    BOXES,
    TEXTS,
    WITH_ITEMS,
    WITH_MILESTONE,
    WITH_REASON,
    Offer,
    read_particulars,
)

FIELDS = ("title", "measure", "items", "baseline", "target", "due_on", "baseline_reason", *TEXTS, *BOXES)
BESIDE = (*FIELDS, "also", "anyway")  # where a problem can be said

NUMBER_LONGEST = 40
TEXT_LONGEST = 2000
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _plain_number(typed: Any) -> Any:
    """80, 79.5, 79,5 and 80 % alike; anything else is left for the reader to refuse."""
    if not isinstance(typed, str):
        return typed
    text = typed.strip().removesuffix("%").strip().replace(",", ".")
    return text if len(text) <= NUMBER_LONGEST else "too long"


def _number_or_nothing(typed: Any) -> Any:
    return _plain_number(typed) or None


def _plain_day(typed: Any) -> Any:
    """2026-03-23 and nothing else: seconds since 1970 are no day a person types."""
    text = typed.strip() if isinstance(typed, str) else ""
    return text if DAY.fullmatch(text) else ""


Number = Annotated[Decimal, BeforeValidator(_plain_number)]
NumberOrNothing = Annotated[Decimal | None, BeforeValidator(_number_or_nothing)]
Day = Annotated[date, BeforeValidator(_plain_day)]
Text = Annotated[str, StringConstraints(strip_whitespace=True)]


class GoalForm(BaseModel):
    """The fields of the goal form as numbers and days."""

    title: Text
    measure: Text
    items: list[int]
    baseline: NumberOrNothing
    target: Number
    due_on: Day
    baseline_reason: Text = ""

    def draft(self, params: Params, method: str, milestones: Sequence[tuple[date, Decimal]]) -> GoalDraft:
        """The draft these fields say."""
        return GoalDraft(
            title=self.title,
            measure=self.measure,
            item_ids=self.items,
            target=self.target,
            due_on=self.due_on,
            baseline=self.baseline,
            method=method,
            params=params,
            milestones=milestones,
            baseline_reason=self.baseline_reason,
        )


class MilestoneForm(BaseModel):
    """A planned number for a day between."""

    milestone_on: Day
    milestone: Number


@dataclass
class Filled:
    """A form as it was sent: what was typed, kept as it stands, and what is wrong, field by field."""

    typed: dict[str, Any]
    draft: GoalDraft | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)
    offer: Offer = field(default_factory=Offer)
    kept: dict[str, str] = field(default_factory=dict)

    def refuse(self, problems: Sequence[Problem]) -> None:
        """Take over what the rules say; each sentence once, beside its field."""
        for problem in problems:
            named = "milestone" if problem.field == "milestones" else problem.field
            place = named if named in BESIDE else "measure"
            self._add(place, problem.sentence)

    def take_title(self, words: str) -> None:
        """Put suggested words into the title, as if they had been typed."""
        self.typed["title"] = words[:TEXT_LONGEST]
        self.errors.pop("title", None)

    def take_target(self, number: str) -> None:
        """Put a suggested target into its field, as if it had been typed."""
        self.typed["target"] = number[:NUMBER_LONGEST]
        self.draft = None
        self.errors.pop("target", None)

    def take_day(self, day: str) -> None:
        """Put a suggested end into its field, as if it had been typed."""
        if read_day(day) is not None:
            self.typed["due_on"] = day
            self.draft = None
            self.errors.pop("due_on", None)

    def say(self, place: str, sentences: Sequence[Sentence]) -> None:
        """These sentences beside a field, instead of what stood there."""
        self.errors[place] = []
        for sentence in sentences:
            self._add(place, sentence)

    def forgive_empty(self) -> None:
        """Say nothing of fields nobody has come to yet."""
        for name in [name for name in self.errors if not self.typed.get(name)]:
            del self.errors[name]

    def readable_draft(self) -> GoalDraft | None:
        """The draft even where the title is missing or the start cannot be read; None without the rest."""
        if self.draft is not None:
            return self.draft if self.draft.measure in set(MeasureKind) else None
        told = read_particulars(self.typed, self.offer)
        try:
            form = GoalForm.model_validate({**self.typed, **told.typed, "baseline": ""})
        except ValidationError:
            return None
        return form.draft(told.params, told.method, ()) if form.measure in set(MeasureKind) else None

    def _add(self, place: str, sentence: Sentence) -> None:
        words = sentence(_)
        beside = self.errors.setdefault(place, [])
        if words not in beside:
            beside.append(words)


def empty_form(measure: str = "", offer: Offer | None = None, ends_on: date | None = None) -> Filled:
    """The form before anything is typed, at one kind of measure. ends_on: the end it begins with."""
    offer = offer or Offer()
    typed: dict[str, Any] = dict.fromkeys(FIELDS, "")
    typed["measure"] = measure if measure in set(MeasureKind) else "average"
    typed["words"] = _first_words(offer)
    typed["due_on"] = "" if ends_on is None else ends_on.isoformat()
    return Filled({**typed, "items": [], "method": "points"}, offer=offer)


def _first_words(offer: Offer) -> str:
    return next(iter(offer.words), "own")


def read_goal_form(sent: MultiDict[str, str], offer: Offer | None = None) -> Filled:
    """Read what was sent; `draft` is there only when every field could be read."""
    offer = offer or Offer()
    typed: dict[str, Any] = {name: sent.get(name, "")[:TEXT_LONGEST] for name in FIELDS}
    typed["items"] = sent.getlist("items")[: ITEMS_MOST + 1]
    typed["words"] = typed["words"] or ("own" if typed["scale"].strip() else _first_words(offer))
    filled = Filled(typed, offer=offer)
    told = read_particulars(typed, offer)
    for name, sentence in told.errors.items():
        filled._add(name, sentence)
    milestones = _read_milestone(filled)
    if typed["measure"] in WITH_REASON and typed["baseline"].strip() and not typed["baseline_reason"].strip():
        filled._add("baseline_reason", lambda _: _("Say where this start comes from."))
    try:
        form = GoalForm.model_validate({**typed, **told.typed})
        if not filled.errors:
            filled.draft = form.draft(told.params, told.method, milestones)
    except ValidationError as error:
        broken = {str(one["loc"][0]) for one in error.errors(include_url=False, include_context=False)}
        for name in FIELDS:
            if name in broken:
                filled._add(name, _unreadable(typed)[name])
        _add_empty_ones(filled, broken)
    return filled


def _read_milestone(filled: Filled) -> list[tuple[date, Decimal]]:
    """The one milestone the form offers, where this kind has a line at all; empty is none."""
    typed = filled.typed
    wanted = typed["measure"] in WITH_MILESTONE and (
        typed["milestone"].strip() or typed["milestone_on"].strip()
    )
    if not wanted:
        return []
    try:
        form = MilestoneForm.model_validate(typed)
    except ValidationError:
        filled._add("milestone", lambda _: _("A milestone is a number and a day between now and the end."))
        return []
    return [(form.milestone_on, form.milestone)]


def _add_empty_ones(filled: Filled, broken: set[str]) -> None:
    """Say the empty fields too, so that one sending shows everything that is missing."""
    if "title" not in broken and not filled.typed["title"].strip():
        filled._add("title", lambda _: _("Give the goal a name."))
    if "items" not in broken and not filled.typed["items"] and filled.typed["measure"] in WITH_ITEMS:
        filled._add("items", lambda _: _("Choose the work that counts."))


def _unreadable(typed: Mapping[str, Any]) -> dict[str, Sentence]:
    """What to say where a field could not be read."""
    return {
        "title": lambda _: _("Give the goal a name."),
        "measure": lambda _: _("Choose how it is counted."),
        "items": lambda _: _("Some of the chosen work is not in this course now."),
        "baseline": lambda _: _("The start is a number from 0 to 100, such as 68."),
        "target": _unreadable_target(typed["measure"]),
        "due_on": (
            (lambda _: _("Write the day like this: 2026-03-23."))
            if typed["due_on"]
            else (lambda _: _("Choose a date after today."))
        ),
    }


def _unreadable_target(measure: str) -> Sentence:
    if measure in (MeasureKind.LEVEL, MeasureKind.RANK):
        return lambda _: _("Write one of the words above, as it stands there.")
    if measure in (MeasureKind.COUNT, MeasureKind.TALLY, MeasureKind.LIST):
        return lambda _: _("Say how many: a number such as 20.")
    return lambda _: _("The target is a number over 0 and up to 100, such as 80.")


def read_day(typed: str) -> date | None:
    """A day as the browser sends it (2026-03-23); None for anything else."""
    text = _plain_day(typed)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
