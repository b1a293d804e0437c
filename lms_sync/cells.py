"""What a cell of the gradebook says, compared with what is kept of it (design.md, Grades). Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from lms_sync.platforms.base import ResultRow
from lti_tool.plans.observation import UNASSIGNED

# Of a row its first two fields say whose it is, and the last one how it was read.
COUNTED = ResultRow._fields[2:-1]


class Stored(NamedTuple):
    """A result as it stands: what its newest version says, in the order of COUNTED, and the score on show.

    released_id: None where nothing was ever shown. released_excused: whether what is on show is an excuse.
    taken: the student was last shown that the work is not theirs; then what is released is what they were
    shown before that.
    """

    id: int
    said: tuple[Any, ...]
    released_id: int | None
    released_score: Decimal | None
    released_excused: bool = False
    taken: bool = False

    @property
    def score(self) -> Decimal | None:
        """Of the newest version, shown or not."""
        score: Decimal | None = self.said[0]
        return score


def counted_of(row: ResultRow) -> tuple[Any, ...]:
    """What a version keeps of a row, in the order of COUNTED."""
    return row[2:-1]


def is_news(row: ResultRow, old: Stored | None) -> bool:
    """Whether a cell has to be kept as a new version of what is stored: any field that counts differs.

    Equal numbers are no change whatever their digits, and equal moments whatever their zone.
    """
    if old is None:
        return not says_nothing(row)
    if row.unsure and row.score == old.score:
        return False
    return counted_of(row) != old.said


def says_nothing(row: ResultRow) -> bool:
    """Whether a cell is as empty as one that was never there."""
    return (
        row.score is None
        and not (row.excused or row.missing or row.late)
        and row.state in ("", "unsubmitted")
        and row.submitted_at is None
    )


def is_given_back(row: ResultRow, old: Stored) -> bool:
    """Whether work that was taken away is theirs again while its row is hidden: no version of it may be shown
    then, yet it is not "not theirs" any more."""
    return old.taken and row.hidden and row.state != UNASSIGNED


def as_shown(row: ResultRow, old: Stored | None) -> ResultRow:
    """An empty cell has nothing to hide, unless it would replace a released score or excuse that is on show.

    (Canvas counts an ungraded cell of a column posted by hand as not posted.) A cell that was not read as
    it is for the student (`unsure`) replaces nothing that is on show.
    """
    if not row.hidden or row.score is not None or row.excused:
        return row
    keeps = old is not None and (
        old.released_score is not None or old.released_excused or (row.unsure and old.released_id is not None)
    )
    return row if keeps else row._replace(hidden=False)
