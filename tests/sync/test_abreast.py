"""Lists read side by side: all of each, a bounded number ahead, and no thread left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from lms_sync.platforms.abreast import AHEAD, abreast


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("abreast-")]


def numbers(first: int, count: int, given: list[int] | None = None) -> Iterator[int]:
    for number in range(first, first + count):
        if given is not None:
            given.append(number)
        yield number


@pytest.mark.parametrize("lists", [0, 1, 2, 5])
def test_all_of_each_comes_in_its_own_order(lists: int) -> None:
    found = list(abreast([lambda n=n: numbers(1000 * n, 30) for n in range(lists)]))
    assert sorted(found) == [1000 * n + m for n in range(lists) for m in range(30)]
    for n in range(lists):
        own = [number for number in found if number // 1000 == n]
        assert own == sorted(own)
    assert readers() == []


def test_the_first_trouble_is_raised_and_the_others_end() -> None:
    def breaks() -> Iterator[int]:
        yield 1
        raise ValueError("page two")

    with pytest.raises(ValueError, match="page two"):
        list(abreast([lambda: numbers(0, 10_000), breaks]))
    assert readers() == []


def test_who_stops_listening_leaves_no_reader_and_little_was_read_ahead() -> None:
    given: list[int] = []
    pages = abreast([lambda: numbers(0, 10_000, given), lambda: numbers(20_000, 10_000, given)])
    next(pages)
    time.sleep(0.05)  # the readers go on as far as they may
    assert len(given) <= 2 * AHEAD + 4
    pages.close()
    assert readers() == []
