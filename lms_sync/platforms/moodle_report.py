"""Moodle's grade report read so that memory stays flat: whole, by group or by person (moodle.md, costs)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from lms_sync.platforms.base import Came, ItemRow, Page, ResultRow, TotalRow
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.moodle_calls import MoodleCalls, NotThisPerson
from lms_sync.platforms.moodle_categories import category_weights, fuller, total_row
from lms_sync.platforms.moodle_drops import by_rule, learnt
from lms_sync.platforms.moodle_rows import as_missing, hidden_row, is_uncertain, item_key, result_row
from lms_sync.platforms.values import text, unix_time
from lms_sync.platforms.wire import Wire

# The whole report of a course is read in one answer up to this many learners (13 KB each).
MOST_AT_ONCE = 300
REPORT = "gradereport_user_get_grade_items"
NOT_ALLOWED = frozenset({"token_rights", "no_right", "no_course"})
# So many people in a row whose reports do not open: it is not their names.
MOST_BROKEN = 5
_UNASKED = object()
# How the list of those who are read one by one is called in a whole reading.
PEOPLE = "people"


@dataclass(frozen=True)
class Cells:
    """What reports are read against. items: columns by key. unseen: keys our account was not shown.

    handed_in: keys of columns in which something is handed in. now: when they are read. extended: (key,
    person) → the day until which that person may hand it in. drops: category → how many of the lowest grades
    its rule leaves out, as far as known; learnt anew from each answer that names many.
    """

    items: Mapping[str, ItemRow]
    now: datetime
    unseen: tuple[str, ...] = ()
    handed_in: frozenset[str] = frozenset()
    extended: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    drops: dict[str, int] = field(default_factory=dict)

    def of(self, user: str, lines: list[dict[str, Any]]) -> list[ResultRow]:
        """One person's cells. A column that is not in their report is hidden from them, not empty.

        Of one that Moodle could not calculate nothing is said: what is kept of it stays.
        """
        unknown = {item_key(line) for line in lines if is_uncertain(line)}
        rows = [row for line in lines if (row := result_row(user, line, self.items)) is not None]
        if any(row.excused for row in rows):
            ruled = by_rule(lines, self.drops)
            rows = [row._replace(excused=row.excused and row.item_key not in ruled) for row in rows]
        timed = [self._with_more_time(row) for row in rows if row.item_key not in unknown]
        found = [as_missing(row, self.handed_in, self.now) for row in timed]
        if not lines:
            return found
        shown = {row.item_key for row in found} | unknown
        left_out = [key for key in (*self.items, *self.unseen) if key not in shown]
        return found + [hidden_row(user, key, self.items.get(key)) for key in left_out]

    def _with_more_time(self, row: ResultRow) -> ResultRow:
        until = self.extended.get((row.item_key, row.user_id))
        return row if until is None or (row.due_at and until <= row.due_at) else row._replace(due_at=until)


class MoodleReport:
    """The grade report of one course, and the groups it can be read by.

    weights: category → its share of the course, by the fullest report read so far. Moodle weighs for each
    person anew what they have grades in, so only one in which every category counts tells how it is set.
    """

    def __init__(self, wire: Wire, moodle: MoodleCalls, course_id: str) -> None:
        self._wire = wire
        self._course_id = course_id
        self._groups: Any = _UNASKED
        self._members: list[tuple[int, set[str]]] | None = None
        self.moodle = moodle
        self.weights: dict[str, Decimal] = {}

    def everyone(
        self, read: Cells, learners: Sequence[str], size: int, came: Mapping[str, str | None]
    ) -> Iterator[Page[ResultRow]]:
        """These people's cells: by the whole report, or in a big course by groups and then one by one.

        size: how many learners the course has. came: which groups, and up to whom, were read before.
        """
        if size <= MOST_AT_ONCE:
            if (reports := self._or_none()) is None:
                yield from self.one_by_one(read, sorted(learners, key=int), len(learners), around=True)
            else:
                yield from self._pages(read, reports, len(learners))
            return
        left = set(learners)
        for group, members in self.members():
            name = f"group:{group}"
            if name in came:
                left -= members
                continue
            small = len(members) <= MOST_AT_ONCE and len(members & left) > 1
            if small and (reports := self._or_none(groupid=group)) is not None:
                yield from self._pages(read, reports, len(learners))
                yield Page((), came=Came(name, None))
                left -= members
        after = int(came.get(PEOPLE) or 0)
        users = [user for user in sorted(left, key=int) if int(user) > after]
        for page in self.one_by_one(read, users, len(learners), around=True):
            yield page
            if page.rows:
                yield Page((), came=Came(PEOPLE, page.rows[-1].user_id))

    def _or_none(self, groupid: int = 0) -> list[dict[str, Any]] | None:
        """Reports of a group or everyone; None where it takes one call a person to read most of them.

        Our account may not read that group, though its people may be in others. Or one name breaks the whole
        call: not a column's, since those were listed, but somebody's.
        """
        try:
            return self.of(groupid=groupid)
        except NotThisPerson:
            if not groupid:
                raise
        except LmsError as error:
            if error.code != "bad_item_name":
                raise
        return None

    def one_by_one(
        self, read: Cells, users: Sequence[str], expected: int, *, around: bool = False
    ) -> Iterator[Page[ResultRow]]:
        """The cells of these people; who is in a group our account does not see is left out.

        around: who breaks their own report is left out as well, unless so do all of the first few.
        """
        broken = 0
        for place, user in enumerate(users):
            try:
                reports = self.of(userid=int(user))
            except NotThisPerson:
                continue
            except LmsError as error:
                broken += 1
                if error.code != "bad_item_name" or not around or broken == place + 1 == MOST_BROKEN:
                    raise
                continue
            yield from self._pages(read, reports, expected)

    def _pages(self, read: Cells, reports: list[dict[str, Any]], expected: int) -> Iterator[Page[ResultRow]]:
        """Cells of 20 people at a time, whatever the size of the answer."""
        if len(reports) > 1:
            read.drops.update(learnt(dicts(report.get("gradeitems")) for report in reports))
        for start in range(0, len(reports), 20):
            rows, totals = list[ResultRow](), list[TotalRow]()
            for report in reports[start : start + 20]:
                user, lines = text(report.get("userid"), 32), dicts(report.get("gradeitems"))
                cells = read.of(user, lines)
                rows += cells
                if (total := total_row(user, lines, cells)) is not None:
                    totals.append(total)
                self.weights = fuller(self.weights, category_weights(lines))
            yield Page(rows, expected=expected, totals=totals)

    def of(self, *, userid: int = 0, groupid: int = 0) -> list[dict[str, Any]]:
        """Reports of one person, one group or everyone: as many lines each as there are columns."""
        which = {"userid": userid, "groupid": groupid}
        answer = self.moodle.call(
            REPORT, courseid=self.course(), **{name: value for name, value in which.items() if value}
        )
        rows = answer.get("usergrades") if isinstance(answer, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._wire.error("wrong_shape", "a grade report without its users")
        return rows

    def groups(self) -> list[dict[str, Any]] | None:
        """The course's groups; None where the account may not ask for them."""
        if self._groups is _UNASKED:
            self._groups = self.maybe("core_group_get_course_groups")
        return None if self._groups is None else dicts(self._groups)

    def members(self) -> list[tuple[int, set[str]]]:
        """(group id, its people); none where the account may not ask."""
        if self._members is not None:
            return self._members
        numbers = [row.get("id") for row in self.groups() or []]
        groups = [number for number in numbers if isinstance(number, int)]
        found: list[tuple[int, set[str]]] = []
        try:
            answer = self.moodle.call("core_group_get_group_members", groupids=groups) if groups else []
        except LmsError as error:
            if error.code not in NOT_ALLOWED:
                raise
            answer = []
        for row in dicts(answer):
            number, users = row.get("groupid"), row.get("userids")
            if isinstance(number, int) and isinstance(users, list):
                found.append((number, {text(user, 32) for user in users}))
        self._members = found
        return found

    def maybe(self, function: str) -> Any:
        """An answer that only makes things nicer: None where the account may not ask."""
        try:
            return self.moodle.call(function, courseid=self.course())
        except LmsError as error:
            if error.code in NOT_ALLOWED:
                return None
            raise

    def course_end(self) -> tuple[bool, datetime | None]:
        """(whether Moodle says it, when the course ends; None: never). Who may not ask knows nothing."""
        try:
            answer = self.moodle.call(
                "core_course_get_courses_by_field", field="id", value=str(self.course())
            )
        except LmsError as error:
            if error.code in NOT_ALLOWED:
                return False, None
            raise
        rows = dicts(answer.get("courses") if isinstance(answer, dict) else None)
        mine = [row for row in rows if text(row.get("id"), 32) == self._course_id and "enddate" in row]
        return bool(mine), unix_time(mine[0]["enddate"]) if mine else None

    def course(self) -> int:
        """Moodle's numeric course id."""
        if not self._course_id.isdigit():
            raise self._wire.error("no_course")
        return int(self._course_id)


def dicts(answer: Any) -> list[dict[str, Any]]:
    """The objects of a list; nothing for anything else."""
    return [row for row in answer if isinstance(row, dict)] if isinstance(answer, list) else []
