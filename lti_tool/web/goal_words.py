"""What the goal page says: the goal's figures, its work and its history in the reader's words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from lti_tool.overview.goal import Event, GoalView
from lti_tool.overview.work import Work
from lti_tool.plans.goal import GoalState
from lti_tool.plans.measure import MeasureKind, Reason
from lti_tool.plans.status import Status, words_for
from lti_tool.plans.translate import Reader
from lti_tool.plans.words import (
    forecast_words,
    needed_words,
    reach_words,
    reason_words,
    why_words,
)
from lti_tool.web import charts
from lti_tool.web.student import way_words


def goal_page(view: GoalView) -> dict[str, Any]:
    """Everything the template shows besides the layout."""
    reader: Reader = "student" if view.is_own else "staff"
    card, facts = view.card, view.card.facts
    drawing = charts.draw(facts)
    state = _state_words(view, reader)
    as_of = None if view.read_at is None else view.read_at
    return {
        "view": view,
        "card": card,
        "drawing": drawing,
        "status": state or words_for(card.status, reader, _),
        "closed": bool(state),
        "sentence": _sentence(view, reader, drawing.chart),
        "reach": reach_words(
            card.measure,
            [line.name for line in card.work],
            facts.target,
            drawing.due,
            _,
            reader=reader,
            number=charts.number,
        ),
        "starts_on": charts.day(facts.starts_on, today=facts.today, long=True),
        "as_of": charts.AsOf(as_of, facts.today),
        "why": why_words(
            card.measure,
            view.earned,
            view.possible,
            view.counted,
            facts.value,
            _,
            reader=reader,
            number=charts.number,
        ),
        "needed": needed_words(view.needed, facts.target, _, number=charts.number),
        "rows": [row_words(line, facts.today, reader) for line in card.work],
        "history": [_event(event, view, reader) for event in view.history],
        "waits": card.waits and view.is_own,
    }


def _state_words(view: GoalView, reader: Reader) -> str:
    """A word for a goal that is not measured any more; else empty."""
    if view.state is GoalState.DECLINED:
        return _("You said no") if reader == "student" else _("Declined")
    return _("Closed") if view.state is GoalState.CLOSED else ""


def _sentence(view: GoalView, reader: Reader, chart: Any) -> str:
    parts = [way_words(view.card, reader)]
    if view.card.status is Status.REACHED and reader == "student":
        parts.append(_("You are there."))
    elif chart.ahead is not None:
        parts.append(forecast_words(chart.ahead, _, number=charts.number))
    return " ".join(parts)


def row_words(line: Work, today: date, reader: Reader) -> dict[str, Any]:
    """One line of the readings table. A grade that does not show reads "not yet"."""
    shows = line.score is not None
    points = ""
    if line.score is not None:
        points = charts.number(line.score)
        if line.possible is not None:
            points = _("%(points)s of %(possible)s", points=points, possible=charts.number(line.possible))
    return {
        "name": line.name,
        "due": "" if line.due_on is None else charts.day(line.due_on, today=today),
        "points": points if shows else _("not yet"),
        "percent": charts.number(line.percent) if line.percent is not None else _("not yet"),
        "counted": line.counted,
        "counted_words": _("yes") if line.counted else _reason(line, reader),
    }


def _reason(line: Work, reader: Reader) -> str:
    try:
        return reason_words(line.reason, reader, _)
    except ValueError:
        return reason_words(Reason.NOT_GRADED, reader, _)


def _event(event: Event, view: GoalView, reader: Reader) -> dict[str, str]:
    """One line of "What changed and why"."""
    who = event.who or _("Your school")
    mine = reader == "student" and event.who_id == view.person_id
    if event.what == "value":
        what, because = _value_words(event)
    else:
        what = _version_words(event.what, who, mine)
        because = _("“%(words)s”", words=event.reason) if event.reason else ""
        if event.what in {"made", "proposed"}:
            because = _start_words(view, reader)
    today = view.card.facts.today
    return {
        "iso": event.at.date().isoformat(),
        "day": charts.day(event.at.date(), today=today),
        "what": what,
        "because": because,
    }


def _value_words(event: Event) -> tuple[str, str]:
    what = _("The grades behind this number changed.")
    if event.grades:
        parts = [_grade_words(*grade) for grade in event.grades[:3]]
        what = _("Came in: %(grades)s.", grades=", ".join(parts))
        if len(event.grades) > 3:
            what = _("%(count)s grades came in.", count=len(event.grades))
    if event.after is None:
        return what, _("No grade counts now.")
    if event.before is None:
        return what, _("The number is %(after)s.", after=charts.number(event.after))
    before, after = charts.number(event.before), charts.number(event.after)
    if before == after:
        return what, _("The number stays at about %(after)s.", after=after)
    return what, _("The number went from %(before)s to %(after)s.", before=before, after=after)


def _grade_words(name: str, score: Decimal, possible: Decimal | None) -> str:
    if possible is None:
        return _("“%(item)s” %(points)s", item=name, points=charts.number(score))
    return _(
        "“%(item)s” %(points)s of %(possible)s",
        item=name,
        points=charts.number(score),
        possible=charts.number(possible),
    )


def _version_words(what: str, who: str, mine: bool) -> str:
    if mine:
        known = {
            "made": _("You made this goal."),
            "accepted": _("You said yes to this goal."),
            "declined": _("You said no to this goal."),
        }
    else:
        known = {
            "made": _("%(who)s made this goal.", who=who),
            "accepted": _("%(who)s said yes to this goal.", who=who),
            "declined": _("%(who)s said no to this goal.", who=who),
        }
    known["proposed"] = _("%(who)s proposed this goal.", who=who)
    known["start found"] = _("Three grades are in, so the start is known.")
    return known.get(what, _("The goal was changed."))


def _start_words(view: GoalView, reader: Reader) -> str:
    """Where the start comes from."""
    note, start = view.baseline_note, view.card.facts.baseline
    if start is None or note.get("how") == "first three":
        return ""
    number = charts.number(start)
    if note.get("how") == "given":
        return _("The start is %(start)s, as written down.", start=number)
    scores = ", ".join(charts.number(Decimal(score)) for score in note.get("scores", ()))
    if note.get("n", 0) < 3 or view.card.measure.kind is MeasureKind.SCORE:
        return _("The start is %(start)s, from: %(scores)s.", start=number, scores=scores)
    return _("The start is %(start)s, the middle of the last three: %(scores)s.", start=number, scores=scores)
