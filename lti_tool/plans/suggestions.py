"""What a student could do who falls behind: cards by visible rules, several ways each (domain.md B3, B13).

Pure. A card is a question: the student takes a way, changes it or says no, and nothing happens by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil
from statistics import median

from lti_tool.plans.rounding import number_text, shown_needed
from lti_tool.plans.status import Status
from lti_tool.plans.translate import Translate

LOW = Decimal(70)
LAST = 2
IN_A_ROW = 3
MORE_TIME = timedelta(days=28)
DAYS_MOST = 370
CARDS_MOST = 2
REST = timedelta(days=14)  # an answered card rests this long


class Rule(StrEnum):
    """Why a card is there; the most pressing first."""

    TOO_MUCH = "too_much"
    MISSING = "missing"
    LOW_SCORES = "low_scores"
    ABOVE_BEST = "above_best"
    UNDER_LINE = "under_line"
    QUIET = "quiet"


class Way(StrEnum):
    """What could be done. `smaller` and `later` change the goal; the others are a line "I will …"."""

    HAND_IN = "hand_in"
    TALK = "talk"
    PRACTICE = "practice"
    TUTORING = "tutoring"
    SMALLER = "smaller"
    LATER = "later"


WAYS: dict[Rule, tuple[Way, ...]] = {
    Rule.TOO_MUCH: (Way.SMALLER, Way.LATER, Way.TALK),
    Rule.MISSING: (Way.HAND_IN, Way.TALK),
    Rule.LOW_SCORES: (Way.PRACTICE, Way.TUTORING, Way.TALK),
    Rule.ABOVE_BEST: (Way.PRACTICE, Way.SMALLER, Way.LATER, Way.TALK),
    Rule.UNDER_LINE: (Way.PRACTICE, Way.TUTORING, Way.TALK, Way.LATER),
    Rule.QUIET: (Way.TALK, Way.PRACTICE),
}
CHANGES = frozenset({Way.SMALLER, Way.LATER})


@dataclass(frozen=True)
class Facts:
    """What the rules look at. scores: (name, per cent) that count, oldest first. missing: names of work.
    residuals: score − aim line since the start, oldest first.

    done, left: weights of the work that is graded and that is left (points, or pieces), so that a target
    can be found that recent scores would reach. in_per_cent: whether the target is a per cent at all.
    lower: less is better; needed is then the most it may be.
    """

    status: Status
    target: Decimal
    due_on: date
    today: date
    in_per_cent: bool = True
    value: Decimal | None = None
    baseline: Decimal | None = None
    needed: Decimal | None = None
    scores: Sequence[tuple[str, Decimal]] = ()
    missing: Sequence[str] = ()
    residuals: Sequence[Decimal] = ()
    done: Decimal = Decimal(0)
    left: Decimal = Decimal(0)
    lower: bool = False

    @property
    def best(self) -> Decimal | None:
        """The best score so far."""
        scores = [score for _name, score in self.scores]
        return (min(scores) if self.lower else max(scores)) if scores else None

    @property
    def asks_too_much(self) -> bool:
        """More than all of it is needed; where less is better, less than nothing."""
        return self.needed is not None and (self.needed < 0 if self.lower else self.needed > 100)

    @property
    def asks_more_than_ever(self) -> bool:
        """What is needed is better than every score so far."""
        if self.needed is None or self.best is None or self.asks_too_much:
            return False
        return self.needed < self.best if self.lower else self.needed > self.best


@dataclass(frozen=True)
class Card:
    """One suggestion. names, numbers: what its sentence says. target, due_on: what a change would be.

    lower: less is better.
    """

    rule: Rule
    ways: tuple[Way, ...]
    names: tuple[str, ...] = ()
    numbers: tuple[Decimal, ...] = ()
    target: Decimal | None = None
    due_on: date | None = None
    lower: bool = False


def cards_for(facts: Facts, resting: frozenset[str] = frozenset()) -> list[Card]:
    """At most two cards, the most pressing first. resting: rules answered in the last 14 days."""
    if facts.status in (Status.REACHED, Status.WAITING, Status.NOT_STARTED) or facts.today > facts.due_on:
        return []
    found = []
    for rule in Rule:
        because = None if rule in resting else _because(rule, facts)
        if because is not None:
            names, numbers = because
            found.append(_card(rule, facts, names, numbers))
    return found[:CARDS_MOST]


def _because(rule: Rule, facts: Facts) -> tuple[tuple[str, ...], tuple[Decimal, ...]] | None:
    """The names and numbers a rule's sentence says; None where the rule does not hold."""
    last, limit = facts.scores[-LAST:], min(LOW, facts.target)
    best, needed = facts.best, facts.needed
    if rule is Rule.TOO_MUCH and needed is not None and facts.asks_too_much:
        return (), (needed,)
    if rule is Rule.MISSING and facts.missing:
        return tuple(facts.missing), ()
    if rule is Rule.LOW_SCORES and facts.in_per_cent and not facts.lower and len(last) == LAST:
        if all(score < limit for _name, score in last):
            return tuple(name for name, _score in last), (limit, *(score for _name, score in last))
        return None
    if rule is Rule.ABOVE_BEST and needed is not None and best is not None and facts.asks_more_than_ever:
        return (), (needed, best)
    if rule is Rule.UNDER_LINE and facts.status in (Status.OFF_TRACK, Status.LOOK):
        under = _under_in_a_row(facts.residuals)
        if under >= IN_A_ROW:
            return (), (Decimal(under),)
        return ((), ()) if facts.residuals and sum(facts.residuals) < 0 else None
    if rule is Rule.QUIET and facts.status is Status.NO_DATA:
        return (), ()
    return None


def _under_in_a_row(residuals: Sequence[Decimal]) -> int:
    """How many of the newest scores in a row are under the line."""
    count = 0
    for residual in reversed(residuals):
        if residual >= 0:
            break
        count += 1
    return count


def _card(rule: Rule, facts: Facts, names: tuple[str, ...], numbers: tuple[Decimal, ...]) -> Card:
    target, due_on = reachable(facts), facts.due_on + MORE_TIME
    ways = [way for way in WAYS[rule] if way is not Way.SMALLER or target is not None]
    if due_on > facts.today + timedelta(days=DAYS_MOST):
        ways = [way for way in ways if way is not Way.LATER]
    return Card(rule, tuple(ways), names, numbers, target, due_on, facts.lower)


def reachable(facts: Facts) -> Decimal | None:
    """A whole target that the middle of the last three scores would reach; None where there is none.

    It lies between the start and the target of now, and needs no more than what was done lately.
    """
    total = facts.done + facts.left
    if not facts.in_per_cent or facts.value is None or not facts.scores or facts.left <= 0 or total <= 0:
        return None
    pace = Fraction(median([score for _name, score in facts.scores[-3:]]))
    end = (Fraction(facts.value) * Fraction(facts.done) + pace * Fraction(facts.left)) / Fraction(total)
    if facts.lower:
        whole = Decimal(ceil(end))
        return whole if facts.target < whole and (facts.baseline is None or whole < facts.baseline) else None
    whole = Decimal(int(end))
    floor = facts.baseline if facts.baseline is not None else Decimal(0)
    return whole if floor < whole < facts.target else None


def because_words(card: Card, _: Translate) -> str:
    """The rule, said with the student's own numbers."""
    if card.rule is Rule.TOO_MUCH and card.lower:
        return _("Suggested because even 0 on what is left would be too much.")
    if card.rule is Rule.TOO_MUCH:
        return _(
            "Suggested because about %(needed)s out of 100 would be needed on what is left.",
            needed=shown_needed(card.numbers[0]),
        )
    if card.rule is Rule.MISSING:
        return _("Suggested because this has not come in: %(work)s.", work=", ".join(card.names))
    if card.rule is Rule.LOW_SCORES:
        limit, *scores = card.numbers
        listed = ", ".join(
            f"{name} {number_text(score)}" for name, score in zip(card.names, scores, strict=True)
        )
        return _(
            "Suggested because the last two scores were under %(limit)s: %(scores)s.",
            limit=number_text(limit),
            scores=listed,
        )
    if card.rule is Rule.ABOVE_BEST and card.lower:
        return _(
            "Suggested because what is left may be %(needed)s at most, and the lowest so far is %(best)s.",
            needed=shown_needed(card.numbers[0], at_most=True),
            best=number_text(card.numbers[1]),
        )
    if card.rule is Rule.UNDER_LINE and card.lower:
        return _("Suggested because the scores are over the aim line, and less is better here.")
    if card.rule is Rule.ABOVE_BEST:
        return _(
            "Suggested because %(needed)s is needed on what is left, and the best so far is %(best)s.",
            needed=shown_needed(card.numbers[0]),
            best=number_text(card.numbers[1]),
        )
    if card.rule is Rule.UNDER_LINE:
        if card.numbers:
            return _(
                "Suggested because the last %(count)s scores are under the aim line.",
                count=number_text(card.numbers[0]),
            )
        return _("Suggested because the scores, on the whole, are under the aim line.")
    return _("Suggested because nothing new came in for a while.")


def way_words(way: Way, card: Card, day: str, _: Translate) -> str:
    """A way as a choice. day: the later date as text."""
    return {
        Way.HAND_IN: _("Hand it in"),
        Way.TALK: _("Talk with my teacher"),
        Way.PRACTICE: _("Practice a bit more"),
        Way.TUTORING: _("Get help from a tutor"),
        Way.SMALLER: _("Aim for %(target)s first", target=number_text(card.target or Decimal(0))),
        Way.LATER: _("Take more time, until %(day)s", day=day),
    }[way]


def line_words(way: Way, card: Card, _: Translate) -> str:
    """The line "I will …" a way begins with; the student may change it. Empty for a change of the goal."""
    if way is Way.HAND_IN and card.names:
        return _("I will hand in %(work)s this week.", work=", ".join(card.names[:3]))
    return {
        Way.HAND_IN: _("I will hand in what is missing this week."),
        Way.TALK: _("I will talk with my teacher about this goal."),
        Way.PRACTICE: _("I will practice for 20 minutes on two days this week."),
        Way.TUTORING: _("I will ask for a tutor this week."),
    }.get(way, "")
