"""The words of lessons that several pages say."""

from __future__ import annotations

from flask_babel import gettext as _

from lti_tool.overview.lesson_rules import Because
from lti_tool.plans.lessons import format_words, question_words, right_words, show_words
from lti_tool.plans.rounding import number_text


def lesson_words() -> dict[str, object]:
    """What templates of lessons are given."""
    return {
        "formats": format_words(_),
        "show_words": show_words(_),
        "question_words": question_words(_),
        "right_words": lambda right, count: right_words(right, count, _),
        "because_words": because_words,
        "pairs": lambda options: [(one, one) for one in options],
    }


def because_words(because: Because) -> str:
    """The rule of a suggestion with its numbers: never silent."""
    numbers = {"name": because.name, "percent": number_text(because.percent)}
    below = number_text(because.below)
    if because.self_check:
        return _(
            "Suggested because your self-check in “%(name)s” was %(percent)s%%, under %(below)s%%.",
            **numbers,
            below=below,
        )
    return _("Suggested because “%(name)s” was %(percent)s%%, under %(below)s%%.", **numbers, below=below)
