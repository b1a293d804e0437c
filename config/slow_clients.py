"""A gunicorn worker whose threads no slow client can hold: what is sent has to arrive in time.

gunicorn reads a request on one of its few threads and waits for the rest of it for ever, so a handful of
connections that fell silent, or of people who mean it, would keep everybody out. A proxy in front that
takes in whole requests does the same better; not every one does.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

HEAD_SECONDS = 15.0  # for the request line and the headers
BODY_SECONDS = 20.0  # for the body, and more for a large one:
SLOWEST = 16 * 1024  # bytes a second


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's own threaded worker, and a watch that stops listening to whoever takes too long."""

    def init_process(self) -> None:
        """As gunicorn's, which comes back when the worker ends."""
        self.waits_until: dict[Any, float] = {}
        threading.Thread(target=self._watch, daemon=True).start()
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """One request of a connection, on a thread of its own."""
        self.waits_until[conn] = time.monotonic() + HEAD_SECONDS
        try:
            return super().handle(conn)
        finally:
            self.waits_until.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """The same, as soon as the headers are there."""
        self.waits_until[conn] = time.monotonic() + BODY_SECONDS + _length(req) / SLOWEST
        return super().handle_request(req, conn)

    def hang_up(self, now: float) -> None:
        """Listen no more to whom we waited for too long. What we still have to say can be said."""
        for conn, until in tuple(self.waits_until.items()):
            if until <= now:
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)

    def _watch(self) -> None:
        while True:
            time.sleep(1)
            self.hang_up(time.monotonic())


def _length(req: Any) -> int:
    """The size of the body, by its header; gunicorn has refused one that is no number."""
    said = [value for name, value in req.headers if name == "CONTENT-LENGTH"]
    return int(said[0]) if said else 0
