"""Suggestion cards and the answers to them in the reader's words."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from lti_tool.overview.suggestions import Answered
from lti_tool.plans.suggestions import CHANGES, Card, Way, because_words, line_words, way_words
from lti_tool.plans.translate import Reader
from lti_tool.web import charts


def suggestion_words(card: Card, today: date) -> dict[str, Any]:
    """A card as the student reads it."""
    day = "" if card.due_on is None else charts.day(card.due_on, today=today, long=True)
    return {
        "rule": card.rule.value,
        "because": because_words(card, _),
        "ways": [
            {
                "way": way.value,
                "name": way_words(way, card, day, _),
                "line": line_words(way, card, _),
                "change": _change_words(way, card, day) if way in CHANGES else "",
            }
            for way in card.ways
        ],
    }


def _change_words(way: Way, card: Card, day: str) -> str:
    """What a change of the goal would be."""
    if way is Way.SMALLER and card.target is not None:
        target = charts.number(card.target)
        return _(
            "Your goal would be %(target)s. Your last scores get you there. You can aim higher later.",
            target=target,
        )
    return _("Your goal would end on %(day)s.", day=day)


def answered_words(one: Answered, today: date, reader: Reader) -> dict[str, Any]:
    """An answer to a card, for the student and for staff."""
    who = _("You") if reader == "student" else one.by
    if one.way is None:
        what = _("%(who)s said no: “%(why)s”", who=who, why=one.reason)
    elif one.words:
        what = _("%(who)s: “%(words)s”", who=who, words=one.words)
    elif one.way is Way.SMALLER:
        what = _("%(who)s chose a smaller target first.", who=who)
    else:
        what = _("%(who)s chose more time.", who=who)
    return {
        "one": one,
        "what": what,
        "because": because_words(one.card, _),
        "day": charts.day(one.at.date(), today=today),
    }
