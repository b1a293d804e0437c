"""A value worked out when it is first asked for, and then kept: functools.cached_property without its lock.

Twenty thousand observations are asked in one go; what is asked here is the same whoever works it out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 - read as a word before a method
    """Put before a method without arguments."""

    def __init__(self, work_out: Callable[[Any], T]) -> None:
        self._work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, thing: Any, _owner: type | None = None) -> T:
        found = thing.__dict__[self._name] = self._work_out(thing)
        return found
