"""Texts that people type, made fit to be kept; what is wrong is said field by field."""

from __future__ import annotations

from collections.abc import Sequence

from lti_tool.plans.goal import Problem


class Incomplete(Exception):
    """What was typed cannot be kept as it is; each problem names its field. Nothing was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__([problem.code for problem in problems])
        self.problems = list(problems)


class Overtaken(Exception):
    """Somebody else saved the row meanwhile. theirs: field → what stands there now, with its version."""

    def __init__(self, theirs: dict[str, str], version: int) -> None:
        super().__init__(version)
        self.theirs = theirs
        self.version = version


def tidy(text: str) -> str:
    """Lines end one way, and there is no space at the ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def text_problems(field: str, text: str, most: int) -> list[Problem]:
    """Whether a tidy text can be kept."""
    if len(text) > most:
        return [
            Problem(
                field,
                "long",
                lambda _: _("That is too long. Use at most %(most)s characters.", most=most),
            )
        ]
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return [Problem(field, "characters", lambda _: _("A character in it cannot be kept. Type it again."))]
    return []
