"""Starter steps for each way of counting: words to take over, never filled in by themselves (A19)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lti_tool.plans.steps import Owner, Rhythm
from lti_tool.plans.translate import Translate

Sentence = Callable[[Translate], str]


@dataclass(frozen=True)
class Starter:
    """A step to take over. key: its name in the form. times: a week; offset: days from the work."""

    key: str
    owner: Owner
    title: Sentence
    helps: Sentence
    rhythm: Rhythm
    times: int = 0
    offset: int = 0


_PRACTICE = Starter(
    "practice",
    Owner.STUDENT,
    lambda _: _("Practice 20 minutes"),
    lambda _: _("Short practice, often, makes the next score better."),
    Rhythm.WEEKLY,
    times=3,
)
_TUTORING = Starter(
    "tutoring",
    Owner.STUDENT,
    lambda _: _("Go to tutoring"),
    lambda _: _("Somebody shows me another way to do it."),
    Rhythm.WEEKLY,
    times=1,
)
_SAME_DAY = Starter(
    "same_day",
    Owner.STUDENT,
    lambda _: _("Start the work on the day I get it"),
    lambda _: _("Then there is time to ask when I am stuck."),
    Rhythm.WEEKLY,
    times=3,
)
_STUDY_GUIDE = Starter(
    "study_guide",
    Owner.TEACHER,
    lambda _: _("Go over the study guide together"),
    lambda _: _("We find out what still needs practice before the test."),
    Rhythm.RELATIVE,
    offset=-3,
)
_QUIET_TIME = Starter(
    "quiet_time",
    Owner.GUARDIAN,
    lambda _: _("Keep a quiet half hour for school work"),
    lambda _: _("A fixed time makes it easier to begin."),
    Rhythm.WEEKLY,
    times=4,
)
_LIST = Starter(
    "list",
    Owner.STUDENT,
    lambda _: _("Write down what is due this week"),
    lambda _: _("What I see, I do not forget."),
    Rhythm.WEEKLY,
    times=1,
)
_SHOW = Starter(
    "show",
    Owner.STUDENT,
    lambda _: _("Show somebody what I know by now"),
    lambda _: _("Saying it aloud shows what is still missing."),
    Rhythm.WEEKLY,
    times=1,
)
_TALK = Starter(
    "talk",
    Owner.COUNSELOR,
    lambda _: _("Talk about how it goes"),
    lambda _: _("Somebody looks at it with me from the outside."),
    Rhythm.ONCE,
)

_BY_MEASURE: dict[str, tuple[Starter, ...]] = {
    "score": (_PRACTICE, _STUDY_GUIDE, _TUTORING, _QUIET_TIME),
    "average": (_SAME_DAY, _TUTORING, _PRACTICE, _QUIET_TIME),
    "course": (_SAME_DAY, _TUTORING, _LIST, _TALK, _QUIET_TIME),
    "count": (_LIST, _SAME_DAY, _QUIET_TIME),
    "maintain": (_LIST, _SAME_DAY, _QUIET_TIME),
}
_BY_HAND = (_PRACTICE, _SHOW, _QUIET_TIME)


def starters(measure: str) -> tuple[Starter, ...]:
    """Steps that go with this way of counting; those of a manual measure where nobody wrote others."""
    return _BY_MEASURE.get(measure, _BY_HAND)
