"""What the goal page says: the goal's figures, its work and its history in the reader's words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from lti_tool.overview.goal import GoalView
from lti_tool.overview.goal_card import OF_SCORES, GoalCard
from lti_tool.overview.said import DoubtView, Left
from lti_tool.overview.versions import Overridden
from lti_tool.overview.work import Work
from lti_tool.plans.goal import GoalState
from lti_tool.plans.if_left import if_left, if_left_words
from lti_tool.plans.observation import Reason
from lti_tool.plans.outcome import outcome_words
from lti_tool.plans.reach import word_at
from lti_tool.plans.status import Status
from lti_tool.plans.translate import Reader
from lti_tool.plans.why import why_words
from lti_tool.plans.words import (
    forecast_words,
    needed_words,
    reach_words,
    value_words,
)
from lti_tool.web import charts
from lti_tool.web.end_words import end_words
from lti_tool.web.goal_notices import notices
from lti_tool.web.history_words import event_words, why_not_words
from lti_tool.web.status_words import mark_words
from lti_tool.web.student import way_words
from lti_tool.web.suggestion_words import answered_words, suggestion_words
from lti_tool.web.why_words import behind_now, letter_now

_OUT = frozenset({Reason.EXCUSED, Reason.REMOVED, Reason.LEFT_OUT})


def goal_page(view: GoalView) -> dict[str, Any]:
    """Everything the template shows besides the layout."""
    reader: Reader = "student" if view.is_own else "staff"
    card, facts, number = view.card, view.card.facts, charts.number_of(view.card.measure)
    drawing = charts.draw(facts)
    state = _state_words(view, reader)
    as_of = None if view.read_at is None else view.read_at
    return {
        "view": view,
        "card": card,
        "drawing": drawing,
        "status": state or mark_words(card.mark, reader),
        "closed": bool(state),
        "sentence": _sentence(view, reader, drawing.chart),
        "reach": reach_words(
            card.measure,
            [line.name for line in card.work if line.reason not in _OUT] or [line.name for line in card.work],
            facts.target,
            drawing.due,
            _,
            reader=reader,
            number=charts.number,
        ),
        "start_words": charts.said_of(card.measure)(facts.baseline) if facts.baseline is not None else "",
        "starts_on": charts.day(facts.starts_on, today=facts.today, long=True),
        "as_of": charts.AsOf(as_of, facts.today),
        "why": why_words(
            card.measure, behind_now(view), facts.value, facts.target, _, reader=reader, number=number
        ),
        "if_left": _if_left(card),
        "needed": needed_words(view.needed, facts.target, _, number=charts.number),
        "rows": [row_words(line, facts.today, reader, view.left.get(line.item_id)) for line in card.work],
        "own_days": _own_days(view, reader),
        "ideas": [suggestion_words(one, facts.today) for one in view.suggestions],
        "chosen": [answered_words(one, facts.today, reader) for one in view.answered],
        "end": None if view.end is None else end_words(view.end, facts.today, reader),
        "now_words": value_words(
            card.measure,
            facts.value,
            facts.target,
            _,
            letter=letter_now(view, facts.value),
            number=charts.number,
        ),
        "target_words": _target_words(card, drawing.target),
        "doubts": [doubt_words(one, facts.today) for one in view.doubts],
        "history": [event_words(event, view, reader) for event in view.history],
        "can_take_back": ""
        if view.undo_until is None
        else charts.day(view.undo_until.date(), today=facts.today, long=True),
        "override": override_words(view.override, facts.today),
        "waits": card.waits and view.is_own,
        "notices": [] if state else notices(view, reader),
    }


def _if_left(card: GoalCard) -> str:
    """What the average would be if what is missing never came in."""
    counted = [line for line in card.work if line.counted]
    scores = [(one.score, one.possible) for one in counted if one.score is not None and one.possible]
    missing = [line.possible or Decimal(0) for line in card.work if line.reason == Reason.MISSING]
    return if_left_words(if_left(card.measure, scores, missing), _)


def _own_days(view: GoalView, reader: Reader) -> str:
    """Where work counts as not come in, though this student may have been given more time unheard by us."""
    if view.family != "moodle" or all(line.reason != Reason.MISSING for line in view.card.work):
        return ""
    if reader == "student":
        return _(
            "Were you given more time than the others? %(lms)s may not have told us. Say so under “This "
            "looks wrong”.",
            lms=view.lms,
        )
    return _(
        "%(lms)s does not tell us of every day that one student alone was given. If this student has more "
        "time, leave the work out of this goal until then.",
        lms=view.lms,
    )


def override_words(one: Overridden | None, today: date) -> dict[str, str] | None:
    """What staff did against the rule, for everyone who reads the goal."""
    if one is None:
        return None
    return {"by": one.by or _("Your school"), "why": one.why, "day": charts.day(one.at.date(), today=today)}


def _target_words(card: GoalCard, target: str) -> str:
    """The target in the measure's own words: a level's or a grade's word, a number of things, or a number."""
    if card.measure.kind.unit == "rank":
        return word_at(card.measure, card.facts.target)
    unit = card.measure.params.unit if card.measure.kind.unit == "number" else ""
    return _("%(number)s %(unit)s", number=target, unit=unit) if unit else target


def _state_words(view: GoalView, reader: Reader) -> str:
    """A word for a goal that is not measured any more; else empty."""
    if view.state is GoalState.DECLINED:
        return _("You said no") if reader == "student" else _("Declined")
    if view.state is GoalState.PAUSED:
        return _("It rests")
    if view.state is GoalState.CLOSED:
        return _("Closed") if view.end is None else outcome_words(view.end.outcome, "staff", _)
    return ""


def _sentence(view: GoalView, reader: Reader, chart: Any) -> str:
    if view.card.measure.kind.is_manual and view.card.facts.value is None:
        return _("Nothing is written down yet.")
    parts = [way_words(view.card, reader)]
    if view.card.status is Status.REACHED and reader == "student":
        parts.append(_("You are there."))
    elif chart.ahead is not None:
        each = view.card.measure.kind in OF_SCORES
        parts.append(forecast_words(chart.ahead, _, number=charts.number, each=each))
    return " ".join(parts)


def row_words(line: Work, today: date, reader: Reader, left: Left | None = None) -> dict[str, Any]:
    """One line of the readings table. A grade that does not show reads "not yet"."""
    shows = line.score is not None
    points = ""
    if line.score is not None:
        points = charts.number(line.score)
        if line.possible is not None:
            points = _("%(points)s of %(possible)s", points=points, possible=charts.number(line.possible))
    return {
        "item_id": line.item_id,
        "name": line.name,
        "left": left,
        "read": "" if line.read_at is None else charts.AsOf(line.read_at, today).words,
        "due": "" if line.due_on is None else charts.day(line.due_on, today=today),
        "points": points if shows else _("not yet"),
        "percent": charts.number(line.percent) if line.percent is not None else _("not yet"),
        "counted": line.counted,
        "counted_words": _counted_words(line, reader, left),
    }


def _counted_words(line: Work, reader: Reader, left: Left | None) -> str:
    if line.tried_again and line.counted:
        return _("yes. A new try waits for its grade.")
    if line.counted:
        return _("yes")
    if left is not None:
        who = left.by or _("A teacher")
        return _("No. %(who)s left it out of this goal: “%(why)s”", who=who, why=left.reason)
    if reader == "staff" and line.hidden and line.is_left:
        return why_not_words(Reason.NOT_POSTED, reader)
    return why_not_words(line.reason, reader)


def doubt_words(one: DoubtView, today: date) -> dict[str, Any]:
    """A reading that looks wrong to its student, as pages show it."""
    answered = "" if one.answered_at is None else charts.day(one.answered_at.date(), today=today)
    return {
        "doubt": one,
        "what": _("“%(item)s”", item=one.item) if one.item else _("The whole number"),
        "day": charts.day(one.at.date(), today=today),
        "answered_day": answered,
    }
