"""One call of Canvas's API: the world, who asks, and the request's parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Request

from tests.sandbox_lms.canvas_api_lookup import find_course
from tests.sandbox_lms.canvas_api_viewer import Refused, Viewer, includes, no_permission, not_found
from tests.sandbox_lms.world import Course, World

ISO8601 = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")


@dataclass
class Call:
    world: World
    viewer: Viewer
    request: Request

    @property
    def include(self) -> set[str]:
        return includes(self.viewer, self.request)

    def one(self, name: str) -> str | None:
        """The last value of a parameter; None when absent or empty."""
        values = self.request.args.getlist(name)
        return values[-1] if values and values[-1] else None

    def many(self, name: str) -> list[str]:
        """`name[]` repeated, or `name` once."""
        return self.request.args.getlist(f"{name}[]") or self.request.args.getlist(name)

    def course(self, name: str) -> Course:
        """The course, for someone in it; raises Refused: 404 unknown, 401 not theirs."""
        course = find_course(self.world, self.viewer, name)
        if not self.viewer.in_course(course):
            raise no_permission()
        return course

    def time(self, name: str) -> datetime | None:
        """An ISO 8601 time with a T; raises Refused 400 in Canvas's words otherwise."""
        text = self.one(name)
        if text is None:
            return None
        if not ISO8601.match(text):
            raise Refused(400, {"errors": {name: f"Invalid datetime for {name}"}})
        when = datetime.fromisoformat(text)
        return when if when.tzinfo else when.replace(tzinfo=UTC)

    def number(self, text: str) -> int:
        """A path's id; raises Refused 404 for what is not one."""
        if not text.isdigit():
            raise not_found()
        return int(text)
