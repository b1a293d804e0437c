"""What a cell of the gradebook says, compared with what is kept of it (design.md, Grades). Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from lms_sync.platforms.base import ResultRow
from lti_tool.records.types import number_text

# Of a row its first two fields say whose it is, and the last one how it was read.
COUNTED = ResultRow._fields[2:-1]


class Stored(NamedTuple):
    """A result as it stands: its newest version's digest and score, and whether a released one is shown."""

    id: int
    digest: str
    released_id: int | None
    released_score: Decimal | None
    score: Decimal | None = None


def digest(row: ResultRow) -> str:
    """A fingerprint of every field that counts; equal rows are no change.

    What is hashed is how Python writes the list of them; it must never look different, or everything
    that is stored would seem to have changed.
    """
    _, _, score, possible, text, state, hidden, excused, missing, late, waits, submitted, graded, due, _ = row
    flags = _flags(state, hidden, excused, missing, late, waits)
    said = (
        f"[{_number(score)}, {_number(possible)}, {text!r}, {flags},"
        f" {_moment(submitted)}, {_moment(graded)}, {_moment(due)}]"
    )
    return sha256(said.encode()).hexdigest()


@lru_cache(maxsize=4096)
def _flags(state: str, *flags: bool) -> str:
    """Of a course's cells most are of the same few kinds."""
    return ", ".join(map(repr, (state, *flags)))


def counted_of(row: ResultRow) -> tuple[Any, ...]:
    """What a version keeps of a row, in the order of COUNTED."""
    return row[2:-1]


@lru_cache(maxsize=4096)
def _number(value: Decimal | None) -> str:
    """Text that equal numbers share, whatever their digits. Kept for a while: grades are of few kinds."""
    return "None" if value is None else f"'{number_text(value)}'"


@lru_cache(maxsize=4096)
def _moment(value: datetime | None) -> str:
    """Text that equal moments share, whatever their zone. Kept for a while: a course's dates due are few."""
    if value is None:
        return "None"
    return f"'{(value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()}'"


def is_news(row: ResultRow, fingerprint: str, old: Stored | None) -> bool:
    """Whether a cell has to be kept as a new version of what is stored."""
    if old is None:
        return not says_nothing(row)
    if row.unsure and row.score == old.score:
        return False
    return fingerprint != old.digest


def says_nothing(row: ResultRow) -> bool:
    """Whether a cell is as empty as one that was never there."""
    return (
        row.score is None
        and not (row.excused or row.missing or row.late)
        and row.state in ("", "unsubmitted")
        and row.submitted_at is None
    )


def as_shown(row: ResultRow, old: Stored | None) -> ResultRow:
    """An empty cell has nothing to hide, unless a released score is on show that it would replace.

    (Canvas counts an ungraded cell of a column posted by hand as not posted.)
    """
    if row.hidden and row.score is None and not row.excused and (old is None or old.released_score is None):
        return row._replace(hidden=False)
    return row
