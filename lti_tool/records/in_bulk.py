"""Room for work on thousands of rows at once."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = 0
_wanted = True


@contextmanager
def in_bulk() -> Iterator[None]:
    """No search for cycles while the block runs: each would look at every row in hand, time after time.

    Rows and values hold no cycles; they go when the block lets go of them. For blocks of a second at most,
    as all threads of the process wait with it.
    """
    global _inside, _wanted
    with _lock:
        if not _inside:
            _wanted = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside and _wanted:
                gc.enable()
