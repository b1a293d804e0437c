"""Who needs the teacher now, and why: groups and reasons, pure."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lti_tool.plans.reasons import ORDER, Group, Need, first, group_of, group_words, reason_for
from lti_tool.plans.status import Status
from lti_tool.plans.translate import plain


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_place_a_group_and_a_reason(status: Status) -> None:
    assert status in ORDER
    assert group_of(status) in (Group.TALK, Group.SOON, Group.WELL)
    assert group_of(status, left=True) is Group.LEFT
    assert reason_for(Need(status), plain).endswith((".", "?"))
    assert "fail" not in reason_for(Need(status), plain).lower()


def test_the_goal_that_needs_most_decides() -> None:
    needs = [Need(Status.AHEAD), Need(Status.MISSING_WORK), Need(Status.WAITING)]
    assert first(needs).status is Status.MISSING_WORK
    assert first([]).status is Status.NOT_STARTED


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (Need(Status.CANNOT_REACH, Decimal("107.2")), "Would need 108 on what is left."),
        (Need(Status.CANNOT_REACH, None), "Nothing is left to be graded."),
        (Need(Status.WAITING, waited_days=0), "Your proposal waits for an answer."),
        (Need(Status.WAITING, waited_days=1), "one day"),
        (Need(Status.WAITING, waited_days=7), "7 days"),
    ],
)
def test_reasons_say_numbers(need: Need, words: str) -> None:
    assert words in reason_for(need, plain)


def test_groups_have_headings() -> None:
    assert [group_words(group, plain) for group in Group] == [
        "Talk first",
        "Soon",
        "Going well",
        "Left the course",
    ]
