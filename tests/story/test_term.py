"""One term of a plan in real Chromium, as student, teacher, guardian, mentor and peer; the clock moves."""

from __future__ import annotations

import pytest

from tests.story import scenes
from tests.story.term import Term

# A page that came too late is a slow machine, and the term is tried once more; a wrong page is not.
pytestmark = [pytest.mark.browser, pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError"])]


def test_a_term(term: Term) -> None:
    """Ten weeks: from the first launch to the goal after the one that was reached."""
    term.set_homework(10)
    for scene in (
        scenes.start,
        scenes.profile,
        scenes.portfolio,
        scenes.conference,
        scenes.two_goals,
        scenes.steps,
        scenes.grades_fall,
        scenes.suggestion,
        scenes.check_ins,
        scenes.peer,
        scenes.regrade,
        scenes.reached,
        scenes.next_goal,
    ):
        scene(term)
