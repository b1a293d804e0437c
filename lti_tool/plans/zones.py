"""Whose day it is: a course's time zone, and the day of a moment in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=256)
def zone_named(name: str) -> tzinfo:
    """A time zone; UTC for a name nobody knows."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return UTC


def course_zone(context_zone: str | None, registration_zone: str | None) -> tzinfo:
    """The course's zone, else the registration's, else UTC."""
    return zone_named(context_zone or registration_zone or "UTC")


def day_in(at: datetime | None, zone: tzinfo) -> date | None:
    """The day of a moment in a course's zone."""
    return None if at is None else at.astimezone(zone).date()
