"""How a goal ended, when that is decided, and what a later regrade does (domain.md §3.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from lti_tool.plans.days import GRACE, school_days
from lti_tool.plans.figures import Figures, figures_of
from lti_tool.plans.measure import Evidence, MeasureKind
from lti_tool.plans.observation import OUT_OF_SET
from lti_tool.plans.progress import FROM_NOUGHT
from lti_tool.plans.status import flips_until, sticks
from lti_tool.plans.taken import reason_in
from lti_tool.plans.terms import Terms
from lti_tool.plans.translate import Reader, Translate

MOST_FROM = 80  # per cent of the way


class Outcome(StrEnum):
    """How a goal ended. `replaced`: another goal took its place, which a person decides."""

    REACHED = "reached"
    REACHED_LATER = "reached_later"
    MOST = "most"
    NOT_YET = "not_yet"
    NOT_MEASURED = "not_measured"
    REPLACED = "replaced"


def outcome_of(terms: Terms, evidence: Evidence, today: date) -> Outcome | None:
    """How the goal ended as seen on a day; None while it is not decided yet.

    One score, counts, lists, tallies, levels and places end when they touch the target. Everything else
    ends when all its work is graded, or once the grace after its last day is over, on work due by then.
    """
    now = figures_of(terms, evidence, today)
    if now.touched and sticks(terms):
        return Outcome.REACHED
    scoped = by_the_end(terms, evidence)
    then = figures_of(terms, scoped, min(today, terms.due_on + timedelta(days=1)))
    grace_over = school_days(terms.due_on, today, terms.breaks) > GRACE.days
    all_in = then.needed.nothing_left and bool(scoped.work or scoped.entries)
    if not grace_over and not all_in:
        return None
    return _judged(terms, scoped, then)


def by_the_end(terms: Terms, evidence: Evidence) -> Evidence:
    """What a goal is judged on: work due, and lines written, up to its last day."""
    work = [seen for seen in evidence.work if seen.due_on is None or seen.due_on <= terms.due_on]
    entries = [one for one in evidence.entries if one.on <= terms.due_on]
    course = [one for one in evidence.course if one.on <= terms.due_on + GRACE]
    return replace(evidence, work=work, entries=entries, course=course)


def _judged(terms: Terms, evidence: Evidence, figures: Figures) -> Outcome:
    reasons = [reason_in(terms.measure, seen) for seen in evidence.work]
    nothing = reasons and all(reason in OUT_OF_SET for reason in reasons)
    of_items = not terms.measure.kind.is_manual and terms.measure.kind is not MeasureKind.COURSE
    if figures.value is None or (of_items and (nothing or not reasons)):
        return Outcome.NOT_MEASURED
    if figures.touched:
        return Outcome.REACHED
    way = distance(terms, figures.value, figures.target)
    return Outcome.MOST if way is not None and way >= MOST_FROM else Outcome.NOT_YET


def distance(terms: Terms, value: Decimal, target: Decimal) -> Fraction | None:
    """How much of the way from start to target is done, in per cent; None without a known start."""
    start = Decimal(0) if terms.measure.kind in FROM_NOUGHT else terms.baseline
    if start is None or start == target:
        return None
    return 100 * (Fraction(value) - Fraction(start)) / (Fraction(target) - Fraction(start))


def later(before: Outcome, terms: Terms, evidence: Evidence, today: date) -> Outcome:
    """An end that was short of the target, seen again: what came after the last day may still reach it."""
    if before in {Outcome.MOST, Outcome.NOT_YET} and figures_of(terms, evidence, today).touched:
        return Outcome.REACHED_LATER
    return before


Verdict = Literal["same", "flip", "ask"]


def after_close(before: Outcome, now: Outcome, settled_on: date, today: date, terms: Terms) -> Verdict:
    """What a regrade after the end does: within 30 days, or until the term ends, the end flips and both
    are told; after that a person confirms. The day the target was first touched is never taken back."""
    if before is now or before is Outcome.REPLACED:
        return "same"
    return "flip" if today <= flips_until(settled_on, terms) else "ask"


def outcome_words(outcome: Outcome | str, reader: Reader, _: Translate) -> str:
    """How it ended, in the reader's words; "not yet" asks what comes next."""
    kind = Outcome(outcome)
    if kind is Outcome.NOT_YET and reader == "student":
        return _("Not yet. Do you want to keep it, change it or let it go?")
    return {
        Outcome.REACHED: _("Reached"),
        Outcome.REACHED_LATER: _("Reached later"),
        Outcome.MOST: _("Most of the way"),
        Outcome.NOT_YET: _("Not yet"),
        Outcome.NOT_MEASURED: _("Could not be measured"),
        Outcome.REPLACED: _("Replaced by another goal"),
    }[kind]
