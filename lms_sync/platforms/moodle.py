"""Moodle's web services as a grade source: the grade report is the whole truth (moodle.md)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from lms_sync.platforms.base import (
    NO_FLAGS,
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
from lms_sync.platforms.course_rows import CourseFlags, ItemGroupRow
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.moodle_activities import (
    Activities,
    activities_from,
    assignment_rows,
    module_rows,
)
from lms_sync.platforms.moodle_calls import MoodleCalls
from lms_sync.platforms.moodle_categories import category_names, is_sorted, item_groups
from lms_sync.platforms.moodle_course import MoodleCourse
from lms_sync.platforms.moodle_extensions import extensions
from lms_sync.platforms.moodle_report import Cells, MoodleReport, dicts
from lms_sync.platforms.moodle_rows import item_row, plain, unsure_row
from lms_sync.platforms.values import text
from lms_sync.platforms.wire import Wire

OVERLAP = timedelta(minutes=10)
# Above this many changed people one whole report is cheaper than one each.
MOST_ONE_BY_ONE = 40
# Not among the functions a service needs: without it categories have no names.
CATEGORY_NAMES = "core_grades_get_gradeitems"


class MoodleSource:
    """One Moodle course, through one web-service token.

    Args:
        course_id: Moodle's numeric course id, which is also `context.id`.
        ours: which LTI activities and columns are this tool's own.
        now: what time it is; work of which the day is over may be missing.
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
        now: Callable[[], datetime],
    ) -> None:
        self._wire = wire
        self._now = now
        self._course_id = course_id
        self._report = MoodleReport(wire, MoodleCalls(wire, api_url=api_url, token=token), course_id)
        self._ours = ours
        self._own_ids: list[str] = []
        self._items: dict[str, ItemRow] = {}
        self._activities = Activities()
        self._lines: list[dict[str, Any]] = []
        self._names: dict[str, str] = {}
        self._drops: dict[str, int] = {}
        self._offered: frozenset[str] = frozenset()
        self.capabilities = Capabilities("Moodle", ("moodle_id", "sub"), True, read_seconds, True)

    def may_read(self) -> None:
        """Moodle refuses by itself."""

    def facts(self) -> CourseFacts:
        """Moodle's own course id and, where our service may ask, its end; it has no zone of a course."""
        says_end, ends_at = self._report.course_end()
        return CourseFacts(lms_course_id=self._course_id, ends_at=ends_at, says_end=says_end)

    def functions(self) -> tuple[str, frozenset[str]]:
        """(the account's user id, the functions its service offers)."""
        info = self._report.moodle.call("core_webservice_get_site_info")
        rows = info.get("functions") if isinstance(info, dict) else None
        user = text(info.get("userid"), 32) if isinstance(info, dict) else ""
        if not isinstance(rows, list) or not user:
            raise self._wire.error("wrong_shape", "the site does not say who we are")
        return user, frozenset(text(row.get("name")) for row in rows if isinstance(row, dict))

    def items(self) -> Sequence[ItemRow]:
        """Every column of the grade report, as the account's own (empty) report lists them."""
        user, self._offered = self.functions()
        assignments = self._report.moodle.call(
            "mod_assign_get_assignments", courseids=[self._report.course()], includenotenrolledcourses=1
        )
        contents = self._report.maybe("core_course_get_contents")
        self._activities = activities = activities_from(assignments, contents)
        try:
            reports = self._report.of(userid=int(user))
        except LmsError as error:
            raise self._named(error, assignments, contents) from error
        self._lines = dicts(reports[0].get("gradeitems")) if reports else []
        if CATEGORY_NAMES in self._offered and is_sorted(self._lines):
            self._names = category_names(self._report.maybe(CATEGORY_NAMES), self._lines)
        self._items = self._columns(reports, activities)
        return list(self._items.values())

    def item_groups(self, weighed: bool | None = None) -> Sequence[ItemGroupRow] | None:
        """Its categories, which only the whole report has; without a name where the service tells none."""
        if weighed is not None:
            return None
        return item_groups(self._lines, self._names, self._report.weights, self._drops)

    @property
    def flags(self) -> CourseFlags:
        """Moodle says nothing of that."""
        return NO_FLAGS

    def parts(self) -> CourseParts:
        """The groups of its students."""
        return MoodleCourse(self._report)

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
        """Cells of everyone, of those whose goals look at some columns, or of those graded since.

        `mod_assign_get_grades` does not say which grades are hidden, so it only names people: what
        counts is read from their report, which always has all columns.
        """
        if not wanted.learners:
            return
        people: Sequence[str] = wanted.learners
        if wanted.since is not None:
            since = int((wanted.since - OVERLAP).timestamp())
            people = sorted({user for user, _row in self._graded(since)} & set(wanted.learners))
        if not people:
            return
        self._drops = dict(wanted.drops)
        read = Cells(
            self._items,
            self._now(),
            tuple(wanted.unseen),
            self._activities.handed_in,
            extensions(self._report, self._offered, self._items.values()),
            self._drops,
        )
        some = wanted.since is not None or wanted.keys is not None
        if some and len(people) <= MOST_ONE_BY_ONE:
            yield from self._report.one_by_one(read, people, len(people))
        else:
            size = max(wanted.size, len(wanted.learners))
            yield from self._report.everyone(read, people, size, wanted.came)

    def without_flags(self, keys: Sequence[str]) -> Generator[Page[ResultRow]]:
        """Scores of these columns by the assignments' own records, where the report does not open.

        They do not say what is hidden, excluded or overridden, so no such cell is for students' eyes.
        """
        possible = {f"assign:{number}": most for number, most in self._activities.possible.items()}
        rows: list[ResultRow] = []
        for user, row in self._graded(0, [key.partition(":")[2] for key in keys if key in possible]):
            key = f"assign:{text(row.get('assignmentid'), 64)}"
            rows.append(unsure_row(user, key, row, possible.get(key)))
            if len(rows) == 500:
                yield Page(rows)
                rows = []
        yield Page(rows)

    def user_ids(self, subs: Sequence[str]) -> dict[str, str]:
        """In Moodle the launch's `sub` is the user id."""
        return {sub: sub for sub in subs if sub.isdigit()}

    def can_read_grades(self, user_id: str) -> None:
        """Ask for one report; raises LmsError naming what the token may not."""
        self._report.of(userid=int(user_id))

    def _columns(self, reports: list[dict[str, Any]], activities: Activities) -> dict[str, ItemRow]:
        lines = reports[0].get("gradeitems") if reports else None
        if not isinstance(lines, list):
            raise self._wire.error("wrong_shape", "a grade report without its columns")
        rows = []
        for place, line in enumerate(lines):
            row = item_row(line, place, activities)
            if row is not None:
                group = self._names.get(text(line.get("categoryid"), 64), "")
                rows.append(replace(row, group_name=group))
        self._own_ids = [row.lms_id for row in rows if self._is_own_column(row)]
        return {row.key: row for row in rows if not self._is_own(row)}

    def _is_own(self, row: ItemRow) -> bool:
        return (row.module == "lti" and row.instance in self._ours.links) or row.lms_id in self._own_ids

    def _is_own_column(self, row: ItemRow) -> bool:
        """A column made by AGS is a manual one whose id is the number in its line item's address."""
        if row.lms_id in self._ours.ids:
            return True
        return row.key.startswith("manual:") and row.name in self._ours.names

    def _graded(self, since: int, instances: Sequence[str] | None = None) -> Iterator[tuple[str, Any]]:
        """(user, grade row with its assignment's id) of the assignments' own records, changed since."""
        if instances is None:
            instances = [row.instance or "" for row in self._items.values() if row.module == "assign"]
        numbers = [int(instance) for instance in instances if instance.isdigit()]
        if not numbers:
            return
        answer = self._report.moodle.call("mod_assign_get_grades", assignmentids=numbers, since=since)
        rows = answer.get("assignments") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise self._wire.error("wrong_shape", "grades without their assignments")
        for row in dicts(rows):
            for grade in dicts(row.get("grades")):
                user = text(grade.get("userid"), 32)
                if user.isdigit():
                    yield user, {**grade, "assignmentid": row.get("assignmentid")}

    def _named(self, error: LmsError, assignments: Any, contents: Any) -> LmsError:
        """The same trouble, naming the activity whose name breaks Moodle's report."""
        if error.code != "bad_item_name":
            return error
        rows = (*assignment_rows(assignments), *module_rows(contents))
        names = {plain(row.get("name"), 200) for row in rows}
        suspects = sorted(n for n in names if "<" in n) or sorted(n for n in names if "&" in n)
        shown = ", ".join(f"“{name}”" for name in suspects[:5]) or "one of the grade items"
        return self._wire.error("bad_item_name", shown)
