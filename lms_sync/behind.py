"""One thing being written while the next is made ready, in the order they were given."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType


class OneBehind:
    """A thread of its own that does one thing at a time; whoever gives it the next waits for the last.

    The databases do most of their work while other threads run. What goes wrong is raised to whoever waits,
    from then on each time, and nothing more is done: what comes later may count on what came before.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="behind")
        self._last: Future[None] | None = None

    def do(self, work: Callable[[], None]) -> None:
        """Have this done, once what was given before is; raises what went wrong with that."""
        self.wait()
        self._last = self._pool.submit(work)

    def wait(self) -> None:
        """Until everything is done; raises what went wrong."""
        if self._last is not None:
            self._last.result()

    def __enter__(self) -> OneBehind:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)
