"""One Canvas course as a grade source (canvas.md §5)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests

from lms_sync.platforms.abreast import abreast
from lms_sync.platforms.base import (
    NOTHING,
    Came,
    Capabilities,
    CourseFacts,
    CourseParts,
    ItemRow,
    Ours,
    OwnSeen,
    Page,
    ResultRow,
    Wanted,
)
from lms_sync.platforms.canvas_cells import (
    Submission,
    columns_of,
    result_row,
    submission,
    submissions,
)
from lms_sync.platforms.canvas_course import CanvasCourse
from lms_sync.platforms.canvas_door import CanvasDoor
from lms_sync.platforms.canvas_rows import is_own_column, item_row, own_seen, posts_manually
from lms_sync.platforms.canvas_structure import course_facts, item_group_row
from lms_sync.platforms.course_rows import CourseFlags, ItemGroupRow
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.wire import Wire, text

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


class CanvasSource:
    """One Canvas course, through one access token.

    Args:
        api_url: Canvas's address, with or without /api/v1.
        course_ref: the numeric course id, or `lti_context_id:<context.id>`.
        own_host: our public address; assignments that launch it are our own line items.
        ours: columns we made that launch nothing.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        api_url: str,
        token: str,
        course_ref: str,
        own_host: str,
        ours: Ours = NOTHING,
        read_seconds: float,
    ) -> None:
        self._wire = wire
        self._door = CanvasDoor(wire, api_url=api_url, token=token)
        self._course = f"courses/{quote(course_ref, safe=':')}"
        self._own_host = own_host
        self._ours = ours
        self._own: list[OwnSeen] = []
        self._facts = CourseFacts()
        self._groups: list[Any] = []
        self._parts = CanvasCourse(wire, api_url=api_url, token=token, course_ref=course_ref)
        self._items: dict[str, ItemRow] = {}
        self._manual: frozenset[str] = frozenset()
        self.capabilities = Capabilities("Canvas", ("canvas_user_id",), True, read_seconds, lists_all=True)

    def may_read(self) -> None:
        """Canvas shows somebody who only learns or observes here their own rows, and says nothing.

        A key without the scope to ask who we are tells nothing of it; grades may be read all the same.
        """
        try:
            self._parts.limited_to()
        except LmsError as error:
            if error.code != "key_scope":
                raise

    def facts(self) -> CourseFacts:
        """The course's numeric id, time zone, name, whether it is over, and how it counts."""
        row = self._door.one(f"{self._course}?include[]=concluded&include[]=term")
        self._facts = course_facts(row)
        return self._facts

    def items(self) -> Sequence[ItemRow]:
        """Every assignment of every group, drafts included and marked, ours left out."""
        found: dict[str, ItemRow] = {}
        manual, own, groups = set(), [], []
        query = [("include[]", "assignments"), ("per_page", "100")]
        for group in self._door.rows(f"{self._course}/assignment_groups", query):
            if not isinstance(group, dict):
                raise self._wire.error("wrong_shape", "an assignment group without its assignments")
            if not isinstance(group.get("assignments"), list):
                raise self._wire.error("no_includes")
            groups.append(group)
            for row in group["assignments"]:
                if isinstance(row, dict) and is_own_column(row, self._ours):
                    own.append(own_seen(row))
                    continue
                item = item_row(row, group, self._own_host)
                if item is not None:
                    found[item.key] = item
                    if posts_manually(row):
                        manual.add(item.key)
        self._items, self._manual, self._own = found, frozenset(manual), own
        self._groups = groups
        return list(found.values())

    def item_groups(self, weighed: bool | None = None) -> Sequence[ItemGroupRow] | None:
        """The assignment groups; their weights only where the course weighs."""
        weighs = self._facts.flags.weighs if weighed is None else weighed
        rows = (item_group_row(group, weighs=weighs) for group in self._groups)
        return [row for row in rows if row is not None]

    @property
    def flags(self) -> CourseFlags:
        """How the course is set, as `facts` saw it."""
        return self._facts.flags

    def parts(self) -> CourseParts:
        """The course besides its gradebook, through the same token."""
        return self._parts

    def own_columns(self) -> Sequence[OwnSeen]:
        """Assignments that are columns we made."""
        return self._own

    def leave_out(self, own_id: str) -> bool:
        """Tick “Do not count this assignment towards the final grade”, where our account may."""
        path = f"{self._course}/assignments/{quote(own_id, safe='')}"
        return self._door.put(path, {"assignment": {"omit_from_final_grade": True}})

    def still_there(self, key: str) -> bool:
        """Canvas lists unpublished and hidden columns too."""
        return False

    def results(self, wanted: Wanted) -> Generator[Page[ResultRow]]:
        """Submissions: all of them, those of some columns, or in two passes what was graded and what was
        handed in since."""
        if wanted.keys is not None:
            for some in _parts([key for key in wanted.keys if self._is_listed(key)], MOST_NAMED):
                yield from self._submissions(self._named(some))
        elif wanted.since is None:
            yield from self._everything(len(wanted.learners), wanted.came)
        else:
            since = _iso(wanted.since - OVERLAP)
            for name in ("graded_since", "submitted_since"):
                yield from self._submissions([(name, since)])

    def _everything(self, learners: int, came: Mapping[str, str | None]) -> Iterator[Page[ResultRow]]:
        """Every cell; a big course as several lists of columns side by side, as many as the pace allows.

        A list is called by the numbers of its columns. Bookmarks name the last submission before them, so
        a list goes on where it came to, whatever was added or removed since (canvas.md §5).
        """
        keys = [key for key in self._items if self._is_listed(key)]
        in_one = ALL + ",".join(sorted(self._items[key].lms_id for key in keys))
        begun = self._begun(came, keys)
        lists = min(MOST_ABREAST, self._wire.pace.room(), len(keys))
        if in_one in came or (not begun and (lists < 2 or learners * len(keys) < WORTH_IT * PAGE)):
            yield from abreast([lambda: self._submissions([], in_one, came.get(in_one, ""))])
            return
        known = {key for some in begun for key in some}
        left = [key for key in keys if key not in known]
        shares: list[list[list[str]]] = [[] for _ in range(max(lists, 1))]
        for number, some in enumerate(some for some in begun if came[self._name(some)] is not None):
            shares[number % len(shares)].append(some)
        for number, share in enumerate(shares):
            share += [list(some) for some in _parts(left[number :: len(shares)], MOST_NAMED)]
        try:
            yield from abreast([self._reader(share, came) for share in shares if share])
        except LmsError as error:
            if error.status != 403:
                raise
            # A column was removed or unpublished since they were listed; asked without names, all is well.
            yield from self._submissions([], in_one)

    def _begun(self, came: Mapping[str, str | None], keys: Sequence[str]) -> list[list[str]]:
        """The lists an earlier reading had begun, of columns that are all still there."""
        by_number = {self._items[key].lms_id: key for key in keys}
        lists = [name.split(",") for name in came if not name.startswith(ALL)]
        return [[by_number[one] for one in some] for some in lists if all(one in by_number for one in some)]

    def _reader(
        self, share: list[list[str]], came: Mapping[str, str | None]
    ) -> Callable[[], Iterator[Page[ResultRow]]]:
        def read() -> Iterator[Page[ResultRow]]:
            for some in share:
                name = self._name(some)
                yield from self._submissions(self._named(some), name, came.get(name, ""))

        return read

    def _name(self, keys: Sequence[str]) -> str:
        return ",".join(self._items[key].lms_id for key in keys)

    def _is_listed(self, key: str) -> bool:
        """Whether submissions of this column may be asked for by name: drafts have none."""
        return key in self._items and self._items[key].published

    def _named(self, keys: Sequence[str]) -> list[tuple[str, str]]:
        return [("assignment_ids[]", self._items[key].lms_id) for key in keys]

    def without_flags(self, keys: Sequence[str]) -> Generator[Page[ResultRow]]:
        """No name breaks Canvas's lists."""
        yield from ()

    def user_ids(self, subs: Sequence[str]) -> dict[str, str]:
        """sub → numeric id, asked one by one."""
        found = {}
        for sub in subs:
            try:
                row = self._door.one(f"users/lti_1_3_id:{quote(sub, safe='')}/profile")
            except LmsError as error:
                if error.code in ("no_right", "no_course", "token_rights", "refused"):
                    continue
                raise
            if number := text(row.get("id"), 64):
                found[sub] = number
        return found

    def _submissions(
        self, more: list[tuple[str, str]], name: str = "", at: str | None = ""
    ) -> Iterator[Page[ResultRow]]:
        """One list to its end. name: what it is called in a whole reading; at: where it goes on."""
        if at is None:
            return
        path, columns = f"{self._course}/students/submissions", columns_of(self._items.values(), self._manual)
        for rows, rest in self._door.leads(path, cells_query() + more, self._read, at):
            good = [cell for said in rows if said and (cell := result_row(said, columns)) is not None]
            # Cells of columns we left out on purpose (our own, new since the list) are nobody's mistake.
            yield Page(good, bad=rows.count(None), came=Came(name, rest) if name else None)

    def _read(self, response: requests.Response) -> Sequence[Submission | None]:
        try:
            return submissions(response.content)
        except (ValueError, RecursionError):
            return [submission(row) for row in self._door.listed(response)]


def cells_query() -> list[tuple[str, str]]:
    """What is asked of every list of submissions: everybody's, and nothing that is not used."""
    query = [("student_ids[]", "all"), ("per_page", str(PAGE)), ("include[]", "visibility")]
    return query + [("exclude_response_fields[]", field) for field in LEFT_OUT.split(",")]


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _parts(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
