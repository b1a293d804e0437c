"""What a cell of the gradebook says, compared with what is kept of it (design.md, Grades). Pure."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from lms_sync.platforms.base import ResultRow

COUNTED = tuple(f.name for f in fields(ResultRow) if f.name not in ("item_key", "user_id", "unsure"))
counted_of = attrgetter(*COUNTED)


class Stored(NamedTuple):
    """A result as it stands: its newest version's digest and score, and whether a released one is shown."""

    id: int
    digest: str
    released_id: int | None
    released_score: Decimal | None
    score: Decimal | None = None


_PLAIN = frozenset({str, bool, type(None)})


def digest(row: ResultRow) -> str:
    """A fingerprint of every field that counts; equal rows are no change."""
    said = repr([value if type(value) in _PLAIN else _said(value) for value in counted_of(row)])
    return hashlib.sha256(said.encode()).hexdigest()


def _said(value: object) -> str:
    """Numbers and times as text that equal ones share, whatever their digits or zone."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime):
        return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()
    return str(value)


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
        return replace(row, hidden=False)
    return row
