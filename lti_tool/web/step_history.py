"""What happened to a goal's steps, in the reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _

from lti_tool.overview.step_changes import StepChange
from lti_tool.web import charts


def step_history(
    changes: Sequence[StepChange], person_id: int, *, own: bool, today: date
) -> list[dict[str, str]]:
    """One line a version, newest first. person_id: whose plan it is; own: the reader is that student."""
    return [
        {
            "iso": one.at.date().isoformat(),
            "day": charts.day(one.at.date(), today=today),
            "title": one.title,
            "words": _words(one, today, mine=own and one.who_id == person_id),
            "why": one.reason,
        }
        for one in changes
    ]


def _words(one: StepChange, today: date, *, mine: bool) -> str:
    if one.what == "moved":
        if one.due_on is None:
            return _("Its work has no date now.")
        return _("Its work is due %(day)s now, so the step moved.", day=charts.day(one.due_on, today=today))
    who = {"who": one.who or _("Your school")}
    if mine:
        return {
            "made": _("You wrote it."),
            "agreed": _("You agreed on it."),
            "accepted": _("You said yes."),
            "declined": _("You said no."),
            "taken back": _("You took it back."),
            "edited": _("You changed it."),
            "ended": _("You ended it."),
        }.get(one.what, _("You changed it."))
    return {
        "made": _("%(who)s wrote it.", **who),
        "proposed": _("%(who)s proposed it.", **who),
        "agreed": _("Agreed on together, noted by %(who)s.", **who),
        "accepted": _("%(who)s said yes.", **who),
        "declined": _("%(who)s said no.", **who),
        "taken back": _("%(who)s took it back.", **who),
        "ended": _("%(who)s ended it.", **who),
        "handed over": _("%(who)s handed it over to another adult.", **who),
    }.get(one.what, _("%(who)s changed it.", **who))
