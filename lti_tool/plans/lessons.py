"""Lessons kept light: several formats for the same end, a short self-check, two reflections (A21, B9).

Pure. A format is a tag of a resource; nothing that is stored says how a person "learns best".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from lti_tool.plans.names import folded
from lti_tool.plans.problem import Problem
from lti_tool.plans.translate import Translate

WAYS_LEAST = 2


class Format(StrEnum):
    """What a resource is made of."""

    TEXT = "text"
    VIDEO = "video"
    AUDIO = "audio"
    PICTURE = "picture"
    PRACTICE = "practice"
    PEOPLE = "people"


class Show(StrEnum):
    """A way to show what was learned."""

    WRITE = "write"
    RECORD = "record"
    DRAW = "draw"
    EXPLAIN = "explain"
    BUILD = "build"


class PartKind(StrEnum):
    """What a resource is: a page elsewhere, a piece of work of the course, a file kept here."""

    LINK = "link"
    WORK = "work"
    FILE = "file"
    AUDIO = "audio"


class QuestionKind(StrEnum):
    """How a question of a self-check is answered."""

    CHOICE = "choice"
    TRUE_FALSE = "true_false"
    SHORT = "short"


@dataclass(frozen=True)
class Question:
    """One question. options: of a choice. right: texts that are right, `true` or `false` for a statement.

    feedback: what is said after an answer, whatever it was.
    """

    id: int
    kind: QuestionKind
    text: str
    options: Sequence[str]
    right: Sequence[str]
    feedback: str = ""


@dataclass(frozen=True)
class Marked:
    """An answer looked at. answer: as it was given; right: None where there was none."""

    question: Question
    answer: str
    right: bool | None


def format_words(_: Translate) -> dict[str, str]:
    """Format → what it is called."""
    return {
        Format.TEXT: _("Read"),
        Format.VIDEO: _("Watch"),
        Format.AUDIO: _("Listen"),
        Format.PICTURE: _("Look at pictures"),
        Format.PRACTICE: _("Practice"),
        Format.PEOPLE: _("With someone"),
    }


def show_words(_: Translate) -> dict[str, str]:
    """Way to show → what it is called, to the student."""
    return {
        Show.WRITE: _("Write it down"),
        Show.RECORD: _("Record it"),
        Show.DRAW: _("Draw it"),
        Show.EXPLAIN: _("Explain it to someone"),
        Show.BUILD: _("Build or make it"),
    }


def question_words(_: Translate) -> dict[str, str]:
    """Kind of question → what it is called."""
    return {
        QuestionKind.CHOICE: _("Choose one"),
        QuestionKind.TRUE_FALSE: _("True or not"),
        QuestionKind.SHORT: _("A short answer"),
    }


def mark(questions: Sequence[Question], answers: dict[int, str]) -> list[Marked]:
    """Each question with its answer. answers: question → what was typed or chosen."""
    return [_marked(question, answers.get(question.id, "").strip()) for question in questions]


def _marked(question: Question, answer: str) -> Marked:
    if not answer:
        return Marked(question, "", None)
    if question.kind is QuestionKind.SHORT:
        given = _same(answer)
        return Marked(question, answer, any(_same(right) == given for right in question.right))
    return Marked(question, answer, answer in question.right)


def _same(text: str) -> str:
    """What two short answers are compared by: no case, no accents, one space; a number by its value.

    A minus that a phone or a text program made longer is a minus still.
    """
    plain = folded(text).replace("\u2212", "-").replace("\u2013", "-").rstrip(".!")
    try:
        number = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return plain
    return format(number.normalize(), "f") if number.is_finite() and abs(number.adjusted()) < 20 else plain


def right_words(right: int, count: int, _: Translate) -> str:
    """How a self-check went, without a verdict."""
    if count == 0:
        return _("No questions.")
    return _("%(right)s of %(count)s right.", right=right, count=count)


def give_problems(formats: Sequence[str], shows: Sequence[str]) -> list[Problem]:
    """What a lesson needs before it is given: two ways at least to the same end (B9, B16)."""
    problems = []
    if len(set(formats)) < WAYS_LEAST:
        problems.append(
            Problem(
                "parts",
                "ways",
                lambda _: _(
                    "Offer at least two ways to learn this, such as something to read and something "
                    "to watch. Students then choose."
                ),
            )
        )
    if len(set(shows)) == 1:
        problems.append(
            Problem("shows", "shows", lambda _: _("Offer two ways to show it, or leave that open."))
        )
    return problems


def is_suggested(percent: Decimal | None, below: Decimal | None) -> bool:
    """Whether a lesson's visible rule holds: a score under the mark."""
    return percent is not None and below is not None and percent < below


def may_read_words(reader: str) -> bool:
    """Whether a reader (a key of profile.MAY_READ) reads a lesson's self-check and the two reflections.

    They are for the student and who talks it over with them; the family sees what it is about and how far.
    """
    return reader in {"student", "staff", "counselor", "mentor"}
