"""Grades that are words: a place in an order, never a per cent (domain.md §3.2)."""

from __future__ import annotations

from collections.abc import Sequence

from lti_tool.plans.observation import Observation, Reason, no_grade, out_of_sight

PASS_FAIL = ("incomplete", "complete")
_DONE = frozenset({"complete", "pass", "passed"})
_NOT_DONE = frozenset({"incomplete", "fail", "failed"})


def rank_of(seen: Observation, scale: Sequence[str]) -> int | None:
    """The grade's place from 1 in words that go from low to high; None when it is none of them.

    The LMS's word decides; a scale item without one has its place as its score (moodle.md).
    """
    word = seen.text.strip().casefold()
    words = [one.strip().casefold() for one in scale]
    if word in words:
        return words.index(word) + 1
    if seen.kind == "pass_fail" and len(words) == len(PASS_FAIL):
        if word in _DONE or word in _NOT_DONE:
            return 1 + (word in _DONE)
        return None if seen.score is None else 1 + (seen.score > 0)
    if seen.kind == "scale" and seen.score is not None and seen.score == int(seen.score):
        place = int(seen.score)
        return place if 1 <= place <= len(words) else None
    return None


def why_no_rank(seen: Observation, scale: Sequence[str]) -> Reason | None:
    """Why it has no place, or None when it has."""
    reason = out_of_sight(seen) or no_grade(seen)
    if reason is not None:
        return reason
    return Reason.NOT_IN_SCALE if rank_of(seen, scale) is None else None
