"""When the weekly e-mail goes: Monday mornings there, never at night, never in a break."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from lti_tool.plans.reminding import Entry, Waiting, digest_words, entry_words, is_quiet, next_digest
from lti_tool.plans.translate import plain

CHICAGO, MADRID = ZoneInfo("America/Chicago"), ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("after", "zone", "expected"),
    [
        ("2026-02-23T13:29:59+00:00", CHICAGO, "2026-02-23T07:30:00-06:00"),
        ("2026-02-23T13:30:00+00:00", CHICAGO, "2026-03-02T07:30:00-06:00"),  # that very moment: next week
        ("2026-03-03T12:00:00+00:00", CHICAGO, "2026-03-09T07:30:00-05:00"),  # clocks went forward between
        ("2026-10-21T12:00:00+00:00", MADRID, "2026-10-26T07:30:00+01:00"),  # and back
        ("2026-02-23T04:00:00+00:00", CHICAGO, "2026-02-23T07:30:00-06:00"),  # Sunday night there
    ],
)
def test_the_next_one_is_the_next_monday_morning_there(after: str, zone: ZoneInfo, expected: str) -> None:
    assert next_digest(datetime.fromisoformat(after), zone).isoformat() == expected


def test_a_break_moves_it_to_the_first_school_day_after() -> None:
    after = datetime.fromisoformat("2026-03-10T12:00:00+00:00")
    breaks = [(date(2026, 3, 16), date(2026, 3, 20))]
    assert next_digest(after, CHICAGO, breaks).date() == date(2026, 3, 23)
    breaks = [(date(2026, 3, 16), date(2026, 3, 17))]
    assert next_digest(after, CHICAGO, breaks).date() == date(2026, 3, 18)


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("2026-02-23T13:00:00+00:00", False),  # 07:00
        ("2026-02-23T12:59:00+00:00", True),
        ("2026-02-24T00:59:00+00:00", False),  # 18:59
        ("2026-02-24T01:00:00+00:00", True),
        ("2026-02-28T18:00:00+00:00", True),  # Saturday noon
    ],
)
def test_evenings_nights_and_weekends_are_quiet(at: str, quiet: bool) -> None:
    assert is_quiet(datetime.fromisoformat(at), CHICAGO) is quiet


def test_the_words_count_and_name_nothing() -> None:
    subject, text = digest_words(Waiting(steps=3, words=1), "https://plans.example/r/abc", plain)
    assert subject == "Your week in Personal Plans"
    assert "- Steps: 3" in text
    assert "- Words for you: 1" in text
    assert "Check-ins" not in text
    assert "https://plans.example/r/abc" in text
    assert not Waiting().anything
    assert entry_words(Entry("check_in", "1", date(2026, 3, 2)).kind, plain) == "Personal Plans: a check-in"
