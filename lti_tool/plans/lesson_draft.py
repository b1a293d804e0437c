"""Whether what a teacher typed for a lesson can be kept; what is wrong is said beside its field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from lti_tool.plans.lessons import Format, PartKind, QuestionKind, Show
from lti_tool.plans.names import folded
from lti_tool.plans.problem import Problem

TITLE_LONGEST = 200
TEXT_LONGEST = 4000
URL_LONGEST = 2048
OPTIONS_MOST = 8
# What teachers write for a statement, in the tool's languages.
_TRUTHS = {"true": "true", "verdadero": "true", "verdad": "true", "false": "false", "falso": "false"}
_ADDRESS = re.compile(r"https?://[^\s/@]+(/\S*)?", re.IGNORECASE)


@dataclass(frozen=True)
class LessonDraft:
    """The head of a lesson. shows: ways to show it. below: the mark of its rule, a per cent as typed."""

    title: str
    aim: str = ""
    topic: str = ""
    shows: Sequence[str] = ()
    item_id: int | None = None
    after_id: int | None = None
    below: str = ""


@dataclass(frozen=True)
class PartDraft:
    """A resource. url: of a link; item_id: of work in the course."""

    kind: str
    format: str
    name: str = ""
    url: str = ""
    item_id: int | None = None


@dataclass(frozen=True)
class QuestionDraft:
    """A question. options: one a line, the right one marked by `right` (its number from 1).

    right: of a short answer one right text a line, of a statement `true` or `false`.
    """

    kind: str
    text: str
    options: str = ""
    right: str = ""
    feedback: str = ""


def lines(text: str) -> list[str]:
    """The lines that say something, each once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def per_cent(typed: str) -> Decimal | None:
    """A mark over 0 and up to 100 as it was typed; None for anything else."""
    try:
        number = Decimal(typed.strip().removesuffix("%").strip().replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 < number <= 100 else None


def lesson_problems(draft: LessonDraft) -> list[Problem]:
    """What is wrong with the head of a lesson."""
    problems = []
    if not draft.title:
        problems.append(Problem("title", "empty", lambda _: _("Give the lesson a name.")))
    if any(one not in set(Show) for one in draft.shows):
        problems.append(Problem("shows", "unknown", lambda _: _("Choose from the list.")))
    ruled = draft.item_id is not None or draft.after_id is not None
    if draft.item_id is not None and draft.after_id is not None:
        problems.append(Problem("item_id", "both", lambda _: _("Choose one of the two.")))
    if ruled and per_cent(draft.below) is None:
        problems.append(Problem("below", "below", lambda _: _("Write a per cent, such as 70.")))
    if draft.below and not ruled:
        problems.append(Problem("item_id", "of_what", lambda _: _("Choose what the score is of.")))
    return problems


def part_problems(draft: PartDraft, *, has_file: bool) -> list[Problem]:
    """What is wrong with a resource."""
    problems = []
    if draft.kind not in set(PartKind):
        problems.append(Problem("kind", "unknown", lambda _: _("Choose from the list.")))
    if draft.format not in set(Format):
        problems.append(Problem("format", "format", lambda _: _("Say what it is made of.")))
    if draft.kind == PartKind.LINK and not (
        len(draft.url) <= URL_LONGEST and _ADDRESS.fullmatch(draft.url) and draft.url.isprintable()
    ):
        problems.append(Problem("url", "url", lambda _: _("Write an address that begins with https://.")))
    if draft.kind == PartKind.WORK and draft.item_id is None:
        problems.append(Problem("work", "work", lambda _: _("Choose work of this course.")))
    if draft.kind in (PartKind.FILE, PartKind.AUDIO) and not has_file:
        problems.append(Problem("file", "file", lambda _: _("Choose a file.")))
    if draft.kind == PartKind.LINK and not draft.name:
        problems.append(Problem("name", "name", lambda _: _("Say what it is, in a few words.")))
    return problems


def question_problems(draft: QuestionDraft) -> list[Problem]:
    """What is wrong with a question."""
    problems = []
    if not draft.text:
        problems.append(Problem("text", "empty", lambda _: _("Write the question.")))
    if draft.kind not in set(QuestionKind):
        problems.append(Problem("qkind", "unknown", lambda _: _("Choose from the list.")))
    options = lines(draft.options)
    if draft.kind == QuestionKind.CHOICE:
        if not 2 <= len(options) <= OPTIONS_MOST:
            problems.append(
                Problem(
                    "options", "options", lambda _: _("Write two to eight answers, each on its own line.")
                )
            )
        elif not right_of(draft):
            problems.append(
                Problem("right", "right", lambda _: _("Write the number of the right answer, such as 2."))
            )
    elif draft.kind == QuestionKind.TRUE_FALSE and not right_of(draft):
        problems.append(Problem("right", "right", lambda _: _("Write “true” or “false”.")))
    elif draft.kind == QuestionKind.SHORT and not right_of(draft):
        problems.append(Problem("right", "right", lambda _: _("Write what is right; one answer a line.")))
    return problems


def right_of(draft: QuestionDraft) -> list[str]:
    """The texts that are right."""
    if draft.kind == QuestionKind.CHOICE:
        options, typed = lines(draft.options), draft.right.strip()
        number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else 0
        return [options[number - 1]] if 0 < number <= len(options) else []
    if draft.kind == QuestionKind.TRUE_FALSE:
        return [_TRUTHS[folded(draft.right)]] if folded(draft.right) in _TRUTHS else []
    return lines(draft.right)
