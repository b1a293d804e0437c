"""A goal's words, number and day as people change them, and two of its versions beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _

from lti_tool.overview.versions import Offered, Version
from lti_tool.planning.changing import Change
from lti_tool.plans.goal import GoalState
from lti_tool.plans.measure import Measure
from lti_tool.plans.reach import word_at
from lti_tool.plans.rounding import number_text
from lti_tool.web import charts
from lti_tool.web.forms import NUMBER_LONGEST, read_day

FIELDS = ("title", "target", "due_on", "reason")


@dataclass
class ChangeForm:
    """What was typed, and what could not be read of it, field by field."""

    typed: dict[str, str]
    change: Change
    errors: dict[str, str] = field(default_factory=dict)


def read_change(sent: Mapping[str, str]) -> ChangeForm:
    """Read what was sent; empty fields stay as they are."""
    typed = {name: sent.get(name, "")[:2000] for name in FIELDS}
    form = ChangeForm(typed, Change())
    number = typed["target"].strip().removesuffix("%").strip().replace(",", ".")
    target = _number(number)
    if number and target is None:
        form.errors["target"] = _("Write a number, such as 30.")
    day = read_day(typed["due_on"])
    if typed["due_on"].strip() and day is None:
        form.errors["due_on"] = _("Write the day like this: 2026-03-23.")
    form.change = Change(target, day, typed["title"])
    return form


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text) if text and len(text) <= NUMBER_LONGEST else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def as_typed(title: str, target: Decimal, due_on: date) -> dict[str, str]:
    """The form as the goal stands."""
    return {"title": title, "target": number_text(target), "due_on": due_on.isoformat(), "reason": ""}


def offered_words(one: Offered, measure: Measure, today: date) -> dict[str, Any]:
    """A change that waits, as its student reads it."""
    parts = []
    if one.title:
        parts.append(_("The words would be “%(title)s”.", title=one.title))
    if one.target is not None:
        parts.append(_("The number would be %(target)s.", target=target_words(measure, one.target)))
    if one.due_on is not None:
        parts.append(_("The day would be %(day)s.", day=charts.day(one.due_on, today=today, long=True)))
    return {"one": one, "what": " ".join(parts), "day": charts.day(one.at.date(), today=today)}


def target_words(measure: Measure, target: Decimal) -> str:
    """A target as people say it."""
    return word_at(measure, target) if measure.kind.unit == "rank" else charts.number(target)


def differences(older: Version, newer: Version, measure: Measure) -> list[tuple[str, str, str]]:
    """(what, before, after) of each thing that is said otherwise in the newer version."""
    before, after = _shown(older.content, measure), _shown(newer.content, measure)
    return [(name, before[name], after[name]) for name in after if before.get(name) != after[name]]


def _shown(content: Mapping[str, Any], measure: Measure) -> dict[str, str]:
    states = {
        GoalState.PROPOSED: _("waits for the student"),
        GoalState.ACTIVE: _("at work"),
        GoalState.PAUSED: _("rests"),
        GoalState.DECLINED: _("not taken"),
        GoalState.CLOSED: _("ended"),
    }
    target = _number(str(content.get("target", "")))
    start = _number(str(content.get("baseline") or ""))
    day = read_day(str(content.get("due_on", "")))
    marks = [f"{charts.number(Decimal(number))} ({on})" for on, number in content.get("milestones") or []]
    return {
        _("Words"): str(content.get("title", "")),
        _("Number"): "" if target is None else target_words(measure, target),
        _("Start"): "" if start is None else target_words(measure, start),
        _("Day"): "" if day is None else charts.day(day, long=True),
        _("Milestones"): ", ".join(marks),
        _("Pieces of work"): str(len(content.get("items", ()))),
        _("How it stands"): states.get(content.get("state", ""), ""),
    }
