"""A step as it is written down, and whether it can be one (domain.md A17, A19)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from lti_tool.plans.goal import Problem, Sentence
from lti_tool.plans.steps import OFFSET_MOST, Owner, Rhythm, Rule

TITLE_LONGEST = 300
HELPS_LONGEST = 500
NAME_LONGEST = 200
LINK_LONGEST = 1024
UNIT_LONGEST = 32
TIMES_MOST = 7
DAYS_MOST = 400


@dataclass(frozen=True)
class StepDraft:
    """What somebody typed. weekdays: 0 Monday to 6 Sunday. item_id: our row of the work it follows."""

    title: str
    helps: str
    owner: str
    rhythm: str
    due_on: date | None = None
    weekdays: Sequence[int] = ()
    times: int = 0
    offset: int = 0
    item_id: int | None = None
    amount: Decimal | None = None
    unit: str = ""
    if_then: str = ""
    link: str = ""
    link_name: str = ""

    def tidy(self) -> StepDraft:
        """Without spaces at the ends, and without what its rhythm does not use."""
        texts = {
            name: str(getattr(self, name)).strip()
            for name in ("title", "helps", "unit", "if_then", "link", "link_name")
        }
        return replace(
            self,
            **texts,  # type: ignore[arg-type]
            due_on=self.due_on if self.rhythm == Rhythm.ONCE else None,
            weekdays=tuple(sorted(set(self.weekdays))) if self.rhythm == Rhythm.DAYS else (),
            times=self.times if self.rhythm == Rhythm.WEEKLY else 0,
            item_id=self.item_id if self.rhythm == Rhythm.RELATIVE else None,
            offset=self.offset if self.rhythm == Rhythm.RELATIVE else 0,
        )

    def rule(self, starts_on: date, ends_on: date, item_due_on: date | None) -> Rule:
        """When it is due; only for a draft without problems."""
        return Rule(
            Rhythm(self.rhythm),
            starts_on,
            ends_on,
            due_on=self.due_on,
            weekdays=frozenset(self.weekdays),
            times=self.times,
            offset=self.offset,
            item_due_on=item_due_on,
            amount=self.amount,
        )


def check_step(draft: StepDraft, *, today: date, item_here: bool) -> list[Problem]:
    """Everything that is wrong with a tidy draft. item_here: the work it follows is in the goal's course."""
    return [*_text_problems(draft), *_when_problems(draft, today, item_here), *_more_problems(draft)]


def _text_problems(draft: StepDraft) -> Iterator[Problem]:
    if not draft.title:
        yield Problem("title", "title_empty", lambda _: _("Say what will be done."))
    if not draft.helps:
        yield Problem("helps", "helps_empty", lambda _: _("Say how this helps the goal."))
    longest = {
        "title": TITLE_LONGEST,
        "helps": HELPS_LONGEST,
        "if_then": TITLE_LONGEST,
        "unit": UNIT_LONGEST,
        "link_name": NAME_LONGEST,
    }
    for field, most in longest.items():
        text = getattr(draft, field)
        if len(text) > most:
            yield Problem(field, f"{field}_long", _too_long(most))
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            yield Problem(
                field, f"{field}_characters", lambda _: _("A character in it cannot be kept. Type it again.")
            )
    if draft.owner not in set(Owner):
        yield Problem("owner", "owner_unknown", lambda _: _("Choose who does it."))


def _too_long(most: int) -> Sentence:
    return lambda _: _("That is too long. Use at most %(most)s characters.", most=most)


def _when_problems(draft: StepDraft, today: date, item_here: bool) -> Iterator[Problem]:
    if draft.rhythm not in set(Rhythm):
        yield Problem("rhythm", "rhythm_unknown", lambda _: _("Choose how often."))
    elif draft.rhythm == Rhythm.ONCE:
        if draft.due_on is None or draft.due_on < today:
            yield Problem("due_on", "due_past", lambda _: _("Choose today or a later day."))
        elif draft.due_on > today + timedelta(days=DAYS_MOST):
            yield Problem("due_on", "due_far", lambda _: _("That is too far away. Choose a nearer day."))
    elif draft.rhythm == Rhythm.DAYS:
        if not draft.weekdays or not set(draft.weekdays) <= set(range(7)):
            yield Problem("weekdays", "weekdays_none", lambda _: _("Choose the days of the week."))
    elif draft.rhythm == Rhythm.WEEKLY:
        if not 1 <= draft.times <= TIMES_MOST:
            yield Problem("times", "times_number", lambda _: _("Choose from 1 to 7 times a week."))
    elif not item_here:
        yield Problem(
            "item", "item_unknown", lambda _: _("Choose work of this course that students can see.")
        )
    elif abs(draft.offset) > OFFSET_MOST:
        yield Problem("offset", "offset_far", lambda _: _("Choose at most 60 days before or after."))


def _more_problems(draft: StepDraft) -> Iterator[Problem]:
    amount = draft.amount
    if amount is not None and not (amount.is_finite() and 0 < amount <= 100_000):
        yield Problem("amount", "amount_number", lambda _: _("The amount is a number over 0, such as 30."))
    if draft.link and not _is_web_address(draft.link):
        yield Problem(
            "link", "link_address", lambda _: _("That is no address we can open. It begins with https://.")
        )


def _is_web_address(link: str) -> bool:
    if len(link) > LINK_LONGEST or any(letter.isspace() or not letter.isprintable() for letter in link):
        return False
    try:
        parts = urlsplit(link)
        return parts.scheme in ("https", "http") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
