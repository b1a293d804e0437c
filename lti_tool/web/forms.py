"""What people type into the goal form, read into a draft; what cannot be read is said beside its field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from flask_babel import gettext as _
from pydantic import BaseModel, BeforeValidator, StringConstraints, ValidationError
from werkzeug.datastructures import MultiDict

from lti_tool.plans.goal import ITEMS_MOST, GoalDraft, Problem, Sentence
from lti_tool.plans.measure import MeasureKind

FIELDS = ("title", "measure", "items", "baseline", "target", "due_on")
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

    def draft(self) -> GoalDraft:
        """The draft these fields say."""
        return GoalDraft(
            title=self.title,
            measure=self.measure,
            item_ids=self.items,
            target=self.target,
            due_on=self.due_on,
            baseline=self.baseline,
        )


@dataclass
class Filled:
    """A form as it was sent: what was typed, kept as it stands, and what is wrong, field by field."""

    typed: dict[str, Any]
    draft: GoalDraft | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, problems: list[Problem]) -> None:
        """Take over what the rules say; each sentence once, beside its field."""
        for problem in problems:
            place = problem.field if problem.field in FIELDS else "measure"
            self._add(place, problem.sentence)

    def take_title(self, words: str) -> None:
        """Put suggested words into the title, as if they had been typed."""
        self.typed["title"] = words[:TEXT_LONGEST]
        self.errors.pop("title", None)

    def readable_draft(self) -> GoalDraft | None:
        """The draft even where the title is missing or the start cannot be read; None without the rest."""
        if self.draft is not None:
            return self.draft if self.draft.measure in set(MeasureKind) else None
        try:
            draft = GoalForm.model_validate({**self.typed, "baseline": ""}).draft()
        except ValidationError:
            return None
        return draft if draft.measure in set(MeasureKind) else None

    def _add(self, place: str, sentence: Sentence) -> None:
        words = sentence(_)
        beside = self.errors.setdefault(place, [])
        if words not in beside:
            beside.append(words)


def empty_form() -> Filled:
    """The form before anything is typed."""
    return Filled(
        {"title": "", "measure": "average", "items": [], "baseline": "", "target": "", "due_on": ""}
    )


def read_goal_form(sent: MultiDict[str, str]) -> Filled:
    """Read what was sent; `draft` is there only when every field could be read."""
    typed: dict[str, Any] = {name: sent.get(name, "")[:TEXT_LONGEST] for name in FIELDS}
    typed["items"] = sent.getlist("items")[: ITEMS_MOST + 1]
    filled = Filled(typed)
    try:
        filled.draft = GoalForm.model_validate(typed).draft()
    except ValidationError as error:
        broken = {str(one["loc"][0]) for one in error.errors(include_url=False, include_context=False)}
        for name in FIELDS:
            if name in broken:
                filled._add(name, _unreadable(typed)[name])
        _add_empty_ones(filled, broken)
    return filled


def _add_empty_ones(filled: Filled, broken: set[str]) -> None:
    """Say the empty fields too, so that one sending shows everything that is missing."""
    if "title" not in broken and not filled.typed["title"].strip():
        filled._add("title", lambda _: _("Give the goal a name."))
    if "items" not in broken and not filled.typed["items"]:
        filled._add("items", lambda _: _("Choose the work that counts."))


def _unreadable(typed: Mapping[str, Any]) -> dict[str, Sentence]:
    """What to say where a field could not be read."""
    return {
        "title": lambda _: _("Give the goal a name."),
        "measure": lambda _: _("Choose how it is counted."),
        "items": lambda _: _("Some of the chosen work is not in this course now."),
        "baseline": lambda _: _("The start is a number from 0 to 100, such as 68."),
        "target": lambda _: _("The target is a number over 0 and up to 100, such as 80."),
        "due_on": (
            (lambda _: _("Write the day like this: 2026-03-23."))
            if typed["due_on"]
            else (lambda _: _("Choose a date after today."))
        ),
    }


def read_day(typed: str) -> date | None:
    """A day as the browser sends it (2026-03-23); None for anything else."""
    text = _plain_day(typed)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


class AnswerForm(BaseModel):
    """The answer to a proposal."""

    accept: bool
    reason: Text = ""


def read_answer(sent: MultiDict[str, str]) -> tuple[bool | None, str]:
    """(yes or no, reason); None when neither was said."""
    reason = sent.get("reason", "")
    try:
        form = AnswerForm(accept=sent.get("accept", ""), reason=reason)
    except ValidationError:
        return None, reason
    return form.accept, form.reason
