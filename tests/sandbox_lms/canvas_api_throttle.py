"""Canvas's leaky bucket of a token (specs/canvas.md §7): cost and what remains, on every answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Response

HIGH_WATER, OUTFLOW, UP_FRONT = 600.0, 10.0, 50.0


def throttled(status: int = 403, retry_after: float = 0) -> Response:
    """Canvas's throttled answer: text, 403 (stored source) or 429 (hosted since 2025-10)."""
    answer = Response(
        "403 Forbidden (Rate Limit Exceeded)\n", status, content_type="text/plain; charset=utf-8"
    )
    answer.headers["X-Rate-Limit-Remaining"] = "0.0"
    answer.headers["X-Request-Cost"] = "0.0"
    if retry_after:
        answer.headers["Retry-After"] = str(max(round(retry_after), 1))
    return answer


@dataclass
class _Bucket:
    touched: float
    count: float = 0.0

    def leak(self, now: float) -> None:
        self.count = max(self.count - (now - self.touched) * OUTFLOW, 0.0)
        self.touched = now


@dataclass
class Throttle:
    """One bucket a token. `enter` false = full. clock: seconds."""

    clock: Callable[[], float] = time.monotonic
    buckets: dict[str, _Bucket] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, token: str) -> bool:
        with self.lock:
            bucket = self.buckets.setdefault(token, _Bucket(self.clock()))
            bucket.leak(self.clock())
            if bucket.count >= HIGH_WATER:
                return False
            bucket.count += UP_FRONT
            return True

    def leave(self, token: str, seconds: float) -> tuple[float, float]:
        """(cost of this request, what remains): the up-front part is given back."""
        with self.lock:
            bucket = self.buckets[token]
            bucket.leak(self.clock())
            bucket.count = max(bucket.count - UP_FRONT, 0.0) + seconds
            return seconds, HIGH_WATER - bucket.count
