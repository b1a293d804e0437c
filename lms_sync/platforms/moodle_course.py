"""What Moodle tells about a course besides its grade report: the groups of its students (moodle.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lms_sync.platforms.base import Page
from lms_sync.platforms.course_rows import GroupRow, LmsEnrolmentRow, SchemeRow, SectionRow
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.moodle_report import MoodleReport, dicts
from lms_sync.platforms.moodle_rows import plain
from lms_sync.platforms.values import text

PEOPLE_AT_ONCE = 250


class MoodleCourse:
    """One course through one token. Every method may raise LmsError.

    whole: whether the groups are all there are. An account that may not manage groups is told of those it
    is in itself, by the people it sees there (`moodle/site:accessallgroups` lacking, without a word).
    """

    def __init__(self, report: MoodleReport) -> None:
        self._report = report
        self._members: dict[str, set[str]] | None = None
        self.whole = True
        self.odd = 0

    def sections(self) -> Sequence[SectionRow]:
        """A Moodle course has none."""
        return []

    def schemes(self) -> Sequence[SchemeRow] | None:
        """Its letters are in no function of the service."""
        return None

    def enrolments(self) -> Iterator[Page[LmsEnrolmentRow]]:
        """Who is here says the roster alone."""
        yield from ()

    def groups(self) -> Sequence[GroupRow]:
        """The course's groups; those our account sees where it may not ask for all."""
        listed = self._report.groups()
        if listed is None:
            self.whole = False
            return self._seen_groups()
        return [
            GroupRow(str(row["id"]), plain(row.get("name"), 512))
            for row in listed
            if isinstance(row.get("id"), int)
        ]

    def group_members(self) -> Mapping[str, set[str]] | None:
        """After `groups`: group → the API's ids of its people."""
        if self._members is not None:
            return self._members
        return {str(group): people for group, people in self._report.members()}

    def _seen_groups(self) -> list[GroupRow]:
        """By the groups that stand beside the people our account is shown."""
        found: dict[str, GroupRow] = {}
        self._members = {}
        start = 0
        while True:
            people = self._people(start)
            for person in people:
                for row in dicts(person.get("groups")):
                    if number := text(row.get("id"), 64):
                        found[number] = GroupRow(number, plain(row.get("name"), 512))
                        self._members.setdefault(number, set()).add(text(person.get("id"), 32))
            if len(people) < PEOPLE_AT_ONCE:
                return list(found.values())
            start += PEOPLE_AT_ONCE

    def _people(self, start: int) -> list[dict[str, Any]]:
        options: list[dict[str, str | int]] = [
            {"name": "onlyactive", "value": 1},
            {"name": "userfields", "value": "id,groups"},
            {"name": "limitfrom", "value": start},
            {"name": "limitnumber", "value": PEOPLE_AT_ONCE},
        ]
        answer = self._report.moodle.call(
            "core_enrol_get_enrolled_users", courseid=self._report.course(), options=options
        )
        if not isinstance(answer, list):
            raise LmsError("wrong_shape", "Moodle", detail="a list of people was expected")
        return dicts(answer)
