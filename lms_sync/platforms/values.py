"""Typed values out of an LMS's rows, whatever stands in them, such as every database can keep. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any


def text(value: Any, limit: int = 1024) -> str:
    """A string or number as text that every database takes; everything else is empty."""
    if isinstance(value, str):
        return (value if value.isascii() and "\0" not in value else _storable(value))[:limit]
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):  # a union costs thrice as much
        return str(value)[:limit]
    return ""


def _storable(value: str) -> str:
    """Without what JSON may say and no database keeps: a NUL, half of a character."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()


_TOO_MUCH = Decimal(10) ** 12
# In any zone a database or a page may show them in, moments of these years are moments Python can write.
FIRST_YEAR, LAST_YEAR = 2, 9998
LONGEST_TIME = 64


def decimal(value: Any) -> Decimal | None:
    """A finite number of a size grades have; None for anything else."""
    if value is None or isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        return None
    if isinstance(value, Decimal):
        return sane(value)
    return _kept(value) if value.__sizeof__() <= _SMALL else _number(value)


def sane(value: Decimal) -> Decimal | None:
    """The same for a number that was read as one."""
    if value.is_nan():  # one of the two kinds has no hash
        return None
    return _kept(value) if value.__sizeof__() <= _SMALL else _number(value)


def _number(value: int | str | Decimal) -> Decimal | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or not -_TOO_MUCH < number < _TOO_MUCH:
        return None
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -10:
        number = round(number, 10)
    return number if abs(number) < _TOO_MUCH else None


# Kept for a while, since grades are of few kinds; equal numbers stand for each other. Long ones are not.
_kept, _SMALL = lru_cache(maxsize=4096)(_number), 200


def iso_time(value: Any) -> datetime | None:
    """An ISO 8601 time, in UTC; one without a zone is taken as UTC; None for anything else."""
    return moment(value) if isinstance(value, str) and len(value) <= LONGEST_TIME else None


@lru_cache(maxsize=4096)
def moment(value: str | None) -> datetime | None:
    """The same for text of at most LONGEST_TIME characters, all of which is kept for a while.

    Dates due are a whole course's, and what is posted when it is graded says the same moment twice.
    """
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def unix_time(value: Any) -> datetime | None:
    """Seconds since 1970; 0 and anything else is None."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**34:
        return None
    return datetime.fromtimestamp(value, UTC)
