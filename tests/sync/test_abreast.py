"""Lists read side by side: all of each, one page of each on its way, and nothing asked for in vain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from lms_sync.platforms.abreast import abreast


@dataclass
class Numbers:
    """A list of so many numbers; from `breaks` on it fails. asked: those it was asked for ahead."""

    first: int
    count: int
    breaks: int = 10**9
    taken: int = 0
    asked_for: list[int] = field(default_factory=list)
    asked: bool = False
    closed: bool = False
    socket = None

    @property
    def ended(self) -> bool:
        return self.taken >= self.count

    def ask(self) -> None:
        assert not self.closed
        self.asked = True
        self.asked_for.append(self.first + self.taken)

    def take(self, before_wait: Callable[[], None]) -> int:
        self.asked = False
        if self.taken >= self.breaks:
            raise ValueError(f"page {self.taken}")
        self.taken += 1
        return self.first + self.taken - 1

    def hear(self) -> None:
        """It was heard as soon as it was asked for."""

    def last(self) -> int | None:
        return self.take(self.hear) if self.asked else None

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(("lists", "most"), [(0, 1), (1, 4), (2, 4), (5, 2), (5, 1)])
def test_all_of_each_comes_in_its_own_order_asked_for_once(lists: int, most: int) -> None:
    leads = [Numbers(1000 * n, 30) for n in range(lists)]
    found = list(abreast(leads, most))
    assert sorted(found) == [1000 * n + m for n in range(lists) for m in range(30)]
    for lead in leads:
        own = [number for number in found if number // 1000 == lead.first // 1000]
        assert own == sorted(own) == lead.asked_for
        assert lead.closed


def test_the_first_trouble_is_raised_after_what_was_on_its_way() -> None:
    leads = [Numbers(0, 100, breaks=3), Numbers(1000, 100)]
    given = list[int]()
    with pytest.raises(ValueError, match="page 3"):
        given.extend(abreast(leads, 2))
    assert sorted(given) == sorted([0, 1, 2, *leads[1].asked_for])
    assert all(lead.closed for lead in leads)


def test_who_stops_listening_leaves_nothing_open() -> None:
    leads = [Numbers(0, 100), Numbers(1000, 100), Numbers(2000, 100)]
    pages = abreast(leads, 2)
    next(pages)
    pages.close()
    assert [lead.closed for lead in leads] == [True, True, False]  # the third was never begun
    assert sum(len(lead.asked_for) for lead in leads) <= 3


def test_who_could_not_be_asked_waits_until_the_others_answers_are_taken() -> None:
    """Its turn comes when theirs are over: waiting for it first would wait for itself."""

    @dataclass
    class Shy(Numbers):
        others: Numbers | None = None

        def ask(self) -> None:
            assert self.others is not None
            if self.others.ended:
                super().ask()

    busy = Numbers(0, 5)
    shy = Shy(1000, 3, others=busy)
    assert list(abreast([shy, busy], 2)) == [0, 1, 2, 3, 4, 1000, 1001, 1002]
