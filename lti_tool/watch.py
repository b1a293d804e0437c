"""The deadline of an exchange: when it is over its sockets are shut, however slowly the other side speaks.

A timeout only limits each silence. One thread of the process sees to every deadline, since a timer for each
would cost as much as a small request.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# How long the thread sleeps at most, and how long it stays when nothing is left to watch.
LONGEST_SLEEP = 5.0
_this_thread = threading.local()


class TooSlow(OSError):
    """The deadline of the whole exchange is over."""


class Watch:
    """The deadline of one exchange: when it is over, its sockets are shut and no new one is made."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    @property
    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.ends - time.monotonic())

    def add(self, sock: socket.socket) -> None:
        """Watch this connection. A copy of its descriptor is kept, as TLS takes the socket apart."""
        copy = socket.socket(sock.family, sock.type, fileno=os.dup(sock.fileno()))
        with self._lock:
            self._sockets.append(copy)
        if not self.left:
            self.shut()

    def shut(self) -> None:
        """Whoever reads from or writes to its connections is told that they ended."""
        with self._lock:
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """The exchange is over, well or not."""
        with self._lock:
            for sock in self._sockets:
                sock.close()
            self._sockets.clear()


class _Watchman:
    """Shuts what is over. It is woken only for a deadline that comes before it would look anyway."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._watched: set[Watch] = set()
        self._looks_at = 0.0
        self._at_work = False

    def begin(self, watch: Watch) -> None:
        with self._turn:
            self._watched.add(watch)
            if not self._at_work:
                threading.Thread(target=self._look, name="deadlines", daemon=True).start()
                self._at_work = True
            elif watch.ends < self._looks_at:
                self._turn.notify()

    def end(self, watch: Watch) -> None:
        with self._turn:
            self._watched.discard(watch)

    def _look(self) -> None:
        with self._turn:
            while self._watched:
                now = time.monotonic()
                for watch in [one for one in self._watched if one.ends <= now]:
                    watch.shut()
                    self._watched.discard(watch)
                self._looks_at = min([now + LONGEST_SLEEP, *(one.ends for one in self._watched)])
                self._turn.wait(self._looks_at - now)
            self._at_work = False


_watchman = _Watchman()


def _forget() -> None:
    """A forked process has none of the threads."""
    global _watchman
    _watchman = _Watchman()


os.register_at_fork(after_in_child=_forget)


@contextmanager
def deadline(seconds: float | None, sock: socket.socket | None = None) -> Iterator[None]:
    """Ends every exchange of this thread after so many seconds, all retries and redirects included.

    sock: a connection that was made before.

    Raises:
        TooSlow: it was over before the block was.
    """
    if seconds is None:
        yield
        return
    watch, watchman = Watch(seconds), _watchman
    if sock is not None:
        watch.add(sock)
    watchman.begin(watch)
    _this_thread.watch = watch
    try:
        yield
    except Exception as error:
        if not watch.left:
            raise TooSlow("the answer took too long") from error
        raise
    finally:
        _this_thread.watch = None
        watchman.end(watch)
        watch.end()
    if not watch.left:
        raise TooSlow("the answer took too long")


def this_watch() -> Watch | None:
    """The deadline this thread is under."""
    return getattr(_this_thread, "watch", None)
