"""A goal's own words read into the fields of its form: which work, how much, until when (domain.md §1.5).

Offered to look over, never taken silently: words say what the student means, the form says what is counted.
English and Spanish; in other languages nothing is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from lti_tool.plans.smart_words import EN_MONTH, ES_MONTH, Said, folded, read_words

LIST_MOST = 30
NAME_SHORTEST = 4  # a piece of work called "1" is not found in a sentence


@dataclass(frozen=True)
class Work:
    """A piece of work that may be meant. group: the assignment group it is in."""

    id: int
    name: str
    due_on: date | None = None
    group: str = ""


@dataclass(frozen=True)
class Idea:
    """What the words say, as text for the form's fields. measure: plans.measure.MeasureKind.

    items: ids of the work meant. fields: target, letter, due_on, unit, scale, amount, days_a_week.
    """

    measure: str
    items: tuple[int, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


_MONTHS = (
    ("jan", "ene"),
    ("feb", "feb"),
    ("mar", "mar"),
    ("apr", "abr"),
    ("may", "may"),
    ("jun", "jun"),
    ("jul", "jul"),
    ("aug", "ago"),
    ("sep", "set"),
    ("oct", "oct"),
    ("nov", "nov"),
    ("dec", "dic"),
)
_MONTH = f"(?:{EN_MONTH}|{ES_MONTH}|ene|abr|ago|dic)"
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of| de)? ({_MONTH})\b")
_MONTH_FIRST = re.compile(rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?\b")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_UP_TO = re.compile(r"\b(?:through|up to|hasta)\b")
_AVERAGE = re.compile(r"\b(?:average|promedio|media)\b")
_OF_DAYS = re.compile(
    r"\b(\d) (?:days )?(?:of|out of|de)(?: cada)? (\d+)|\b(\d) (?:days|dias) (?:a|per|each|por)\b"
)
_EACH = re.compile(
    r"\b(\d+|thirty|twenty|fifteen|ten|treinta|veinte|quince|diez) "
    r"(minutes?|mins?|minutos?|pages?|paginas?)\b"
)
_UNIT_ENDS = re.compile(r"\b(?:by|before|until|till|on|in|para|antes|hasta|el|for)\b.*|[.,;!?].*")
_NUMBERS = {
    **dict(
        zip(
            ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
            range(2, 13),
            strict=True,
        )
    ),
    **dict(
        zip(
            ["dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"],
            range(2, 13),
            strict=True,
        )
    ),
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "a hundred": 100,
    "quince": 15,
    "veinte": 20,
    "treinta": 30,
    "cuarenta": 40,
    "cincuenta": 50,
    "cien": 100,
}


def idea_of(
    words: str, language: str, work: Sequence[Work], letters: Sequence[str], today: date
) -> Idea | None:
    """The form these words ask for; None where they name nothing that can be counted."""
    said, text = read_words(words, language), folded(words)
    if said.dream or not said.measured or (said.routine and not said.of_days):
        return None
    day = _day(text, today)
    ends = {} if day is None else {"due_on": day.isoformat()}
    found = (
        _habit(said, text) or _piece(said, text, work, letters, today) or _from_to(said, text, work, letters)
    )
    found = found or _counted(said, text, words)
    return None if found is None else Idea(found.measure, found.items, {**found.fields, **ends})


def _habit(said: Said, text: str) -> Idea | None:
    if not said.of_days:
        return None
    found, each = _OF_DAYS.search(text), _EACH.search(text)
    fields = {"days_a_week": (found[1] or found[3]) if found else "7"}
    if each:
        fields |= {"amount": _digits(each[1]), "unit": each[2]}
    return Idea("habit", (), fields)


def _piece(said: Said, text: str, work: Sequence[Work], letters: Sequence[str], today: date) -> Idea | None:
    """One named piece of work and a score for it; it ends when that is due."""
    one = _named(said, text, work)
    if one is None or not said.target or said.start:
        return None
    ends = {"due_on": one.due_on.isoformat()} if one.due_on and one.due_on > today else {}
    return Idea("score", (one.id,), {**_aim(said.target, letters), **ends})


def _from_to(said: Said, text: str, work: Sequence[Work], letters: Sequence[str]) -> Idea | None:
    if not (said.start and said.target):
        return None
    meant = [one.id for one in work if one.group and _stem(one.group) in text]
    if meant or _AVERAGE.search(text):
        return Idea("average", tuple(meant or [one.id for one in work]), _aim(said.target, letters))
    return Idea("course", (), _aim(said.target, letters))


def _counted(said: Said, text: str, words: str) -> Idea | None:
    if not said.amount:
        return None
    count = _digits(said.amount)
    if _UP_TO.search(text) and count.isdigit() and 1 < int(count) <= LIST_MOST:
        return Idea("list", (), {"scale": "\n".join(str(one) for one in range(1, int(count) + 1))})
    after = re.split(rf"(?<!\w){re.escape(said.amount)}(?!\w)", words, maxsplit=1, flags=re.IGNORECASE)[-1]
    return Idea("tally", (), {"target": count, "unit": _UNIT_ENDS.sub("", after).strip()[:32]})


def _named(said: Said, text: str, work: Sequence[Work]) -> Work | None:
    """The work whose name stands in the words, the longest first; or whose name holds what they name."""
    plain = {one.id: folded(one.name).lower() for one in work}
    low = text.lower()
    inside = [one for one in work if len(plain[one.id]) >= NAME_SHORTEST and _stands(plain[one.id], low)]
    if inside:
        return max(inside, key=lambda one: len(plain[one.id]))
    part = re.sub(r"^(?:the|my|our|next|el|la|mi|del) ", "", said.work.lower())
    holding = [one for one in work if part and _stands(part, plain[one.id])]
    return holding[0] if len(holding) == 1 else None


def _stands(part: str, whole: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(part)}(?!\w)", whole) is not None


def _stem(group: str) -> str:
    """A group's name without its plural: "Quizzes" is meant by "quiz"."""
    return re.sub(r"(?<=\w\w\w)(?:zes|es|s)$", "", folded(group).lower())


def _aim(target: str, letters: Sequence[str]) -> dict[str, str]:
    plain = target.strip().removesuffix("%").strip()
    if plain[:1].isalpha():
        return {"letter": plain} if plain in letters else {}
    return {"target": plain}


def _digits(number: str) -> str:
    return str(_NUMBERS.get(number, number))


def _day(text: str, today: date) -> date | None:
    """The last day that is named, in this year or the next."""
    low = text.lower()
    iso = _ISO.search(low)
    if iso:
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    first, last = _DAY_FIRST.search(low), _MONTH_FIRST.search(low)
    if first:
        month, day = _month(first[2]), int(first[1])
    elif last:
        month, day = _month(last[1]), int(last[2])
    else:
        return None
    here = _date(today.year, month, day)
    return here if here is None or here > today else _date(today.year + 1, month, day)


def _month(name: str) -> int:
    return next(number for number, both in enumerate(_MONTHS, start=1) if name[:3] in both)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
