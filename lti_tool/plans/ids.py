"""What the id of a row can be."""

from __future__ import annotations

from typing import TypeGuard

ID_MOST = 2**31 - 1


def is_row_id(number: int | None) -> TypeGuard[int]:
    """Whether a number from outside can be the id of a row at all (PostgreSQL's integers end)."""
    return number is not None and 0 < number <= ID_MOST
