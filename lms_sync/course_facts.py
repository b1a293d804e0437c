"""What the LMS says of a course itself, taken over: its name, its zone, whether it is over (canvas.md §5)."""

from __future__ import annotations

from datetime import datetime

import structlog

from lms_sync.platforms.base import CourseFacts
from lti_tool.records.course import Context

log = structlog.get_logger()


def take_over(context: Context, facts: CourseFacts, *, now: datetime) -> None:
    """Put on the (locked) row what was said; what was not said stays.

    A course that is over is read once more by the schedule, then only its pages are left; one that goes
    on again is read again.
    """
    context.lms_course_id = facts.lms_course_id or context.lms_course_id
    context.time_zone = facts.time_zone or context.time_zone
    context.title, context.label = facts.title or context.title, facts.label or context.label
    if facts.says_end:
        context.term_ends_at = facts.ends_at
    if facts.ended and context.ended_at is None:
        context.ended_at = now
        log.info("course.ended", context_id=context.id)
    elif facts.ended is False and context.ended_at is not None:
        context.ended_at, context.read_only = None, False
        log.info("course.goes_on", context_id=context.id)
