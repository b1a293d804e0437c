"""Addresses, times and numbers as LTI's Assignment and Grade Services write them (lti.md §7)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit, urlunsplit


def under(url: str, what: str) -> str:
    """`/scores` or `/results` of a line item: before the `?` (moodle.md AGS)."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{what}"))


def stamp(moment: datetime) -> str:
    """A time with milliseconds, as AGS wants it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain(number: Decimal) -> int | float:
    """A JSON number: whole ones without a point, others to five places, as Moodle keeps them."""
    return int(number) if number == number.to_integral_value() else float(round(number, 5))
