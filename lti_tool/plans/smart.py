"""Is a goal clear enough to start? The SMART check: it teaches, offers words, and refuses only the start.

A draft or a dream can always be saved (domain.md §1.5). The measure chosen in the form counts first, the
words second; where nobody wrote patterns for a language, the form alone decides.
"""

from __future__ import annotations

from datetime import date, timedelta

from lti_tool.plans.smart_verdict import Check, Filled, Kind, Letter, Reach, Sentence, Verdict
from lti_tool.plans.smart_words import Routine, Said, read_words
from lti_tool.plans.translate import Translate

WEEKS_WARNED = 12


def check_smart(words: str, filled: Filled, language: str) -> Verdict:
    """Whether a goal in these words with this form may start, and why not (table in domain.md §1.5)."""
    said = read_words(words, language)
    if said.dream and not said.measured:
        return Verdict(Kind.DREAM, (_dream(),), filled.said or _stepping_stone)
    if said.routine and not (said.of_days or filled.whole):
        return Verdict(Kind.STEP, (_step(said.routine),))
    checks = (
        _specific(said, filled),
        _measurable(said, filled),
        _attainable(said, filled),
        _relevant(said, filled),
        _timed(said, filled),
    )
    if not any(check.code == "past_term" for check in checks):
        return Verdict(Kind.GOAL, checks, _rewrite(said, filled))
    day = nearer_day(filled.starts_on, filled.term_ends_on)
    return Verdict(Kind.GOAL, checks, _rewrite(said, filled), day, filled.nearer_said if said.dated else None)


def nearer_day(starts_on: date | None, term_ends_on: date | None) -> date | None:
    """An end to offer instead of one past the school year: twelve weeks on, or the year's last day."""
    if starts_on is None or term_ends_on is None or term_ends_on <= starts_on:
        return None
    return min(starts_on + timedelta(weeks=WEEKS_WARNED), term_ends_on)


def _dream() -> Check:
    return Check(
        Letter.ATTAINABLE,
        False,
        "dream",
        lambda _: _("That is a great dream. We keep it with your dreams. What could you reach by June?"),
    )


def _stepping_stone(_: Translate) -> str:
    return _("This year I will … (a first step that leads there)")


def _step(routine: Routine) -> Check:
    if routine is Routine.ATTEND:
        return Check(
            Letter.RELEVANT, False, "step", lambda _: _("That is a good step. Which goal does it help?")
        )
    return Check(
        Letter.RELEVANT,
        False,
        "habit",
        lambda _: _("That is a good habit. For which goal? As a goal, say on how many days, until when."),
    )


def _specific(said: Said, filled: Filled) -> Check:
    if said.course_wide and not (said.start or filled.whole):
        return Check(
            Letter.SPECIFIC,
            False,
            "course_wide",
            lambda _: _("Which test, quiz or unit? Or: from which grade to which, by when?"),
        )
    if not (filled.what or said.work or said.measured or said.vague):
        return Check(
            Letter.SPECIFIC, False, "nothing_named", lambda _: _("Name one thing you want to reach.")
        )
    what = filled.what
    if what:
        return Check(Letter.SPECIFIC, True, "named", lambda _: _("It names one thing: %(what)s.", what=what))
    return Check(Letter.SPECIFIC, True, "named", lambda _: _("It names one thing."))


def _measurable(said: Said, filled: Filled) -> Check:
    if said.vague and not said.measured:
        vague = said.vague
        return Check(
            Letter.MEASURABLE,
            False,
            "vague",
            lambda _: _("From what to what? “%(words)s” does not say when you are there.", words=vague),
        )
    if not (filled.whole or said.measured):
        return Check(
            Letter.MEASURABLE, False, "no_amount", lambda _: _("From what to what? Say how much or how many.")
        )
    start, target = filled.start, filled.target
    if start and target:
        return Check(
            Letter.MEASURABLE,
            True,
            "counted",
            lambda _: _("We can count it: from %(start)s to %(target)s.", start=start, target=target),
        )
    return Check(Letter.MEASURABLE, True, "counted", lambda _: _("We can count it."))


def _attainable(said: Said, filled: Filled) -> Check:
    if said.always:
        return Check(
            Letter.ATTAINABLE,
            False,
            "too_broad",
            lambda _: _("“Everything” and “always” leave no room for one bad day. Which one matters most?"),
        )
    if filled.reach is Reach.NEVER:
        return Check(
            Letter.ATTAINABLE,
            False,
            "out_of_reach",
            lambda _: _(
                "The work that is left does not carry it there. Choose a nearer target or a later day."
            ),
        )
    if filled.reach is Reach.STRETCH:
        return Check(Letter.ATTAINABLE, True, "stretch", lambda _: _("It can be done. It is a stretch."))
    return Check(Letter.ATTAINABLE, True, "fine", lambda _: _("It can be done."))


def _relevant(said: Said, filled: Filled) -> Check:
    if said.compares:
        return Check(
            Letter.RELEVANT,
            False,
            "compares",
            lambda _: _("Your goal is about you, not about another student. What do you want to reach?"),
        )
    helps = filled.helps
    if helps:
        return Check(
            Letter.RELEVANT, True, "tied", lambda _: _("It is yours. It helps with “%(what)s”.", what=helps)
        )
    return Check(Letter.RELEVANT, True, "own", lambda _: _("It is yours."))


def _timed(said: Said, filled: Filled) -> Check:
    end = filled.ends_on
    if end is None:
        if filled.one_piece or (not filled.whole and (said.dated or said.work)):
            return Check(Letter.TIMED, True, "dated", lambda _: _("It has an end."))
        return Check(Letter.TIMED, False, "no_date", lambda _: _("By when? Choose a day."))
    start = filled.starts_on
    if filled.term_ends_on and end > filled.term_ends_on and not filled.milestones:
        return Check(
            Letter.TIMED,
            False,
            "past_term",
            lambda _: _(
                "That is after the school year. Choose an earlier day, or add milestones on the way."
            ),
        )
    if start and end - start > timedelta(weeks=WEEKS_WARNED) and not filled.milestones:
        return Check(
            Letter.TIMED,
            True,
            "long",
            lambda _: _("It has an end, but a far one. A milestone on the way helps."),
        )
    shown = filled.ends_shown
    return Check(
        Letter.TIMED,
        True,
        "dated",
        lambda _: _("It has an end: %(day)s.", day=shown) if shown else _("It has an end."),
    )


def _rewrite(said: Said, filled: Filled) -> Sentence | None:
    """The form in the student's own voice, for words that do not say it themselves yet."""
    what, start, target, day = filled.what, filled.start, filled.target, filled.ends_shown
    if said.measured and said.dated:
        return None
    if filled.said:
        return filled.said
    if not (what and target and day):
        return None
    if start:
        values = {"what": what, "start": start, "target": target, "day": day}
        return lambda _: _("I will raise my %(what)s from %(start)s to %(target)s by %(day)s.", **values)
    reach = {"what": what, "target": target, "day": day}
    return lambda _: _("I will reach %(target)s on %(what)s by %(day)s.", **reach)
