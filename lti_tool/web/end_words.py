"""How a goal ended, in the reader's words; what was reached once is said for ever."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from lti_tool.overview.ends import End
from lti_tool.plans.outcome import Outcome, outcome_words
from lti_tool.plans.translate import Reader
from lti_tool.web import charts


def end_words(one: End, today: date, reader: Reader) -> dict[str, Any]:
    """An end as pages show it."""
    reached = ""
    if one.reached_on is not None and one.outcome not in (Outcome.REACHED, Outcome.REACHED_LATER):
        day = charts.day(one.reached_on, today=today, long=True)
        if reader == "student":
            reached = _("You were there on %(day)s.", day=day)
        else:
            reached = _("It was there on %(day)s.", day=day)
    return {
        "end": one,
        "words": outcome_words(one.outcome, reader, _),
        "day": charts.day(one.settled_on, today=today, long=True),
        "reached": reached,
        "changed": _("Work was graded again after the end, so the end changed.") if one.flipped_at else "",
        "asked": "" if one.asked is None else outcome_words(one.asked, reader, _),
        "asks": one.outcome in (Outcome.NOT_YET, Outcome.MOST) and not one.choice,
    }
