"""Why a number is what it is: its formula with the student's own numbers, in words (design.md, rule 4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from lti_tool.plans.measure import Measure, MeasureKind, Method
from lti_tool.plans.observation import Reason
from lti_tool.plans.reach import NumberText, value_words, word_at
from lti_tool.plans.rounding import number_text
from lti_tool.plans.translate import Reader, Translate

ALL = 100
_NOT_IN = frozenset({Reason.NOT_IN_YET, Reason.MISSING, Reason.NOT_POSTED, Reason.NOT_GRADED})
_OUT = frozenset({Reason.EXCUSED, Reason.REMOVED, Reason.LEFT_OUT})


@dataclass(frozen=True)
class Sum:
    """What a group of the course gave: points of possible ones. weight: per cent; None: points add up."""

    name: str
    earned: Decimal
    possible: Decimal
    weight: Decimal | None = None


@dataclass(frozen=True)
class Behind:
    """What a number was made of. earned, possible: points that count; counted: how many pieces.

    left_out: how many pieces for each plans.observation.Reason. source: of a course grade, `lms` or `ours`;
    sums: of our own. letter: of a course grade in its scheme. never_came: checks that do not hold since they
    never came in.
    """

    counted: int = 0
    earned: Decimal = Decimal(0)
    possible: Decimal = Decimal(0)
    left_out: Mapping[str, int] = field(default_factory=dict)
    source: str = "lms"
    sums: Sequence[Sum] = ()
    letter: str = ""
    never_came: int = 0

    @classmethod
    def of(cls, why: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Behind:
        """From what is kept with a value. names: the LMS's id of a group → its name."""
        course = why.get("course") or [[None, None, "lms"]]
        return cls(
            counted=why.get("counted", 0),
            earned=Decimal(why.get("earned") or 0),
            possible=Decimal(why.get("possible") or 0),
            left_out=why.get("left_out") or {},
            source=course[-1][2],
            never_came=why.get("never_came", 0),
            sums=[
                Sum(
                    (names or {}).get(str(group), ""),
                    Decimal(earned),
                    Decimal(possible),
                    None if weight is None else Decimal(weight),
                )
                for group, earned, possible, weight in why.get("sums", ())
            ],
        )


def why_words(
    measure: Measure,
    behind: Behind,
    value: Decimal | None,
    target: Decimal,
    _: Translate,
    *,
    reader: Reader = "student",
    number: NumberText = number_text,
) -> str:
    """What the number is made of, e.g. "Your points on the work that counts: 271 of 350. That is 77.4."."""
    kind = measure.kind
    of_items = not kind.is_manual and kind is not MeasureKind.COURSE
    if value is None and kind is MeasureKind.COURSE and behind.counted:
        return _(
            "There is no course number yet. The course counts some groups of work more than others, "
            "and for some of the graded work it is not known how much."
        )
    some = behind.counted or behind.never_came or kind is MeasureKind.COUNT
    if value is None or (of_items and not some):
        return _("No grade counts so far.")
    values = {
        "earned": number(behind.earned),
        "possible": number(behind.possible),
        "value": number(value),
        "target": number(target),
        "count": behind.counted,
    }
    student = reader == "student"
    if kind is MeasureKind.SCORE:
        if student:
            return _("Your points: %(earned)s of %(possible)s. That is %(value)s.", **values)
        return _("Points: %(earned)s of %(possible)s. That is %(value)s.", **values)
    if kind is MeasureKind.AVERAGE:
        return _average(measure, values, _, student=student)
    if kind is MeasureKind.COURSE:
        return _course(behind, values, _, number)
    if kind is MeasureKind.COUNT:
        return _count(measure, behind, values, _, number, student=student)
    if kind is MeasureKind.MAINTAIN:
        return _maintain(measure, behind, value, target, _, number)
    if kind is MeasureKind.HABIT:
        return _(
            "Out of every 100 days asked for, it was done on %(value)s. The goal is %(target)s.", **values
        )
    if kind.unit == "rank":
        return _rank(measure, value, target, _)
    return _("As written down: %(value)s.", value=value_words(measure, value, target, _, number=number))


def _average(measure: Measure, values: dict[str, Any], _: Translate, *, student: bool) -> str:
    if measure.method is Method.MEAN:
        words = _("The average of %(count)s scores, each out of 100: %(value)s.", **values)
    elif student:
        words = _(
            "Your points on the work that counts: %(earned)s of %(possible)s. That is %(value)s.", **values
        )
    else:
        words = _("Points on the work that counts: %(earned)s of %(possible)s. That is %(value)s.", **values)
    return " ".join([words, _("It is our own average of the work chosen here.")])


def _course(behind: Behind, values: dict[str, Any], _: Translate, number: NumberText) -> str:
    letter = behind.letter
    shown = _("%(letter)s (%(value)s)", letter=letter, value=values["value"]) if letter else values["value"]
    if behind.source != "ours":
        return _("It is the course grade as the school shows it: %(value)s.", value=shown)
    parts = [_("It is our own sum of the grades that can be shown: %(value)s.", value=shown)]
    sums = [one for one in behind.sums if one.possible > 0]
    for one in sums if len(sums) > 1 else ():
        told = {
            "name": one.name,
            "earned": number(one.earned),
            "possible": number(one.possible),
            "weight": "" if one.weight is None else number(one.weight),
        }
        if one.weight is None:
            parts.append(_("“%(name)s”: %(earned)s of %(possible)s points.", **told))
        else:
            words = _("“%(name)s”: %(earned)s of %(possible)s points, which weighs %(weight)s.", **told)
            parts.append(words)
    if len(sums) == 1 or (not sums and behind.possible > 0):
        parts.append(_("Points that count: %(earned)s of %(possible)s.", **values))
    return " ".join(parts)


def _count(
    measure: Measure,
    behind: Behind,
    values: dict[str, Any],
    _: Translate,
    number: NumberText,
    *,
    student: bool,
) -> str:
    chosen = behind.counted + sum(behind.left_out.values())
    inside = chosen - _number(behind, _OUT)
    told = {**values, "inside": inside}
    if student:
        parts = [_("%(value)s of your %(inside)s pieces of work count. The goal is %(target)s.", **told)]
    else:
        parts = [_("%(value)s of %(inside)s pieces of work count. The goal is %(target)s.", **told)]
    least = number(measure.params.least or Decimal(0))
    said = (
        (_number(behind, _NOT_IN), _("Not in yet: %(n)s.", n=_number(behind, _NOT_IN))),
        (_number(behind, {Reason.LATE}), _("Came in late: %(n)s.", n=_number(behind, {Reason.LATE}))),
        (
            _number(behind, {Reason.UNDER}),
            _("Under %(least)s: %(n)s.", n=_number(behind, {Reason.UNDER}), least=least),
        ),
        (_number(behind, _OUT), _("Out of the goal: %(n)s.", n=_number(behind, _OUT))),
    )
    parts += [words for count, words in said if count]
    return " ".join(parts)


def _number(behind: Behind, reasons: Collection[Reason]) -> int:
    return sum(count for reason, count in behind.left_out.items() if reason in reasons)


def _maintain(
    measure: Measure, behind: Behind, value: Decimal, target: Decimal, _: Translate, number: NumberText
) -> str:
    count = behind.counted + behind.never_came
    values = {
        "held": int((value * count / ALL).to_integral_value(rounding=ROUND_HALF_EVEN)),
        "count": count,
        "floor": number(measure.params.floor or Decimal(0)),
        "value": number(value),
        "target": number(target),
    }
    if measure.params.lower:
        said = _("%(held)s of %(count)s scores are at %(floor)s or less.", **values)
    else:
        said = _("%(held)s of %(count)s scores are at %(floor)s or more.", **values)
    if behind.never_came:
        said = " ".join([said, _("Counted in, though it never came in: %(n)s.", n=behind.never_came)])
    if target == ALL:
        return " ".join([said, _("The goal is all of them.")])
    return " ".join(
        [said, _("That is %(value)s out of every 100. The goal is %(target)s out of every 100.", **values)]
    )


def _rank(measure: Measure, value: Decimal, target: Decimal, _: Translate) -> str:
    values = {
        "word": word_at(measure, value),
        "place": int(value),
        "count": len(measure.params.scale),
        "wanted": word_at(measure, target),
        "goal": int(target),
    }
    return _(
        "It stands at “%(word)s”, number %(place)s of %(count)s from the lowest. "
        "The goal is “%(wanted)s”, number %(goal)s.",
        **values,
    )
