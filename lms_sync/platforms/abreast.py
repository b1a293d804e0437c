"""Several lists read side by side by one thread: each has one page on its way while others are worked on.

Threads would do the same, but take turns at running with whoever works on the pages, at a price a page.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Generator, Iterator, Sequence
from socket import socket
from typing import Protocol, TypeVar

Answer_co = TypeVar("Answer_co", covariant=True)
# Milliseconds until one of them is waited for alone, by the time limit of its connection.
LONGEST_LOOK = 1000


class Lead(Protocol[Answer_co]):
    """A list that can be asked for its next page before that is taken."""

    @property
    def ended(self) -> bool: ...

    @property
    def asked(self) -> bool: ...

    @property
    def socket(self) -> socket | None: ...

    def ask(self) -> None:
        """Ask for the next page, if there is one and nothing speaks against it."""

    def take(self, before_wait: Callable[[], None]) -> Answer_co:
        """The next page, asked for or not. before_wait: done before each wait for a busy LMS."""

    def hear(self) -> None:
        """Read what is on its way; `asked` goes on saying so, until it is taken."""

    def last(self) -> Answer_co | None:
        """What is on its way, if it is of use; nothing more is asked for."""

    def close(self) -> None: ...


def abreast(lists: Sequence[Lead[Answer_co]], most: int) -> Generator[Answer_co]:
    """What the lists give, up to `most` of them at a time, in whatever order it comes.

    The first trouble of any is raised here, after what others had asked for by then was given out.
    """
    waiting, active = list(lists), list[Lead[Answer_co]]()
    try:
        while waiting or active:
            while waiting and len(active) < most:
                active.append(waiting.pop(0))
            for one in active:
                if not one.asked:
                    one.ask()
            one = _ready(active)
            try:
                answer = one.take(lambda: _hear(active))
            except Exception:
                one.close()
                active.remove(one)
                yield from _last_of(active)
                raise
            if one.ended:
                one.close()
                active.remove(one)
            else:
                one.ask()  # now, so that it is on its way while this one is worked on
            yield answer
    finally:
        for one in active:
            one.close()


def _ready(active: Sequence[Lead[Answer_co]]) -> Lead[Answer_co]:
    """Of those that were asked one whose answer is there, else the one whose answer comes first.

    One that could not be asked waits for its turn, and that may only come when the others' answers are taken.
    """
    for one in active:
        if one.asked and one.socket is None:
            return one  # heard already
    asked = {one.socket.fileno(): one for one in active if one.asked and one.socket is not None}
    if len(asked) < 2:
        return next(iter(asked.values()), active[0])
    waiting = select.poll()
    for number in asked:
        waiting.register(number, select.POLLIN)
    found = waiting.poll(LONGEST_LOOK)
    return asked[found[0][0]] if found else next(iter(asked.values()))


def _hear(active: Sequence[Lead[Answer_co]]) -> None:
    """While one list waits, answers to the others must not count as in flight: others of us wait for that."""
    for one in active:
        one.hear()


def _last_of(active: Sequence[Lead[Answer_co]]) -> Iterator[Answer_co]:
    """What is on its way already, so that nobody made it in vain; more trouble is no news."""
    for one in active:
        if (answer := one.last()) is not None:
            yield answer
