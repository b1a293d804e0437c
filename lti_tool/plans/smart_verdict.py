"""What the SMART check is told and what it answers (domain.md §1.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lti_tool.plans.translate import Translate

Sentence = Callable[[Translate], str]


class Letter(StrEnum):
    """The five questions; their order is the order of the page."""

    SPECIFIC = "S"
    MEASURABLE = "M"
    ATTAINABLE = "A"
    RELEVANT = "R"
    TIMED = "T"


class Kind(StrEnum):
    """What the words are: a goal, a dream to keep beside goals, or a step that belongs to a goal."""

    GOAL = "goal"
    DREAM = "dream"
    STEP = "step"


class Reach(StrEnum):
    """Can it be reached? `unseen`: nobody has looked at the line yet; `never`: over 100 % needed."""

    UNSEEN = "unseen"
    FINE = "fine"
    STRETCH = "stretch"
    NEVER = "never"


@dataclass(frozen=True)
class Filled:
    """What the form says of the goal.

    what: the thing counted, in words ("homework average in Math 8"); empty while nothing is chosen.
    whole: the measure has all it needs. start, target: as shown, start may be empty. one_piece: a single
    piece of work is chosen, whose due date ends the goal where no date is typed. helps: what it is tied to
    (a gap, a strength, an area). starts_on, ends_on, term_ends_on: days in the
    course's zone. said: the whole form in the student's own voice (plans/own_words.py), to take over;
    nearer_said: the same with the day that `smart.nearer_day` offers.
    """

    what: str = ""
    whole: bool = False
    start: str = ""
    target: str = ""
    one_piece: bool = False
    helps: str = ""
    reach: Reach = Reach.UNSEEN
    starts_on: date | None = None
    ends_on: date | None = None
    ends_shown: str = ""
    term_ends_on: date | None = None
    milestones: int = 0
    said: Sentence | None = None
    nearer_said: Sentence | None = None


@dataclass(frozen=True)
class Check:
    """One question with its answer. code: for tests and logs. sentence: for people, in plain words."""

    letter: Letter
    good: bool
    code: str
    sentence: Sentence


@dataclass(frozen=True)
class Verdict:
    """The answers, in order; `words` are the ones somebody could take over, empty when there are none.

    day: an end to take over where theirs is past the school year; day_words: words with that day, where
    their own name another.
    """

    kind: Kind
    checks: tuple[Check, ...]
    words: Sentence | None = None
    day: date | None = None
    day_words: Sentence | None = None

    @property
    def ready(self) -> bool:
        """Whether the goal may start."""
        return self.kind is Kind.GOAL and all(check.good for check in self.checks)

    @property
    def refused(self) -> tuple[Check, ...]:
        """What is still missing."""
        return tuple(check for check in self.checks if not check.good)
