"""The sentences that say a goal and its numbers in plain words (domain.md §1.2 A14, §3.4; design.md rule 4).

Pure: the translator is the parameter `_`; dates come in as text, numbers may be put into the
reader's form with `number`.
"""

from __future__ import annotations

from decimal import Decimal

from lti_tool.plans.forecast import Forecast
from lti_tool.plans.measure import Reason
from lti_tool.plans.progress import Needed
from lti_tool.plans.reach import NumberText, reach_words, value_words
from lti_tool.plans.rounding import number_text, shown_needed
from lti_tool.plans.translate import Reader, Translate

__all__ = [
    "forecast_words",
    "journey_words",
    "needed_words",
    "reach_words",
    "reason_words",
    "value_words",
]


def journey_words(
    baseline: Decimal | None,
    value: Decimal | None,
    _: Translate,
    *,
    reader: Reader = "student",
    number: NumberText = number_text,
) -> str:
    """From where to where, e.g. "You started at 68 and you are at 77.4."."""
    student = reader == "student"
    if value is None and baseline is None:
        return _("Not yet. No grade counts so far.")
    if value is None and baseline is not None:
        start = number(baseline)
        return (
            _("You start at %(start)s.", start=start)
            if student
            else _("The start is %(start)s.", start=start)
        )
    now = number(value or Decimal(0))
    if baseline is None:
        return _("You are at %(now)s.", now=now) if student else _("Now at %(now)s.", now=now)
    start = number(baseline)
    if student:
        return _("You started at %(start)s and you are at %(now)s.", start=start, now=now)
    return _("Started at %(start)s, now at %(now)s.", start=start, now=now)


def needed_words(needed: Needed, target: Decimal, _: Translate, *, number: NumberText = number_text) -> str:
    """What is left asks for; the needed average is rounded up, so reaching it is enough."""
    if needed.more is not None:
        return _more_words(needed, _)
    if needed.average is None:
        return "" if needed.open_ended else _("Nothing is left to be graded.")
    values = {
        "items": needed.items,
        "points": number(needed.points),
        "enough": shown_needed(needed.points_needed),
        "average": shown_needed(needed.average),
        "target": number(target),
    }
    if needed.at_most:
        most = number(max(Decimal(0), needed.average))
        return _("To end at %(target)s, stay at %(most)s or less on what is left.", most=most, **values)
    if needed.too_much:
        said = _(
            "To end at %(target)s, about %(average)s out of 100 would be needed on what is left. "
            "Choose a new number or a new date.",
            **values,
        )
    elif needed.open_ended:
        said = _("To end at %(target)s, aim for %(average)s out of 100 on the work that is left.", **values)
    else:
        said = _(
            "Left to be graded: %(items)s, worth %(points)s points. To end at %(target)s, "
            "%(enough)s of them are needed. Aim for %(average)s out of 100.",
            **values,
        )
    if needed.estimate:
        said = " ".join([said, _("This is an estimate: dropped scores and extra credit may change it.")])
    return said


def _more_words(needed: Needed, _: Translate) -> str:
    values = {"more": needed.more, "items": needed.items}
    if needed.more == 0:
        return _("Nothing more is needed.")
    if needed.too_much:
        return _(
            "Still needed: %(more)s. Only %(items)s can still come. Choose a new number or a new date.",
            **values,
        )
    return _("Still needed: %(more)s. Still to come: %(items)s.", **values)


def forecast_words(
    ahead: Forecast, _: Translate, *, number: NumberText = number_text, each: bool = False
) -> str:
    """Where it goes, as a range in whole numbers. each: each new score goes there, not their average."""
    low, high = Decimal(int(ahead.low)), Decimal(int(ahead.high))
    if each:
        return _(
            "If things go on like this, about %(low)s to %(high)s on new work by then.",
            low=number(low),
            high=number(high),
        )
    return _("If things go on like this, about %(low)s to %(high)s.", low=number(low), high=number(high))


def reason_words(reason: Reason | str, reader: Reader, _: Translate) -> str:
    """Why a reading does not count. To a student a hidden grade reads exactly like none at all."""
    kind = Reason(reason)
    if reader != "staff" and kind is Reason.NOT_POSTED:
        kind = Reason.NOT_GRADED
    student = reader == "student"
    return {
        Reason.NOT_POSTED: _("Not yet. The student cannot see this grade, so it does not count."),
        Reason.NOT_GRADED: _("Not yet. No grade to show."),
        Reason.EXCUSED: _("No. You are excused from it.") if student else _("No. Excused."),
        Reason.MISSING: _("Not yet. It has not come in."),
        Reason.NO_POINTS: _("No. It has no points to reach."),
        Reason.NOT_A_NUMBER: _("No. It is not graded in points."),
        Reason.REMOVED: _("No. It is no longer part of your course work.")
        if student
        else _("No. It was removed, or is not given to this student any more."),
        Reason.LEFT_OUT: _("No. Your teacher left it out of this goal.")
        if student
        else _("No. Left out of this goal by a teacher."),
        Reason.NOT_IN_SCALE: _("No. Its grade is not one of the words of this goal."),
        Reason.NOT_IN_YET: _("Not yet. It has not come in."),
        Reason.LATE: _("No. It came in late."),
        Reason.UNDER: _("Not yet. Its score is under the mark."),
    }[kind]
