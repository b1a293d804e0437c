"""Days that count, and when a day ends (domain.md §3.4 breaks, §3.5 time zone)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo

GRACE = timedelta(days=14)  # after a due day, before work is missing and an end is settled
END_OF_DAY = time(23, 59, 59)


def is_break(day: date, breaks: Sequence[tuple[date, date]]) -> bool:
    """Whether a day lies in a school break, first and last day included."""
    return any(first <= day <= last for first, last in breaks)


def school_days(after: date, until: date, breaks: Sequence[tuple[date, date]] = ()) -> int:
    """Days after one day and up to another, without those in breaks; overlapping breaks count once."""
    days = (until - after).days
    if days <= 0:
        return min(0, days)
    if not breaks:
        return days
    off: set[date] = set()
    for first, last in breaks:
        day = max(first, after + timedelta(days=1))
        while day <= min(last, until):
            off.add(day)
            day += timedelta(days=1)
    return days - len(off)


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """The last second of a day in a course's zone: a goal due that day is open until then."""
    return datetime.combine(day, END_OF_DAY, tzinfo=zone)
