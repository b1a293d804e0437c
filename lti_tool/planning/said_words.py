"""Words typed for others to read, checked once: there, not too long, and such that they can be kept."""

from __future__ import annotations

from lti_tool.plans.goal import GoalRefused, Problem, Sentence

WORDS_LONGEST = 2000


def checked_words(typed: str, field: str, empty: Sentence) -> str:
    """The words without spaces at the ends. empty: what to say where there are none.

    Raises:
        GoalRefused: none, too long, or with a character that cannot be kept.
    """
    words = typed.strip()
    problems = list(problems_with(words, field))
    if not words:
        problems.append(Problem(field, f"{field}_empty", empty))
    if problems:
        raise GoalRefused(problems)
    return words


def problems_with(words: str, field: str) -> list[Problem]:
    """What is wrong with words that may also be empty."""
    problems = []
    if len(words) > WORDS_LONGEST:
        problems.append(
            Problem(
                field,
                f"{field}_long",
                lambda _: _("That is too long. Use at most %(most)s characters.", most=WORDS_LONGEST),
            )
        )
    if "\0" in words or any("\ud800" <= letter <= "\udfff" for letter in words):
        problems.append(
            Problem(
                field,
                f"{field}_characters",
                lambda _: _("A character in it cannot be kept. Type it again."),
            )
        )
    return problems
