"""Who calls Moodle's web services, and what their roles let them see (specs/moodle.md)."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import datetime

from tests.sandbox_lms.moodle_ws_params import no_record
from tests.sandbox_lms.world import ApiToken, Course, Person, World

ALL_GROUPS = "moodle/site:accessallgroups"
VIEW_COURSE = "moodle/course:view"
VIEW_GRADES = "moodle/grade:viewall"
VIEW_HIDDEN = "moodle/grade:viewhidden"
MANAGE_GROUPS = "moodle/course:managegroups"
USER_DETAILS = "moodle/user:viewalldetails"
USE_REST = "webservice/rest:use"
STAFF = {"teacher", "ta"}


def seconds(when: datetime | None) -> int:
    """Unix time; 0 = never, as Moodle stores it."""
    return int(when.timestamp()) if when else 0


@dataclass
class Caller:
    """A token's person. An account enrolled nowhere is the sync service's own, with a system role."""

    world: World
    token: ApiToken
    raw: bool = False  # moodlewssettingraw: names as they were typed

    def shown(self, name: str) -> str:
        """A name as Moodle's format_string gives it: `&` becomes `&amp;`."""
        return name if self.raw else html.escape(name, quote=False)

    @property
    def person(self) -> Person:
        return self.world.people[self.token.person_id]

    def course(self, course_id: int) -> Course:
        """Raises MoodleError invalidrecord for a course that is not there."""
        if course_id not in self.world.courses:
            raise no_record("course")
        return self.world.courses[course_id]

    def role(self, course: Course) -> str | None:
        mine = course.enrolments.get(self.token.person_id)
        return mine.role if mine is not None and mine.active else None

    def _is_service(self) -> bool:
        return not any(self.token.person_id in course.enrolments for course in self.world.courses.values())

    def can_enter(self, course: Course) -> bool:
        if VIEW_COURSE in self.token.lacks:
            return False
        return self.person.is_site_admin or self.role(course) is not None or self._is_service()

    def is_staff(self, course: Course) -> bool:
        if not self.can_enter(course):
            return False
        return self.person.is_site_admin or self.role(course) in STAFF or self._is_service()

    def has(self, course: Course, capability: str) -> bool:
        """A staff capability in a course; a non-editing teacher has neither all groups nor managing them."""
        if capability in self.token.lacks or not self.is_staff(course):
            return False
        limited = self.role(course) == "ta" and not self.person.is_site_admin
        return not (limited and capability in {ALL_GROUPS, MANAGE_GROUPS}) or capability in self.token.extra

    def sees_details(self) -> bool:
        return USER_DETAILS in self.token.extra

    def visible_people(self, course: Course) -> set[int]:
        """Everyone enrolled, or, without accessallgroups, those of one's own groups, without a word."""
        if self.has(course, ALL_GROUPS):
            return set(course.enrolments)
        mine = [members for members in course.groups.values() if self.token.person_id in members]
        return {person for members in mine for person in members} & set(course.enrolments)


def group_id(course: Course, name: str) -> int:
    """The number of a group: course id × 100 + its place."""
    return course.id * 100 + list(course.groups).index(name) + 1


def groups_by_id(world: World) -> dict[int, tuple[Course, str]]:
    return {group_id(c, name): (c, name) for c in world.courses.values() for name in c.groups}
