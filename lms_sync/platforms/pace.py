"""How fast an LMS is asked: never below a reserve of what its answers say is left (canvas.md §7).

Canvas keeps one leaky bucket an access token, and one for all courses of an LTI tool. Each answer says
what remains, whoever used it: other threads, other processes, other machines. So that header is what we
all share, and each process only has to leave room for what the others may send before it hears of it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Canvas's own figures: a request in flight costs 50 until it is answered; the bucket empties by 10 a second.
UP_FRONT, OUTFLOW, HIGH_WATER = 50.0, 10.0, 600.0
# A third stays for others: six requests that other processes send at the same moment.
RESERVE = 200.0
MOST_IN_FLIGHT = 6
CROWDED_SECONDS = 0.05
# How much of what the dearest request cost is expected of the one after the next answer.
FORGOTTEN = 0.9
# More is never expected, so that there is always room for one.
DEAREST = 200.0
LONGEST_RETRY_AFTER = 3600.0


def full_jitter(most: float) -> float:
    """Some time up to `most` seconds, so that no two of us come back together."""
    return random.uniform(0, most)  # noqa: S311 - no secret


@dataclass
class Pace:
    """One bucket as this process knows it; its threads share it. clock: seconds, never going back."""

    clock: Callable[[], float] = time.monotonic
    most: int = MOST_IN_FLIGHT
    in_flight: int = 0
    _left: float | None = None
    _at: float = 0.0
    _fullest: float = 0.0
    _cost: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self) -> float:
        """0 = send now, and call `leave` when it is answered; else ask again after so many seconds."""
        with self._lock:
            if self.in_flight >= self.most:
                return CROWDED_SECONDS
            short = self._short_of(1)
            if short > 0:
                return max(short / OUTFLOW, CROWDED_SECONDS)
            self.in_flight += 1
            return 0.0

    def leave(self, headers: Mapping[str, str] | None = None) -> None:
        """The request was answered (headers) or came to nothing (None)."""
        left = number(headers.get("X-Rate-Limit-Remaining")) if headers is not None else None
        cost = number(headers.get("X-Request-Cost")) if headers is not None else None
        with self._lock:
            if cost is not None:
                # What was dear is likely to be dear again; it is forgotten slowly.
                self._cost = max(min(cost, DEAREST), self._cost * FORGOTTEN)
            self.in_flight = max(self.in_flight - 1, 0)
            if left is not None:
                self._left, self._at = left, self.clock()
                self._fullest = max(self._fullest, left)

    def room(self) -> int:
        """How many more requests may be sent at this moment; at least one, which may have to wait."""
        with self._lock:
            free = self.most - self.in_flight
            while free > 1 and self._short_of(free) > 0:
                free -= 1
            return max(free, 1)

    def _short_of(self, more: int) -> float:
        """By how much the reserve would be touched if so many more were sent."""
        if self._left is None:
            return 0.0
        # What we have in flight may or may not be in the figure we heard: it is taken off, to be safe.
        left = min(self._left + (self.clock() - self._at) * OUTFLOW, HIGH_WATER)
        left -= max(UP_FRONT, self._cost) * (self.in_flight + more)
        return min(RESERVE, self._fullest / 3) - left


@dataclass
class Paces:
    """Every pace of this process, by what shares a bucket: "api:7" a connection, "lti:2" a registration."""

    clock: Callable[[], float] = time.monotonic
    _known: dict[str, Pace] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, bucket: str) -> Pace:
        """The pace of a bucket, the same one each time."""
        with self._lock:
            return self._known.setdefault(bucket, Pace(self.clock))


def number(value: str | None) -> float | None:
    """A header's number; None where there is none that could be one."""
    try:
        found = float(value) if value else None
    except ValueError:
        return None
    return found if found is not None and abs(found) < 1e9 else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds an answer asks us to wait, said as a number or a date, an hour at most; None = it does not.

    A date is measured against the answer's own, so that clocks need not agree.
    """
    value = (headers.get("Retry-After") or "").strip()
    if not value:
        return None
    seconds = number(value)
    if seconds is None:
        until = http_date(value)
        if until is None:
            return None
        since = http_date(headers.get("Date") or "") or datetime.now(UTC)
        seconds = (until - since).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def http_date(value: str) -> datetime | None:
    """A date as HTTP writes it; None for anything else."""
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
