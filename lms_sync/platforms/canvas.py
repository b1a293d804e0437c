"""One Canvas course as a grade source (canvas.md §5)."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any
from urllib.parse import quote

from lms_sync.platforms.base import (
    NOTHING,
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
from lms_sync.platforms.canvas_course import CanvasCourse
from lms_sync.platforms.canvas_door import CanvasDoor
from lms_sync.platforms.canvas_rows import is_own, is_own_column, item_row, own_seen, posts_manually
from lms_sync.platforms.canvas_structure import course_facts, item_group_row
from lms_sync.platforms.canvas_submissions import CanvasSubmissions
from lms_sync.platforms.course_rows import CourseFlags, ItemGroupRow
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.values import text
from lms_sync.platforms.wire import Wire


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
        self._odd = False
        self.capabilities = Capabilities("Canvas", ("canvas_user_id",), True, read_seconds, lists_all=True)

    def may_read(self) -> None:
        """Canvas shows somebody who only learns or observes here their own rows, and says nothing.

        A key without the scope to ask who we are tells nothing of it; grades may be read all the same.
        """
        try:
            self._parts.limited_to()
        except LmsError as error:
            if error.code == "no_right":
                self._door.course(self._course)  # who does not see it at all is told so, and not of a right
            if error.code != "key_scope":
                raise

    def facts(self) -> CourseFacts:
        """The course's numeric id, time zone, name, whether it is over, and how it counts."""
        row = self._door.course(f"{self._course}?include[]=concluded&include[]=term")
        self._facts = course_facts(row)
        return self._facts

    def items(self) -> Sequence[ItemRow]:
        """Every assignment of every group, drafts included and marked, ours left out."""
        found: dict[str, ItemRow] = {}
        manual, own, groups, self._odd = set(), [], [], False
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
                if item is None:
                    self._odd = self._odd or not is_own(row, self._own_host)
                else:
                    found[item.key] = item
                    if posts_manually(row):
                        manual.add(item.key)
        self._items, self._manual, self._own = found, frozenset(manual), own
        self._groups = groups
        return list(found.values())

    def item_groups(self, weighed: bool | None = None) -> Sequence[ItemGroupRow] | None:
        """The assignment groups; weights only where the course weighs; None where one makes no sense."""
        weighs = self._facts.flags.weighs if weighed is None else weighed
        rows = [item_group_row(group, weighs=weighs) for group in self._groups]
        good = [row for row in rows if row is not None]
        return good if len(good) == len(rows) else None

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
        """Canvas lists unpublished and hidden columns too; but which one a row meant that makes no sense?"""
        return self._odd

    def results(self, wanted: Wanted) -> Generator[Page[ResultRow]]:
        """Submissions: all of them, those of some columns, or what was graded and handed in since."""
        reading = CanvasSubmissions(self._door, self._course, self._items, self._manual)
        yield from reading.pages(wanted)

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
