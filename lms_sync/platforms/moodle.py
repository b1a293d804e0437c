"""Moodle's web services as a grade source: the grade report is the whole truth (moodle.md)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from datetime import timedelta
from typing import Any

from lms_sync.platforms.base import (
    NOTHING,
    Capabilities,
    CourseFacts,
    ItemRow,
    Ours,
    OwnSeen,
    Page,
    ResultRow,
    Wanted,
)
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.moodle_calls import MoodleCalls
from lms_sync.platforms.moodle_rows import (
    Activities,
    activities_from,
    assignment_rows,
    hidden_row,
    item_row,
    module_rows,
    plain,
    result_row,
)
from lms_sync.platforms.wire import Wire, text

OVERLAP = timedelta(minutes=10)
# The whole report of a course is read in one answer up to this many learners (13 KB each).
MOST_AT_ONCE = 300
# Above this many changed people one whole report is cheaper than one each.
MOST_ONE_BY_ONE = 40
REPORT = "gradereport_user_get_grade_items"
NOT_ALLOWED = frozenset({"token_rights", "no_right", "no_course"})


class MoodleSource:
    """One Moodle course, through one web-service token.

    Args:
        course_id: Moodle's numeric course id, which is also `context.id`.
        ours: which LTI activities and columns are this tool's own.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        api_url: str,
        token: str,
        course_id: str,
        ours: Ours = NOTHING,
        read_seconds: float,
    ) -> None:
        self._wire = wire
        self._moodle = MoodleCalls(wire, api_url=api_url, token=token)
        self._course_id = course_id
        self._ours = ours
        self._own_ids: list[str] = []
        self._items: dict[str, ItemRow] = {}
        self._activities = Activities()
        self._unseen: Sequence[str] = ()
        self.capabilities = Capabilities("Moodle", ("moodle_id", "sub"), True, read_seconds, True)

    def facts(self) -> CourseFacts:
        """Moodle's own course id; it has no time zone of a course."""
        return CourseFacts(lms_course_id=self._course_id)

    def functions(self) -> tuple[str, frozenset[str]]:
        """(the account's user id, the functions its service offers)."""
        info = self._moodle.call("core_webservice_get_site_info")
        rows = info.get("functions") if isinstance(info, dict) else None
        user = text(info.get("userid"), 32) if isinstance(info, dict) else ""
        if not isinstance(rows, list) or not user:
            raise self._wire.error("wrong_shape", "the site does not say who we are")
        return user, frozenset(text(row.get("name")) for row in rows if isinstance(row, dict))

    def items(self) -> Sequence[ItemRow]:
        """Every column of the grade report, as the account's own (empty) report lists them."""
        user, _offered = self.functions()
        assignments = self._moodle.call(
            "mod_assign_get_assignments", courseids=[self._course()], includenotenrolledcourses=1
        )
        contents = self._maybe("core_course_get_contents")
        activities = activities_from(assignments, contents)
        try:
            reports = self._reports(userid=int(user))
        except LmsError as error:
            raise self._named(error, assignments, contents) from error
        self._activities = activities
        self._items = self._columns(reports, activities)
        return list(self._items.values())

    def own_columns(self) -> Sequence[OwnSeen]:
        """Grade items that are columns we made; an empty report does not say what they weigh."""
        return [OwnSeen(own_id) for own_id in self._own_ids]

    def leave_out(self, own_id: str) -> bool:
        """Moodle's web services have no function that sets a weight."""
        return False

    def still_there(self, key: str) -> bool:
        """An activity that Moodle still lists has a column; without `moodle/grade:viewhidden` a hidden
        one is left out of the report."""
        module, _colon, rest = key.partition(":")
        if module == "lti" and rest in self._ours.links:
            return False
        if module == "assign" and self._activities.assignments_left_out:
            return True
        return (module, rest.partition(":")[0]) in self._activities.listed

    def results(self, wanted: Wanted) -> Generator[Page[ResultRow]]:
        """Cells of everyone, or of those whose assignments were graded since.

        `mod_assign_get_grades` does not say which grades are hidden, so it only names people: what
        counts is read from their report.
        """
        if not wanted.learners:
            return
        self._unseen = wanted.unseen
        if wanted.since is None:
            yield from self._everyone(wanted.learners)
            return
        since = int((wanted.since - OVERLAP).timestamp())
        changed = self._graded_since(since) & set(wanted.learners)
        if len(changed) > MOST_ONE_BY_ONE:
            yield from self._everyone(wanted.learners)
        else:
            yield from self._one_by_one(sorted(changed))

    def user_ids(self, subs: Sequence[str]) -> dict[str, str]:
        """In Moodle the launch's `sub` is the user id."""
        return {sub: sub for sub in subs if sub.isdigit()}

    def can_read_grades(self, user_id: str) -> None:
        """Ask for one report; raises LmsError naming what the token may not."""
        self._reports(userid=int(user_id))

    def _everyone(self, learners: Sequence[str]) -> Iterator[Page[ResultRow]]:
        if len(learners) <= MOST_AT_ONCE:
            yield from self._pages(self._reports(), len(learners))
            return
        left = set(learners)
        for group, members in self._groups():
            if len(members) <= MOST_AT_ONCE and len(members & left) > 1:
                yield from self._pages(self._reports(groupid=group), len(learners))
                left -= members
        yield from self._one_by_one(sorted(left), len(learners))

    def _one_by_one(self, users: Sequence[str], expected: int | None = None) -> Iterator[Page[ResultRow]]:
        for user in users:
            try:
                reports = self._reports(userid=int(user))
            except LmsError as error:
                if error.code == "no_right":  # in a group this account does not see, or just deleted
                    continue
                raise
            yield from self._pages(reports, expected or len(users))

    def _pages(self, reports: list[dict[str, Any]], expected: int) -> Iterator[Page[ResultRow]]:
        """Cells of 20 people at a time, whatever the size of the answer."""
        for start in range(0, len(reports), 20):
            rows: list[ResultRow] = []
            for report in reports[start : start + 20]:
                rows += self._cells(text(report.get("userid"), 32), _dicts(report.get("gradeitems")))
            yield Page(rows, expected=expected)

    def _cells(self, user: str, lines: list[dict[str, Any]]) -> list[ResultRow]:
        """One person's cells. A column that is not in their report is hidden from them, not empty."""
        found = [row for line in lines if (row := result_row(user, line, self._items)) is not None]
        if not lines:
            return found
        shown = {row.item_key for row in found}
        left_out = [key for key in (*self._items, *self._unseen) if key not in shown]
        return found + [hidden_row(user, key, self._items.get(key)) for key in left_out]

    def _reports(self, *, userid: int = 0, groupid: int = 0) -> list[dict[str, Any]]:
        which = {"userid": userid, "groupid": groupid}
        answer = self._moodle.call(
            REPORT, courseid=self._course(), **{name: value for name, value in which.items() if value}
        )
        rows = answer.get("usergrades") if isinstance(answer, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._wire.error("wrong_shape", "a grade report without its users")
        return rows

    def _columns(self, reports: list[dict[str, Any]], activities: Activities) -> dict[str, ItemRow]:
        lines = reports[0].get("gradeitems") if reports else None
        if not isinstance(lines, list):
            raise self._wire.error("wrong_shape", "a grade report without its columns")
        found = [item_row(line, place, activities) for place, line in enumerate(lines)]
        rows = [row for row in found if row is not None]
        self._own_ids = [row.lms_id for row in rows if self._is_own_column(row)]
        return {row.key: row for row in rows if not self._is_own(row)}

    def _is_own(self, row: ItemRow) -> bool:
        return (row.module == "lti" and row.instance in self._ours.links) or row.lms_id in self._own_ids

    def _is_own_column(self, row: ItemRow) -> bool:
        """A column made by AGS is a manual one whose id is the number in its line item's address."""
        if row.lms_id in self._ours.ids:
            return True
        return row.key.startswith("manual:") and row.name in self._ours.names

    def _graded_since(self, since: int) -> set[str]:
        instances = [row.instance or "" for row in self._items.values() if row.module == "assign"]
        numbers = [int(instance) for instance in instances if instance.isdigit()]
        if not numbers:
            return set()
        answer = self._moodle.call("mod_assign_get_grades", assignmentids=numbers, since=since)
        rows = answer.get("assignments") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise self._wire.error("wrong_shape", "grades without their assignments")
        grades = (grade for row in _dicts(rows) for grade in _dicts(row.get("grades")))
        users = {text(grade.get("userid"), 32) for grade in grades}
        return {user for user in users if user.isdigit()}

    def _groups(self) -> list[tuple[int, set[str]]]:
        """(group id, its people); none where the account may not ask."""
        numbers = [row.get("id") for row in _dicts(self._maybe("core_group_get_course_groups"))]
        groups = [number for number in numbers if isinstance(number, int)]
        if not groups:
            return []
        try:
            answer = self._moodle.call("core_group_get_group_members", groupids=groups)
        except LmsError as error:
            if error.code in NOT_ALLOWED:
                return []
            raise
        found = []
        for row in _dicts(answer):
            number, users = row.get("groupid"), row.get("userids")
            if isinstance(number, int) and isinstance(users, list):
                found.append((number, {text(user, 32) for user in users}))
        return found

    def _maybe(self, function: str) -> Any:
        """An answer that only makes things nicer: None where the account may not ask."""
        try:
            return self._moodle.call(function, courseid=self._course())
        except LmsError as error:
            if error.code in NOT_ALLOWED:
                return None
            raise

    def _named(self, error: LmsError, assignments: Any, contents: Any) -> LmsError:
        """The same trouble, naming the activity whose name breaks Moodle's report."""
        if error.code != "bad_item_name":
            return error
        rows = (*assignment_rows(assignments), *module_rows(contents))
        names = {plain(row.get("name"), 200) for row in rows}
        suspects = sorted(n for n in names if "<" in n) or sorted(n for n in names if "&" in n)
        shown = ", ".join(f"“{name}”" for name in suspects[:5]) or "one of the grade items"
        return self._wire.error("bad_item_name", shown)

    def _course(self) -> int:
        if not self._course_id.isdigit():
            raise self._wire.error("no_course")
        return int(self._course_id)


def _dicts(answer: Any) -> list[dict[str, Any]]:
    return [row for row in answer if isinstance(row, dict)] if isinstance(answer, list) else []
