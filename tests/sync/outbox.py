"""A tied course whose column of check-ins is driven as staff and the worker do."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lms_sync.run import SyncDeps
from lms_sync.scores import send_due
from lti_tool.http import make_session
from lti_tool.planning.checkins import record_check_in
from lti_tool.planning.scores import column_of, retry, switch_off, switch_on
from lti_tool.plans.access import Actor, Role
from lti_tool.records.course import ContextService
from lti_tool.records.score import OwnColumn, ScoreOut
from tests.sandbox_lms import seed
from tests.sandbox_lms.paths import line_items_url
from tests.sandbox_lms.world import Grade, Item
from tests.sync.course import Tied


@dataclass
class Outbox:
    """The course, a teacher of it, and its first students by the LMS's numbers."""

    tied: Tied
    students: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, tied: Tied) -> Outbox:
        """People read, and the address of the line items as a launch brings it."""
        canvas = tied.world.personality == "canvas"
        assert tied.sync("roster").error == ""
        with tied.database.write() as session:
            session.execute(
                sa.update(ContextService).values(
                    lineitems_url=line_items_url(tied.world, tied.course.id, len(tied.world.tools))
                )
            )
        return cls(tied, seed.CANVAS_STUDENTS if canvas else seed.MOODLE_STUDENTS)

    @property
    def actor(self) -> Actor:
        canvas = self.tied.world.personality == "canvas"
        teacher = self.tied.person_id(seed.CANVAS_TEACHER if canvas else seed.MOODLE_TEACHER)
        return Actor(self.tied.registration_id, teacher, Role.STAFF, self.tied.context_id)

    def on(self, maximum: int = 10, due_at: datetime | None = None) -> OwnColumn:
        with self.tied.database.write() as session:
            return switch_on(session, self.actor, maximum=maximum, due_at=due_at, now=self.tied.clock())

    def off(self) -> None:
        with self.tied.database.write() as session:
            switch_off(session, self.actor, now=self.tied.clock())

    def retry(self, score_id: int | None = None) -> int:
        with self.tied.database.write() as session:
            return retry(session, self.actor, score_id=score_id, now=self.tied.clock())

    def check_in(self, lms_id: int) -> None:
        self.tied.clock.forward(seconds=1)
        with self.tied.database.write() as session:
            record_check_in(session, self.actor, self.tied.person_id(lms_id), now=self.tied.clock())

    def deps(self, owner: str = "") -> SyncDeps:
        """A worker of its own: nothing is shared with another one's leases."""
        tied = self.tied
        owner = owner or f"w{uuid.uuid4().hex[:6]}#1"
        return SyncDeps(tied.settings, tied.database, make_session, owner, tied.clock, wait=tied.waits.append)

    def send(self, **forward: float) -> int:
        """One round of the worker, after so much time."""
        self.tied.clock.forward(**(forward or {"seconds": 1}))
        return send_due(self.deps())

    def column(self) -> OwnColumn:
        with self.tied.database.read() as session:
            found = column_of(session, self.tied.context_id)
            assert found is not None
            return found

    def score(self, lms_id: int) -> ScoreOut:
        person_id = self.tied.person_id(lms_id)
        with self.tied.database.read() as session:
            return session.scalars(sa.select(ScoreOut).where(ScoreOut.person_id == person_id)).one()

    def theirs(self) -> list[Item]:
        """The LMS's own truth: columns this tool has there."""
        return [item for item in self.tied.course.items.values() if item.tool_client_id]

    def grade(self, lms_id: int) -> Grade | None:
        """What stands in the LMS's gradebook for a student in our column."""
        item = self.theirs()[0]
        return self.tied.course.grades.get((item.id, lms_id))

    def posts(self, *, path: str = "score", answered: Callable[[str], bool] = bool) -> list[dict[str, Any]]:
        """Requests the LMS answered, by part of their path."""
        return [
            one
            for one in self.tied.world.requests
            if one["method"] == "POST" and path in one["path"] and answered(one["status"])
        ]
