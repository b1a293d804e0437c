"""A score posted by a tool, checked and stored (LTI AGS 2.0 §3.4); the same rules for both personalities."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.sandbox_lms.world import Course, Grade, Item, Person, World

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")
ACTIVITY = {"Initialized", "Started", "InProgress", "Submitted", "Completed"}
GRADING = {"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"}


class BadScore(Exception):
    """The score cannot be taken at all (400, 422)."""


class OldScore(Exception):
    """Its timestamp is not newer than the last one's (409)."""


class LockedGrade(Exception):
    """A teacher locked the cell (Moodle answers 500)."""


@dataclass(frozen=True)
class Score:
    person: Person
    given: Decimal | None
    timestamp: datetime
    comment: str


def read_score(world: World, course: Course, item: Item, body: Any) -> Score:
    """The posted JSON as a Score in the item's own points, clamped, rounded to 5 places."""
    if not isinstance(body, dict):
        raise BadScore("not an object")
    text = str(body.get("timestamp", ""))
    if not TIMESTAMP.fullmatch(text):
        raise BadScore("timestamp")
    if body.get("activityProgress") not in ACTIVITY or body.get("gradingProgress") not in GRADING:
        raise BadScore("progress")
    user_id = str(body.get("userId", ""))
    person = next((p for p in world.people.values() if user_id in (p.sub, course.sub_of(p))), None)
    enrolment = course.enrolments.get(person.id) if person else None
    if person is None or enrolment is None or enrolment.role != "student":
        raise BadScore("userId")
    given = None
    if "scoreGiven" in body and body["gradingProgress"] == "FullyGraded":
        given = _scaled(body, item)
    when = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    return Score(person, given, when, str(body.get("comment", "")))


def _scaled(body: dict[str, Any], item: Item) -> Decimal:
    try:
        given, maximum = Decimal(str(body["scoreGiven"])), Decimal(str(body.get("scoreMaximum")))
    except InvalidOperation as wrong:
        raise BadScore("scoreGiven needs a scoreMaximum") from wrong
    if not given.is_finite() or not maximum.is_finite() or given < 0 or maximum <= 0:
        raise BadScore("scoreGiven")
    return min(given / maximum * item.possible, item.possible).quantize(Decimal("0.00001"))


def store_score(world: World, course: Course, item: Item, score: Score) -> Grade:
    """A grade a teacher typed over stays as it is, without a word (as recorded)."""
    with world.lock:
        grade = world.grade(course, item.id, score.person.id)
        if grade.last_score_timestamp and score.timestamp <= grade.last_score_timestamp:
            raise OldScore(f"item {item.id} and user {score.person.sub}")
        if grade.locked:
            raise LockedGrade
        if not grade.overridden:
            world.set_score(course, item.id, score.person.id, score.given)
            grade.comment = score.comment  # none sent: the last one goes
            grade.graded_at = score.timestamp.replace(microsecond=0) if score.given is not None else None
        grade.last_score_timestamp = score.timestamp
        return grade


def graded_cells(course: Course, item: Item) -> list[Grade]:
    """The cells somebody has written to, by person."""
    cells = [g for g in course.grades.values() if g.item_id == item.id]
    touched = [g for g in cells if g.score is not None or g.graded_at or g.last_score_timestamp]
    return sorted(touched, key=lambda grade: grade.person_id)


def plain(number: Decimal) -> int | float:
    """A JSON number without needless zeros."""
    return int(number) if number == number.to_integral_value() else float(number)
