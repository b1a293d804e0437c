"""One running tool for all rows; each test makes a school of its own in it, so none sees another's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_tool.plans.access import Role
from lti_tool.records.course import Person
from lti_tool.records.platform import Registration
from tests import factories
from tests.web.math8 import Math8, add_own_goal, make_math8
from tests.web.rig import Opened, Rig

NOW = datetime.fromisoformat("2026-02-23T16:42:00+00:00")


@dataclass
class School:
    """Math 8 with Maya and her teacher, and the people of a row opening the tool in it."""

    rig: Rig
    math8: Math8

    @property
    def maya(self) -> Opened:
        """Maya opens her course."""
        return self.rig.open(self.math8.maya, self.math8.course, Role.LEARNER)

    @property
    def ben(self) -> Opened:
        """A classmate."""
        return self.rig.open(self.math8.ben, self.math8.course, Role.LEARNER)

    @property
    def teacher(self) -> Opened:
        """Rose Okafor opens the course."""
        return self.rig.open(self.math8.teacher, self.math8.course, Role.STAFF)

    def person(self, name: str, **more: Any) -> Person:
        """Somebody of the school with no course."""
        with self.rig.database.write() as session:
            school = session.get_one(Registration, self.math8.course.registration_id)
            return factories.make_person(session, school, name=name, **more)

    def staff(self, name: str) -> Person:
        """One more teacher of the course."""
        with self.rig.database.write() as session:
            return factories.make_teacher(session, self.math8.course, name=name)

    def outside(self, person: Person) -> Opened:
        """They open the tool outside any course."""
        return self.rig.open(person, None, Role.NONE)

    def admin(self) -> Opened:
        """An administrator."""
        return self.rig.open(self.person("Ada Min"), None, Role.ADMIN, is_admin=True)

    def goal(self, **more: Any) -> int:
        """Maya's goal of six weeks ago."""
        return add_own_goal(self.rig, self.math8, **more)


def make_school(rig: Rig) -> School:
    """A school of its own."""
    return School(rig, make_math8(rig))
