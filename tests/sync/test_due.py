"""What is due when, and who goes first: pure rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.settings import Settings
from lms_sync.due import CourseState, Rank, choose, due, every, is_over, rank

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SETTINGS = Settings()


def ago(**by: float) -> datetime:
    return NOW - timedelta(**by)


FRESH = CourseState(
    1,
    True,
    registration_id=1,
    connection_id=1,
    roster_read_at=ago(hours=1),
    grades_read_at=ago(minutes=1),
    grades_full_at=ago(hours=3),
)


@pytest.mark.parametrize(
    ("differs", "minutes", "which"),
    [
        ({"board_seen_at": ago(minutes=1)}, 2, Rank.BOARD),
        ({"board_seen_at": ago(minutes=4), "due_near": True}, 10, Rank.LIVELY),
        ({"launched_at": ago(hours=23)}, 10, Rank.LIVELY),
        ({"launched_at": ago(hours=25), "stirred_at": ago(hours=25)}, 20, Rank.QUIET),
        ({"stirred_at": ago(hours=5)}, 10, Rank.QUIET),
        ({"stirred_at": ago(days=3.5)}, 80, Rank.QUIET),
        ({"stirred_at": ago(days=300)}, 360, Rank.QUIET),
        ({"stirred_at": ago(days=300), "tied": True}, 60, Rank.QUIET),
        ({"stirred_at": ago(days=1.5), "tied": True}, 20, Rank.QUIET),
        ({"stirred_at": NOW + timedelta(days=1)}, 10, Rank.QUIET),
        ({}, 10, Rank.QUIET),
    ],
)
def test_how_often(differs: dict[str, object], minutes: int, which: Rank) -> None:
    course = replace(FRESH, **differs)
    assert every(course, SETTINGS, NOW) == timedelta(minutes=minutes)
    assert rank(course, NOW) is which
    read_at = NOW - timedelta(minutes=minutes)
    if which is Rank.BOARD:
        read_at += timedelta(seconds=SETTINGS.tick_seconds)  # by the tick before
    assert due(replace(course, grades_read_at=read_at), SETTINGS, NOW) == "changes"
    assert due(replace(course, grades_read_at=read_at + timedelta(seconds=1)), SETTINGS, NOW) == ""


SHUT = NOW + timedelta(minutes=5)
STALE = {"grades_read_at": ago(days=1), "roster_read_at": ago(days=1)}


@pytest.mark.parametrize(
    ("differs", "kind"),
    [
        ({**STALE, "api_shut_until": SHUT}, "roster"),
        ({**STALE, "lti_shut_until": SHUT}, "changes"),
        ({**STALE, "api_shut_until": SHUT, "lti_shut_until": SHUT}, ""),
        ({**STALE, "api_shut_until": NOW}, "changes"),
        ({"failures": 1, "last_ended_at": ago(hours=1), "api_shut_until": SHUT}, ""),
        ({"ended_at": ago(hours=1)}, "full"),
        ({"ended_at": ago(hours=4), "grades_read_at": ago(days=9), "roster_read_at": ago(days=9)}, ""),
        ({"ended_at": ago(hours=1), "api_shut_until": SHUT}, ""),
        ({"ended_at": ago(hours=1), "active": True}, ""),
        ({"ended_at": ago(hours=2), "connected": False}, ""),
        ({"ended_at": ago(minutes=2), "connected": False}, "roster"),
    ],
)
def test_what_is_due_when_the_lms_rests_or_the_course_is_over(differs: dict[str, object], kind: str) -> None:
    course = replace(FRESH, **differs)
    if not course.connected:
        course = replace(course, roster_read_at=ago(hours=1))
    assert due(course, SETTINGS, NOW) == kind


def test_an_ended_course_is_read_once_more_and_then_never() -> None:
    ended = replace(FRESH, ended_at=ago(hours=1))
    assert not is_over(ended)
    read = replace(ended, grades_full_at=ago(minutes=30))
    assert is_over(read)
    assert due(replace(read, board_seen_at=NOW), SETTINGS, NOW + timedelta(days=400)) == ""


def crowd(count: int, registration_id: int = 1, **more: object) -> list[CourseState]:
    made = replace(FRESH, registration_id=registration_id, connection_id=registration_id, **more)
    return [
        replace(made, context_id=1000 * registration_id + n, grades_read_at=ago(minutes=30, seconds=n))
        for n in range(count)
    ]


def test_open_boards_then_lively_courses_then_those_that_wait_longest() -> None:
    quiet, lively, board = crowd(3), crowd(2, 2, due_near=True), crowd(1, 3, board_seen_at=NOW)
    chosen = choose([*quiet, *lively, *board], SETTINGS, NOW)
    assert [one.context_id for one in chosen] == [3000, 2001, 2000, 1002, 1001, 1000]


def test_a_large_school_keeps_no_small_one_waiting() -> None:
    chosen = choose([*crowd(500), *crowd(3, 2)], SETTINGS, NOW, room=20)
    assert Counter(one.registration_id for one in chosen) == {1: 17, 2: 3}
    assert {one.registration_id for one in chosen[:2]} == {1, 2}


def test_quiet_courses_get_a_part_however_many_boards_are_open() -> None:
    chosen = choose([*crowd(500, 1, board_seen_at=NOW), *crowd(10, 2)], SETTINGS, NOW, room=20)
    assert Counter(one.rank for one in chosen) == {Rank.BOARD: 15, Rank.QUIET: 5}


def test_nobody_starves() -> None:
    """A thousand courses, ten at a time: each is asked for before any is asked for twice."""
    courses = {course.context_id: course for course in crowd(1000)}
    asked: Counter[int] = Counter()
    for _ in range(100):
        for one in choose(courses.values(), SETTINGS, NOW, room=10):
            asked[one.context_id] += 1
            courses[one.context_id] = replace(courses[one.context_id], grades_read_at=NOW)
    assert set(asked.values()) == {1}
    assert len(asked) == 1000


def test_one_course_tries_where_the_lms_was_left_in_peace() -> None:
    half_open = crowd(50, 1, api_shut_until=ago(seconds=1))
    assert len(choose([*half_open, *crowd(2, 2)], SETTINGS, NOW)) == 3


def test_an_open_board_is_asked_for_by_the_tick_before_it_is_due() -> None:
    """Else what it shows grows older than two minutes by as long as the tick takes to come round."""
    board = replace(FRESH, board_seen_at=NOW)
    tick = SETTINGS.tick_seconds
    assert due(replace(board, grades_read_at=ago(seconds=119 - tick)), SETTINGS, NOW) == ""
    assert due(replace(board, grades_read_at=ago(seconds=120 - tick)), SETTINGS, NOW) == "changes"
    slow = SETTINGS.model_copy(update={"tick_seconds": 600})
    assert due(replace(board, grades_read_at=ago(seconds=59)), slow, NOW) == "", (
        "never more than twice as often"
    )
