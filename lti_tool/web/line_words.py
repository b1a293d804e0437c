"""Lines written by hand in the reader's words: what was said, by whom, and who saw it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from lti_tool.overview.entries import EntryView
from lti_tool.overview.goal import GoalView
from lti_tool.plans.measure import MeasureKind
from lti_tool.plans.reach import word_at
from lti_tool.web import charts


def line_words(view: GoalView) -> dict[str, Any]:
    """The form and the lines of a goal counted by hand, as the page shows them; empty for other goals."""
    measure, today = view.card.measure, view.card.facts.today
    if not measure.kind.is_manual:
        return {"by_hand": ""}
    newest: dict[str, bool] = {}
    for one in view.entries:
        newest.setdefault(one.name, one.value > 0)
    return {
        "by_hand": measure.kind.value,
        "entries": [_line_words(one, view, today) for one in view.entries],
        "lines": [(name, newest.get(name, False)) for name in measure.params.scale],
        "levels": list(enumerate(measure.params.scale, start=1)),
        "unit": measure.params.unit,
        "today_iso": today.isoformat(),
    }


def _line_words(one: EntryView, view: GoalView, today: date) -> dict[str, Any]:
    measure = view.card.measure
    kind, unit = measure.kind, measure.params.unit
    if kind is MeasureKind.LIST:
        what = _("%(name)s: ticked", name=one.name) if one.value else _("%(name)s: not ticked", name=one.name)
    elif kind is MeasureKind.LEVEL:
        what = word_at(measure, one.value)
    elif unit:
        what = _("%(number)s %(unit)s", number=charts.number(one.value), unit=unit)
    else:
        what = charts.number(one.value)
    return {"one": one, "day": charts.day(one.on, today=today), "what": what, "who": _who_words(one, view)}


def _who_words(one: EntryView, view: GoalView) -> str:
    """Who said it, and who saw it."""
    if not one.by_student:
        return _("%(who)s wrote it.", who=one.by or _("A teacher"))
    said = _("You reported it.") if view.is_own else _("The student reported it.")
    if one.is_ticked:
        return said + " " + _("%(who)s saw it.", who=one.ticked_by or _("A teacher"))
    if view.card.measure.params.needs_tick:
        return said + " " + _("It counts once a teacher has ticked it.")
    return said
