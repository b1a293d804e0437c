"""The weekly digest and the calendar: when, and in which words; nothing in them says what a plan says.

An e-mail and a calendar are read over somebody's shoulder: they hold counts and days, no name, goal or grade.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from lti_tool.plans.days import is_break
from lti_tool.plans.steps import Breaks
from lti_tool.plans.translate import Translate

MONDAY = 0
SENT_AT = time(7, 30)
QUIET_FROM, QUIET_UNTIL = time(19), time(7)  # nobody is written to in the evening or at night
BREAK_MOST = 400  # days looked ahead


@dataclass(frozen=True)
class Waiting:
    """How many things wait for a person this week."""

    steps: int = 0
    check_ins: int = 0
    proposals: int = 0
    words: int = 0

    @property
    def anything(self) -> bool:
        """Whether an e-mail has anything to say."""
        return bool(self.steps or self.check_ins or self.proposals or self.words)


def next_digest(after: datetime, zone: tzinfo, breaks: Breaks = ()) -> datetime:
    """The next Monday morning there that is later than `after`; of a break, the first school day after it."""
    day = after.astimezone(zone).date()
    day += timedelta(days=(MONDAY - day.weekday()) % 7)
    if _at(day, zone) <= after:
        day += timedelta(days=7)
    for _day in range(BREAK_MOST):
        if day.weekday() < 5 and not is_break(day, breaks):
            break
        day += timedelta(days=1)
    return _at(day, zone)


def next_morning(after: datetime, zone: tzinfo) -> datetime:
    """The next morning there of a day from Monday to Friday, for what came due at a quiet hour."""
    day = after.astimezone(zone).date()
    while _at(day, zone) <= after or day.weekday() > 4:
        day += timedelta(days=1)
    return _at(day, zone)


def is_quiet(at: datetime, zone: tzinfo) -> bool:
    """Whether it is evening or night there, or a day when nobody is at school."""
    local = at.astimezone(zone)
    return local.time() >= QUIET_FROM or local.time() < QUIET_UNTIL or local.weekday() > 4


def _at(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, SENT_AT, tzinfo=zone)


def digest_words(waiting: Waiting, stop: str, _: Translate) -> tuple[str, str]:
    """(subject, text) of the e-mail. stop: the address that ends it."""
    lines = [_("Good morning. This waits for you in Personal Plans this week:"), ""]
    for count, words in (
        (waiting.steps, _("Steps: %(count)s", count=waiting.steps)),
        (waiting.check_ins, _("Check-ins: %(count)s", count=waiting.check_ins)),
        (waiting.proposals, _("Waiting for your answer: %(count)s", count=waiting.proposals)),
        (waiting.words, _("Words for you: %(count)s", count=waiting.words)),
    ):
        if count:
            lines.append(f"- {words}")
    lines += ["", _("Open Personal Plans in your course to see it."), ""]
    lines += [_("You asked for this weekly e-mail. To get no more of them: %(address)s", address=stop), ""]
    return _("Your week in Personal Plans"), "\n".join(lines)


@dataclass(frozen=True)
class Entry:
    """One date of a calendar. kind: `step`, `check_in` or `conference`. at: empty where it is a whole day."""

    kind: str
    id: str
    on: date
    at: datetime | None = None
    minutes: int = 0


def entry_words(kind: str, _: Translate) -> str:
    """What stands in the calendar: neutral, the same for everybody."""
    return {
        "step": _("Personal Plans: a step"),
        "check_in": _("Personal Plans: a check-in"),
        "conference": _("Personal Plans: a conference"),
    }[kind]
