"""One submission as Canvas's API writes it, its score keys gone where the viewer may not see them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.sandbox_lms.canvas_api_lookup import stamp
from tests.sandbox_lms.canvas_api_viewer import Viewer
from tests.sandbox_lms.world import Course, Grade, Item, World

SCORE_KEYS = ("score", "grade", "entered_score", "entered_grade", "published_score", "published_grade")
LETTERS = [
    (94, "A"),
    (90, "A-"),
    (87, "B+"),
    (84, "B"),
    (80, "B-"),
    (77, "C+"),
    (74, "C"),
    (70, "C-"),
    (60, "D"),
]
NEVER_SET = {
    "late_policy_status": None,
    "grading_period_id": None,
    "extra_attempts": None,
    "redo_request": False,
    "sticker": None,
    "custom_grade_status_id": None,
    "seconds_late": 0,
}
GPA = [(94, "4.0"), (84, "3.0"), (74, "2.0"), (60, "1.0")]


def plain(number: Decimal) -> str:
    """12.0 is written 12."""
    text = f"{number.normalize():f}"
    return text if text != "-0" else "0"


def grade_word(item: Item, score: Decimal | None) -> str | None:
    """`grade`: the score in the assignment's own scheme."""
    if score is None or item.kind == "not_graded":
        return None
    percent = score / item.possible * 100 if item.possible else Decimal(0)
    if item.kind == "percent":
        return f"{plain(percent.quantize(Decimal('0.01')))}%"
    if item.kind == "pass_fail":
        return "complete" if score > 0 else "incomplete"
    scheme = {"letter_grade": LETTERS, "gpa_scale": GPA}.get(item.kind)
    if scheme:
        return next((word for least, word in scheme if percent >= least), "F")
    return plain(score)


def hidden_from_student(item: Item, grade: Grade) -> bool:
    """Canvas's rule: by hand, hidden until posted; automatic, hidden when graded and not posted."""
    if grade.posted_at is not None:
        return False
    by_hand = item.post_manually or item.anonymous
    return by_hand or grade.score is not None or grade.excused or grade.state == "graded"


def may_read_score(viewer: Viewer, course: Course, item: Item, grade: Grade) -> bool:
    if viewer.grades_all(course):
        return True
    if viewer.is_observer(course):
        return grade.posted_at is not None
    return not hidden_from_student(item, grade)


def submission_row(world: World, viewer: Viewer, course: Course, item: Item, grade: Grade) -> dict[str, Any]:
    """The row of §5.1; for a viewer who may not read the grade the score keys are absent, not null."""
    score = None if grade.excused else grade.score
    entered = grade.assign_score if score is not None and grade.assign_score is not None else score
    address = f"{world.issuer}/courses/{course.id}/assignments/{item.id}/submissions/{grade.person_id}"
    row: dict[str, Any] = {
        "id": grade.id,
        "body": None,
        "url": None,
        "grade": grade_word(item, score),
        "score": None if score is None else float(score),
        "submitted_at": stamp(grade.submitted_at),
        "assignment_id": item.id,
        "user_id": grade.person_id,
        "submission_type": "online_text_entry" if grade.submitted_at else None,
        "workflow_state": "graded" if grade.excused else grade.state,
        "grade_matches_current_submission": grade.matches_submission,
        "graded_at": stamp(grade.graded_at),
        "grader_id": _grader(course) if grade.graded_at else None,
        "attempt": grade.attempt,
        "cached_due_date": stamp(item.due_at),
        "excused": grade.excused,
        "points_deducted": float(entered - score) if score is not None and entered is not None else None,
        "posted_at": stamp(grade.posted_at),
        "late": grade.late,
        "missing": grade.missing,
        "entered_grade": grade_word(item, entered),
        "entered_score": None if entered is None else float(entered),
        "preview_url": address,
        "attachments": [],
        "discussion_entries": [],
        **NEVER_SET,
    }
    if not may_read_score(viewer, course, item, grade):
        for key in SCORE_KEYS:
            row.pop(key, None)
    return row


def part_row(item: Item, grade: Grade, part: str) -> dict[str, Any]:
    """One checkpoint of a discussion, as `sub_assignment_submissions` holds it."""
    score = grade.parts.get(part)
    shown = None if score is None else plain(score)
    return {
        "sub_assignment_tag": part,
        "user_id": grade.person_id,
        "score": None if score is None else float(score),
        "grade": shown,
        "entered_score": None if score is None else float(score),
        "entered_grade": shown,
        "published_score": None if score is None else float(score),
        "published_grade": shown,
        "excused": grade.excused,
        "late": False,
        "missing": False,
        "seconds_late": 0,
        "late_policy_status": None,
        "custom_grade_status_id": None,
        "grade_matches_current_submission": True,
    }


def _grader(course: Course) -> int | None:
    return next((e.person_id for e in course.enrolments.values() if e.role == "teacher"), None)
