"""When a figure is too old to be called a status: a day after its course was last read (domain.md §3.5)."""

from __future__ import annotations

from datetime import datetime, timedelta

STALE = timedelta(hours=24)


def is_stale(read_at: datetime | None, now: datetime, *, over: bool = False) -> bool:
    """Whether what was read is older than a day. over: the course has ended, so nothing new is awaited.

    A course that was never read is not out of date: its pages say that instead.
    """
    return not over and read_at is not None and now - read_at > STALE
