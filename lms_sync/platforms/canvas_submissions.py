"""Everybody's submissions of one Canvas course, as cells, in as many lists as it is worth (canvas.md §5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

import requests

from lms_sync.platforms.abreast import abreast
from lms_sync.platforms.base import Came, ItemRow, Page, ResultRow, Wanted
from lms_sync.platforms.canvas_cells import (
    Columns,
    Submission,
    columns_of,
    result_row,
    submission,
    submissions,
)
from lms_sync.platforms.canvas_door import CanvasDoor
from lms_sync.platforms.canvas_list import Answer, CanvasList
from lms_sync.platforms.errors import LmsError

# Clocks differ and `graded_since` is strictly "later than", so each reading looks back this far again.
OVERLAP = timedelta(minutes=10)
# What a submission says besides, and nothing of ours asks for: it would be most of the answer.
LEFT_OUT = (
    "attachments,attempt,body,discussion_entries,entered_grade,entered_score,extra_attempts,grader_id,"
    "grading_period_id,late_policy_status,points_deducted,preview_url,redo_request,seconds_late,sticker,"
    "submission_type,url"
)
PAGE = 100
# Columns named in one request; addresses have an end, and each page's Link header repeats them.
MOST_NAMED = 50
# Lists read side by side: each may end in a page that is not full, so their number is the price.
MOST_ABREAST = 4
# A course of fewer pages than this is read one page after the other.
WORTH_IT = 8
# How the list of every column is called, before their numbers.
ALL = "all:"
Query = list[tuple[str, str]]


def cells_query() -> Query:
    """What is asked of every list of submissions: everybody's, and nothing that is not used."""
    query = [("student_ids[]", "all"), ("per_page", str(PAGE)), ("include[]", "visibility")]
    return query + [("exclude_response_fields[]", field) for field in LEFT_OUT.split(",")]


@dataclass(frozen=True)
class CanvasSubmissions:
    """Reads the submissions of one course.

    course: its path, `courses/7`. items: its columns by key. manual: keys of those posted by hand.
    """

    door: CanvasDoor
    course: str
    items: Mapping[str, ItemRow]
    manual: frozenset[str]

    def pages(self, wanted: Wanted) -> Iterator[Page[ResultRow]]:
        """All of them, those of some columns, or in two passes what was graded and handed in since."""
        if wanted.keys is not None:
            keys = [key for key in wanted.keys if self._is_listed(key)]
            yield from self._read([self._list(self._named(some)) for some in _parts(keys, MOST_NAMED)])
        elif wanted.since is None:
            yield from self._everything(len(wanted.learners), wanted.came)
        else:
            since = (wanted.since - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
            names = ("graded_since", "submitted_since")
            yield from self._read([self._list([(name, since)]) for name in names])

    def _everything(self, learners: int, came: Mapping[str, str | None]) -> Iterator[Page[ResultRow]]:
        """Every cell; a big course as several lists of columns side by side, as many as the pace allows.

        A list is called by the numbers of its columns. Bookmarks name the last submission before them, so
        a list goes on where it came to, whatever was added or removed since.
        """
        keys = [key for key in self.items if self._is_listed(key)]
        in_one = ALL + ",".join(sorted(self.items[key].lms_id for key in keys))
        begun = self._begun(came, keys)
        most = min(MOST_ABREAST, self.door.wire.pace.room(), len(keys))
        if in_one in came or (not begun and (most < 2 or learners * len(keys) < WORTH_IT * PAGE)):
            at = came.get(in_one, "")
            yield from self._read([] if at is None else [self._list([], in_one, at)])
            return
        known = {key for some in begun for key in some}
        left = [key for key in keys if key not in known]
        shares = [list(_parts(left[number::most], MOST_NAMED)) for number in range(most)]
        lists = begun + [list(some) for share in shares for some in share]
        places = [(some, name, came.get(name, "")) for some in lists if (name := self._name(some))]
        try:
            left_over = [(self._named(some), name, at) for some, name, at in places if at is not None]
            yield from self._read([self._list(*each, long=True) for each in left_over], most)
        except LmsError as error:
            if error.status != 403 or error.code == "throttled":
                raise
            # A column was removed or unpublished since they were listed; asked without names, all is well.
            yield from self._read([self._list([], in_one)])

    def _begun(self, came: Mapping[str, str | None], keys: Sequence[str]) -> list[list[str]]:
        """The lists an earlier reading had begun, of columns that are all still there."""
        by_number = {self.items[key].lms_id: key for key in keys}
        lists = [name.split(",") for name in came if not name.startswith(ALL)]
        return [[by_number[one] for one in some] for some in lists if all(one in by_number for one in some)]

    def _name(self, keys: Sequence[str]) -> str:
        return ",".join(self.items[key].lms_id for key in keys)

    def _is_listed(self, key: str) -> bool:
        """Whether submissions of this column may be asked for by name: drafts have none."""
        return key in self.items and self.items[key].published

    def _named(self, keys: Sequence[str]) -> Query:
        return [("assignment_ids[]", self.items[key].lms_id) for key in keys]

    def _list(self, more: Query, name: str = "", at: str = "", *, long: bool = False) -> CanvasList:
        """One list, from its begin or from a place in it on. long: of more than one page, surely."""
        path = f"{self.course}/students/submissions"
        first = f"{self.door.url(path)}?{at}" if at else self.door.url(path, cells_query() + more)
        return CanvasList(self.door, first, name, long)

    def _read(self, lists: Sequence[CanvasList], most: int = 1) -> Iterator[Page[ResultRow]]:
        columns = columns_of(self.items.values(), self.manual)
        try:
            with closing(abreast(lists, most)) as answers:
                for answer in answers:
                    yield self._page(answer, columns)
        finally:
            self.door.hang_up()

    def _page(self, answer: Answer, columns: Columns) -> Page[ResultRow]:
        rows = self._rows(answer.response)
        good = [cell for said in rows if said and (cell := result_row(said, columns)) is not None]
        # Cells of columns we left out on purpose (our own, new since the list) are nobody's mistake.
        came = Came(answer.list_name, answer.rest) if answer.list_name else None
        return Page(good, bad=rows.count(None), came=came)

    def _rows(self, response: requests.Response) -> Sequence[Submission | None]:
        try:
            return submissions(response.content)
        except (ValueError, RecursionError):
            return [submission(row) for row in self.door.listed(response)]


def _parts(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
