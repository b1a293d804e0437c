"""Several lists read side by side, each in a thread of its own, and given out one page at a time.

Only a few pages of each ever wait to be taken, so memory does not grow with the lists.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
_DONE = object()
# Pages of each list that may wait to be taken: enough to read on while as many are being stored.
AHEAD = 10


def abreast(lists: Sequence[Callable[[], Iterator[T]]]) -> Iterator[T]:
    """What the lists give, in whatever order it comes; the first trouble of any is raised here.

    Whoever stops listening early ends the threads: each finishes the request it is in, at most.
    """
    waiting: queue.Queue[Any] = queue.Queue(maxsize=AHEAD * len(lists))
    stop = threading.Event()
    threads = [
        threading.Thread(target=_read, args=(one, waiting, stop), name=f"abreast-{number}", daemon=True)
        for number, one in enumerate(lists)
    ]
    for thread in threads:
        thread.start()
    try:
        ended = 0
        while ended < len(threads):
            found, error = waiting.get()
            if error is not None:
                raise error
            if found is _DONE:
                ended += 1
            else:
                yield found
    finally:
        stop.set()
        for thread in threads:
            while thread.is_alive():
                _empty(waiting)
                thread.join(0.02)


def _read(one: Callable[[], Iterator[T]], waiting: queue.Queue[Any], stop: threading.Event) -> None:
    try:
        for found in one():
            waiting.put((found, None))
            if stop.is_set():
                return
        waiting.put((_DONE, None))
    except BaseException as error:
        waiting.put((None, error))


def _empty(waiting: queue.Queue[Any]) -> None:
    while True:
        try:
            waiting.get_nowait()
        except queue.Empty:
            return
