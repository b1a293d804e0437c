"""What guardians read of a status, and when (domain.md §3.4 "Words by reader")."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.plans.guardian import is_worse, status_for_guardian
from lti_tool.plans.status import Status, words_for
from lti_tool.plans.translate import plain

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ON, LOOK, OFF, AHEAD = Status.ON_TRACK, Status.LOOK, Status.OFF_TRACK, Status.AHEAD


def at(hours):
    return NOON + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("history", "seen", "now", "reads"),
    [
        ([], None, 0, Status.JUST_STARTED),
        ([(ON, 0)], None, 0, ON),
        ([(ON, 0), (LOOK, 10)], None, 11, ON),
        ([(ON, 0), (LOOK, 10)], 9, 57, ON),
        ([(ON, 0), (LOOK, 10)], 10, 11, LOOK),
        ([(ON, 0), (LOOK, 10)], None, 58, LOOK),
        ([(ON, 0), (LOOK, 10), (OFF, 40)], None, 59, LOOK),
        ([(ON, 0), (LOOK, 10), (OFF, 40)], None, 88, OFF),
        ([(ON, 0), (OFF, 10), (LOOK, 60)], None, 61, LOOK),
        ([(ON, 0), (OFF, 10), (LOOK, 12)], None, 13, ON),
        ([(ON, 0), (LOOK, 10), (AHEAD, 11)], None, 11, AHEAD),
        ([(LOOK, 0)], None, 1, Status.JUST_STARTED),
        ([(Status.REACHED, 0), (ON, 1)], None, 2, Status.REACHED),
    ],
)
def test_a_worsened_status_waits_for_the_student_or_two_days(history, seen, now, reads):
    told = [(status, at(hours)) for status, hours in history]
    assert status_for_guardian(told, None if seen is None else at(seen), at(now)) is reads


def test_every_status_has_its_place():
    for status in Status:
        assert is_worse(status, Status.REACHED) is (status is not Status.REACHED)
    assert is_worse(OFF, LOOK)
    assert not is_worse(Status.EARLY_DAYS, ON)


def test_guardians_read_the_students_words():
    for status in (OFF, Status.CANNOT_REACH, Status.MISSING_WORK):
        assert words_for(status, "guardian", plain) == "Let's look"
    assert words_for(Status.WAITING, "guardian", plain) == "Waiting for student"
