"""What people type into the form of a step, read into a draft; what was typed stays as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from lti_tool.plans.goal import Problem
from lti_tool.plans.rounding import number_text
from lti_tool.plans.step_bank import Starter
from lti_tool.plans.step_draft import StepDraft
from lti_tool.plans.steps import Rhythm
from lti_tool.records.step import Step
from lti_tool.web.forms import read_day

TEXTS = (
    "title",
    "helps",
    "owner",
    "rhythm",
    "due_on",
    "times",
    "offset",
    "item",
    "amount",
    "unit",
    "if_then",
)
LINKS = ("link", "link_name")
TYPED_MOST = 2000


@dataclass
class StepForm:
    """A form as it was sent, and what is wrong, field by field."""

    typed: dict[str, Any]
    draft: StepDraft
    errors: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, problems: Sequence[Problem]) -> None:
        """Take over what the rules say; each sentence once, beside its field."""
        for problem in problems:
            words = problem.sentence(_)
            beside = self.errors.setdefault(problem.field, [])
            if words not in beside:
                beside.append(words)


def empty_step(owner: str) -> StepForm:
    """The form before anything is typed."""
    typed = {
        **dict.fromkeys((*TEXTS, *LINKS), ""),
        "owner": owner,
        "rhythm": Rhythm.WEEKLY.value,
        "times": "1",
    }
    return StepForm(
        {**typed, "weekdays": [], "before": "before"}, StepDraft("", "", owner, Rhythm.WEEKLY.value)
    )


def starter_step(starter: Starter) -> StepForm:
    """The form with the words of a starter, to be changed as one likes."""
    form = empty_step(starter.owner.value)
    form.typed |= {
        "title": starter.title(_),
        "helps": starter.helps(_),
        "rhythm": starter.rhythm.value,
        "times": str(starter.times or 1),
        "offset": str(abs(starter.offset)) if starter.offset else "",
    }
    return form


def stored_step(step: Step) -> StepForm:
    """The form as a step stands."""
    form = empty_step(step.owner_role)
    form.typed |= {
        name: getattr(step, name) for name in ("title", "helps", "rhythm", "unit", "if_then", *LINKS)
    }
    form.typed |= {
        "due_on": "" if step.due_on is None else step.due_on.isoformat(),
        "times": str(step.times or 1),
        "offset": str(abs(step.offset)) if step.offset else "",
        "before": "after" if step.offset > 0 else "before",
        "item": "" if step.item_id is None else str(step.item_id),
        "amount": "" if step.amount is None else number_text(step.amount),
        "weekdays": [str(day) for day in range(7) if step.weekdays >> day & 1],
    }
    return form


def read_step_form(sent: MultiDict[str, str]) -> StepForm:
    """Read what was sent; numbers that cannot be read are said beside their field."""
    typed: dict[str, Any] = {name: sent.get(name, "")[:TYPED_MOST] for name in (*TEXTS, *LINKS)}
    typed["weekdays"] = sent.getlist("weekdays")[:7]
    typed["before"] = "after" if sent.get("before") == "after" else "before"
    form = StepForm(typed, StepDraft(typed["title"], typed["helps"], typed["owner"], typed["rhythm"]))
    amount = _number(typed["amount"])
    if typed["amount"].strip() and amount is None:
        form.refuse(
            [Problem("amount", "amount_number", lambda _: _("The amount is a number over 0, such as 30."))]
        )
    days = _whole(typed["offset"] or "0")
    if days is None and typed["rhythm"] == Rhythm.RELATIVE:
        form.refuse(
            [Problem("offset", "offset_number", lambda _: _("The days are a whole number, such as 3."))]
        )
    days = days or 0
    form.draft = StepDraft(
        title=typed["title"],
        helps=typed["helps"],
        owner=typed["owner"],
        rhythm=typed["rhythm"],
        due_on=read_day(typed["due_on"]),
        weekdays=[day for day in map(_whole, typed["weekdays"]) if day is not None],
        times=_whole(typed["times"]) or 0,
        offset=days if typed["before"] == "after" else -days,
        item_id=_whole(typed["item"]),
        amount=amount,
        unit=typed["unit"],
        if_then=typed["if_then"],
        link=typed["link"],
        link_name=typed["link_name"],
    )
    return form


def _whole(typed: str) -> int | None:
    text = typed.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _number(typed: str) -> Decimal | None:
    try:
        found = Decimal(typed.strip().replace(",", ".")[:40])
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
