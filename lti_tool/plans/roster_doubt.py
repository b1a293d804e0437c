"""Why a list of people that was read to its end is not believed about who has left. Pure.

Nobody is lost by half a list (design.md rule 2): staff say whether those who are not on it have left.
"""

from __future__ import annotations

from lti_tool.plans.translate import Translate

EMPTY, HALF = "empty", "half"


def doubt(learners: int, last: int | None) -> str:
    """`empty`, `half` (under half of last time), or nothing: the list is believed."""
    if learners == 0 and last != 0:
        return EMPTY
    if last is not None and learners * 2 < last:
        return HALF
    return ""


def doubt_words(code: str, named: int, last: int, _: Translate) -> str:
    """The doubt as a sentence, and what to look at."""
    if code == EMPTY:
        return _(
            "The course's list names no learners. Nobody was marked as gone. "
            "They appear here once they are enrolled."
        )
    if code == HALF:
        return _(
            "Learners on the course's list: %(named)s. Last time: %(last)s. "
            "Nobody was marked as gone. Check the course's enrolments in the LMS.",
            named=named,
            last=last,
        )
    return ""
