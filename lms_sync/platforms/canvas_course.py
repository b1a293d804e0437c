"""What Canvas tells about a course besides cells: sections, groups, enrolments, schemes (canvas.md §5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from lms_sync.platforms.base import Page
from lms_sync.platforms.canvas_door import VIEW_GRADES, CanvasDoor, Query
from lms_sync.platforms.canvas_structure import enrolment_row, group_row, is_tag, scheme_row, section_row
from lms_sync.platforms.course_rows import STAFF, GroupRow, LmsEnrolmentRow, SchemeRow, SectionRow
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.values import text
from lms_sync.platforms.wire import Wire

# Everyone who was ever let in; without it Canvas leaves concluded and inactive people out.
STATES = ("active", "invited", "creation_pending", "inactive", "completed")
PAGE = ("per_page", "100")
Row = TypeVar("Row")


class CanvasCourse:
    """One course through one access token. Every method may raise LmsError.

    Args:
        course_ref: the numeric course id, or `lti_context_id:<context.id>`.

    odd: rows nobody could make sense of, so far.
    """

    def __init__(self, wire: Wire, *, api_url: str, token: str, course_ref: str) -> None:
        self._door = CanvasDoor(wire, api_url=api_url, token=token)
        self._course = f"courses/{quote(course_ref, safe=':')}"
        self.odd = 0

    @property
    def whole(self) -> bool:
        """Not where some row made no sense: it may be any that seems to be missing."""
        return not self.odd

    def who(self) -> str:
        """The account behind the token: its numeric id."""
        return text(self._door.one("users/self/profile").get("id"), 64)

    def can_read_grades(self) -> None:
        """Ask for the course, a column and a cell; raises LmsError naming what the token may not."""
        self._door.course(self._course)
        query = [("student_ids[]", "all"), ("per_page", "1")]
        self._door.get(self._door.url(f"{self._course}/students/submissions", query))
        query = [("include[]", "assignments"), ("per_page", "1")]
        groups = self._door.wire.json(
            self._door.get(self._door.url(f"{self._course}/assignment_groups", query))
        )
        if isinstance(groups, list) and any(
            isinstance(group, dict) and not isinstance(group.get("assignments"), list) for group in groups
        ):
            raise self._door.wire.error("no_includes")

    def can_read_parts(self) -> None:
        """Ask for an enrolment, a section and a group; raises LmsError naming what the token may not."""
        for name in ("enrollments", "sections", "groups"):
            self._door.get(self._door.url(f"{self._course}/{name}", [("per_page", "1")]))

    def limited_to(self, user_id: str = "self") -> list[str]:
        """Names of the sections this account is limited to; none = it sees the whole course.

        (`limit_privileges_to_course_section`; somebody without an enrolment here is an administrator.)
        Raises LmsError(no_right) for somebody who only learns or observes here: Canvas answers them, too,
        with their own grades alone. An administrator may learn or observe here and see all the same.
        """
        # In a course that is over everybody's enrolment is, and not listed unless it is asked for.
        query = [
            ("user_id", user_id),
            PAGE,
            *(("state[]", state) for state in ("active", "invited", "completed")),
        ]
        rows = list(self._door.rows(f"{self._course}/enrollments", query))
        every = [row for row in map(enrolment_row, rows) if row is not None]
        own = [row for row in every if row.kind in STAFF]
        if every and not own and not self._sees_others(every):
            raise self._door.wire.error("no_right", VIEW_GRADES)
        if not own or not all(row.limited for row in own):
            return []
        names = {row.lms_id: row.name for row in self.sections()}
        return sorted({names.get(row.section_id, row.section_id) for row in own})

    def _sees_others(self, own: Sequence[LmsEnrolmentRow]) -> bool:
        """Whether work of people is shown who are neither this account nor watched by it."""
        theirs = {"", *(row.user_id for row in own), *(row.watches for row in own)}
        url = self._door.url(f"{self._course}/students/submissions", [("student_ids[]", "all"), PAGE])
        rows = self._door.listed(self._door.get(url))
        return any(isinstance(row, dict) and text(row.get("user_id"), 64) not in theirs for row in rows)

    def sections(self) -> list[SectionRow]:
        """Its sections, those cross-listed into it among them."""
        return self._understood("sections", [PAGE], section_row)

    def groups(self) -> list[GroupRow]:
        """Its groups of students, without those made for teachers' eyes alone (differentiation tags)."""
        return self._understood("groups", [PAGE, ("collaboration_state", "collaborative")], group_row)

    def _understood(self, name: str, query: Query, make: Callable[[Any], Row | None]) -> list[Row]:
        rows = [make(row) for row in self._door.rows(f"{self._course}/{name}", query) if not is_tag(row)]
        good = [row for row in rows if row is not None]
        self.odd += len(rows) - len(good)
        return good

    def schemes(self) -> list[SchemeRow] | None:
        """Grading schemes made in the course; None where our access may not ask."""
        try:
            rows = self._door.rows(f"{self._course}/grading_standards", [PAGE])
            return [found for row in rows if (found := scheme_row(row)) is not None]
        except LmsError as error:
            if error.code in ("key_scope", "no_right", "no_course"):
                return None
            raise

    def group_members(self) -> None:
        """Each enrolment names its groups."""
        return

    def enrolments(self) -> Iterator[Page[LmsEnrolmentRow]]:
        """Every enrolment, concluded and inactive ones too, with groups and whom an observer watches."""
        query = [PAGE, *(("state[]", state) for state in STATES)]
        query += [("include[]", "group_ids"), ("include[]", "observed_users")]
        for rows in self._door.pages(f"{self._course}/enrollments", query):
            good = [found for row in rows if (found := enrolment_row(row)) is not None]
            self.odd += len(rows) - len(good)
            yield Page(good, bad=len(rows) - len(good))
