"""What changed on a goal and why, in the reader's words; each past number with what was behind it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from lti_tool.overview.goal import GoalView
from lti_tool.overview.history import Behind, Event
from lti_tool.plans.measure import MeasureKind, Reason
from lti_tool.plans.reach import NumberText
from lti_tool.plans.translate import Reader
from lti_tool.plans.words import reason_words, value_words
from lti_tool.web import charts
from lti_tool.web.why_words import why_then


def _cause_words(cause: str, *, by_hand: bool = False) -> str:
    """What moved a number, where no grade came in. by_hand: it is counted by people, not from grades."""
    if by_hand and not cause:
        return _("Counted from what is written down.")
    return {
        "left out": _("Work was left out."),
        "put back": _("Work counts again."),
        "plan changed": _("The goal was changed."),
        "graded after the end": _("Work was graded after the end."),
        "entry": _("A line was written down."),
        "entry ticked": _("A teacher saw what was written down."),
    }.get(cause, _("The grades behind this number changed."))


def why_not_words(reason: str, reader: Reader) -> str:
    try:
        return reason_words(reason, reader, _)
    except ValueError:
        return reason_words(Reason.NOT_GRADED, reader, _)


def event_words(event: Event, view: GoalView, reader: Reader) -> dict[str, Any]:
    """One line of "What changed and why"."""
    who = event.who or _("Your school")
    mine = reader == "student" and event.who_id == view.person_id
    if event.what == "value":
        measure = view.card.measure
        what, because = _value_words(event, charts.said_of(measure), by_hand=measure.kind.is_manual)
    else:
        what = _version_words(event, who, mine)
        because = _("“%(words)s”", words=event.reason) if event.reason else ""
        if event.what in {"made", "proposed"}:
            because = " ".join(part for part in (because, _start_words(view, reader)) if part)
    today = view.card.facts.today
    return {
        "iso": event.at.date().isoformat(),
        "day": charts.day(event.at.date(), today=today),
        "what": what,
        "because": because,
        "how": why_then(view, event.why, event.after, reader) if event.what == "value" else "",
        "behind": [_behind_words(one, reader, today) for one in event.behind],
    }


def _behind_words(one: Behind, reader: Reader, today: date) -> str:
    """A reading behind a past value in one line."""
    if one.score is None or one.reason:
        return _(
            "%(item)s: %(why)s", item=one.item, why=why_not_words(one.reason or Reason.NOT_GRADED, reader)
        )
    points = _grade_words(one.item, one.score, one.possible)
    if one.read_at is None:
        return points
    return _("%(grade)s, read %(when)s", grade=points, when=charts.AsOf(one.read_at, today).words)


def _value_words(event: Event, number: NumberText, *, by_hand: bool) -> tuple[str, str]:
    what = _cause_words(event.cause, by_hand=by_hand)
    if event.grades:
        parts = [_grade_words(*grade) for grade in event.grades[:3]]
        what = _("Came in: %(grades)s.", grades=", ".join(parts))
        if len(event.grades) > 3:
            what = _("%(count)s grades came in.", count=len(event.grades))
    if event.after is None:
        return what, _("No grade counts now.")
    if event.before is None:
        return what, _("The number is %(after)s.", after=number(event.after))
    before, after = number(event.before), number(event.after)
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


def _version_words(event: Event, who: str, mine: bool) -> str:
    if event.what == "left out":
        return _("%(who)s left out “%(item)s”.", who=who, item=event.item)
    if event.what == "put back":
        return _("%(who)s counts “%(item)s” again.", who=who, item=event.item)
    return version_words(event.what, who, mine=mine)


def version_words(what: str, who: str, *, mine: bool) -> str:
    """What a version did, in the reader's words. mine: the reader did it."""
    who = who or _("Your school")
    if mine:
        known = {
            "made": _("You made this goal."),
            "accepted": _("You said yes to this goal."),
            "declined": _("You said no to this goal."),
            "changed": _("You changed this goal."),
            "change accepted": _("You said yes to a change."),
            "restored": _("You brought a former version back."),
            "paused": _("You let this goal rest."),
            "went on": _("You went on with this goal."),
            "ended": _("You ended this goal."),
            "taken back": _("You took this goal back."),
        }
    else:
        known = {
            "made": _("%(who)s made this goal.", who=who),
            "accepted": _("%(who)s said yes to this goal.", who=who),
            "declined": _("%(who)s said no to this goal.", who=who),
            "changed": _("%(who)s changed this goal.", who=who),
            "change accepted": _("%(who)s said yes to a change.", who=who),
            "restored": _("%(who)s brought a former version back.", who=who),
            "paused": _("%(who)s let this goal rest.", who=who),
            "went on": _("%(who)s went on with it.", who=who),
            "ended": _("%(who)s ended this goal.", who=who),
            "taken back": _("%(who)s took this goal back.", who=who),
        }
    known |= {
        "let start": _("%(who)s let this goal start as it is.", who=who),
        "overridden": _("%(who)s changed this goal without asking.", who=who),
        "agreed": _("%(who)s wrote it down as agreed in a conference.", who=who),
        "proposed": _("%(who)s proposed this goal.", who=who),
        "left out": _("%(who)s left work out of this goal.", who=who),
        "put back": _("%(who)s counts work again.", who=who),
        "closed": _("The time of this goal was over."),
        "end changed": _("Work was graded again after the end, so the end changed."),
        "start found": _("Three grades are in, so the start is known."),
    }
    return known.get(what, _("The goal was changed."))


def _start_words(view: GoalView, reader: Reader) -> str:
    """Where the start comes from."""
    note, start = view.baseline_note, view.card.facts.baseline
    if start is None or note.get("how") == "first three":
        return ""
    number = value_words(view.card.measure, start, view.card.facts.target, _, number=charts.number)
    if note.get("how") == "given" and note.get("reason"):
        return _("The start is %(start)s, as written down: “%(why)s”", start=number, why=note["reason"])
    if note.get("how") == "given":
        return _("The start is %(start)s, as written down.", start=number)
    if note.get("how") in ("nought", "rank", "lms", "ours"):
        return _("The start is %(start)s, as it stood then.", start=number)
    scores = ", ".join(charts.number(Decimal(score)) for score in note.get("scores", ()))
    if note.get("n", 0) < 3 or view.card.measure.kind is MeasureKind.SCORE:
        return _("The start is %(start)s, from: %(scores)s.", start=number, scores=scores)
    return _("The start is %(start)s, the middle of the last three: %(scores)s.", start=number, scores=scores)
