"""Marking a self-check, and what a lesson needs before it is given (domain.md A21, B9, B3)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lti_tool.plans.groups import Approach, GroupKind, is_large, rests
from lti_tool.plans.lesson_draft import QuestionDraft, per_cent, question_problems, right_of
from lti_tool.plans.lessons import Question, QuestionKind, give_problems, is_suggested, mark

SHORT = [
    ("-5", ["-5"], True),
    (" \u22125 ", ["-5"], True),
    ("-5.0", ["-5"], True),
    ("0,5", ["0.5"], True),
    ("Más", ["mas"], True),
    ("minus  FIVE.", ["minus five"], True),
    ("6", ["5", "7"], False),
    ("", ["5"], None),
    ("NaN", ["5"], False),
    ("1e999999", ["5"], False),
]


@pytest.mark.parametrize(("answer", "right", "wanted"), SHORT)
def test_short_answers_are_compared_kindly(answer: str, right: list[str], wanted: bool | None) -> None:
    question = Question(1, QuestionKind.SHORT, "?", [], right)
    assert mark([question], {1: answer})[0].right is wanted


def test_a_choice_is_right_by_its_words_and_an_answer_to_nothing_is_left() -> None:
    question = Question(1, QuestionKind.CHOICE, "?", ["a", "b"], ["b"], "Look again")
    assert [mark([question], {1: text})[0].right for text in ("a", "b", "")] == [False, True, None]
    assert mark([question], {2: "b"})[0].right is None


@pytest.mark.parametrize(
    ("formats", "shows", "codes"),
    [
        ([], [], ["ways"]),
        (["text", "text"], [], ["ways"]),
        (["text", "audio"], [], []),
        (["text", "audio"], ["write"], ["shows"]),
        (["text", "audio"], ["write", "draw"], []),
    ],
)
def test_two_ways_are_offered(formats: list[str], shows: list[str], codes: list[str]) -> None:
    assert [problem.code for problem in give_problems(formats, shows)] == codes


def test_the_mark_of_a_rule() -> None:
    assert is_suggested(Decimal("69.9"), Decimal(70))
    assert not is_suggested(Decimal(70), Decimal(70))
    assert not is_suggested(None, Decimal(70))
    assert not is_suggested(Decimal(1), None)
    typed = ["70", "70 %", "62,5", "0", "101", "x", "NaN", ""]
    assert [per_cent(text) for text in typed] == [70, 70, Decimal("62.5"), None, None, None, None, None]


def test_what_is_right_is_read_in_each_language() -> None:
    statement = QuestionKind.TRUE_FALSE.value
    words = ["true", "Verdadero", " FALSO ", "maybe"]
    found = [right_of(QuestionDraft(statement, "?", right=text)) for text in words]
    assert found == [["true"], ["true"], ["false"], []]
    choice = QuestionDraft(QuestionKind.CHOICE.value, "?", options="a\n\n b \na", right="2")
    assert right_of(choice) == ["b"]
    assert question_problems(choice) == []


def test_groups_rest_and_are_warned_of() -> None:
    assert rests(GroupKind.SMALL, Approach.FULL)
    assert not rests(GroupKind.SESSION, Approach.FULL)
    assert not rests(GroupKind.SMALL, None)
    assert [is_large(count) for count in (9, 10)] == [False, True]
