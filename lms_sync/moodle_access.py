"""Whether an account of a Moodle lets us read, and what its service leaves unsaid (moodle.md)."""

from __future__ import annotations

from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.moodle import MoodleSource

# Without these nothing can be read.
MOODLE_NEEDS = (
    "core_webservice_get_site_info",
    "mod_assign_get_assignments",
    "mod_assign_get_grades",
    "gradereport_user_get_grade_items",
)
# What is not known where the service does not offer a function, in the words of `connect` and `doctor`.
MOODLE_TELLS = {
    "core_course_get_contents": "the days of quizzes and other activities, and which are hidden or limited",
    "core_group_get_course_groups": "groups",
    "core_group_get_group_members": "who is in which group",
    "core_course_get_courses_by_field": "when the course ends",
    "core_grades_get_gradeitems": "the names of grade categories",
    "mod_assign_get_user_flags": "more time given to one student for an assignment",
}


def check_moodle(source: MoodleSource, course_id: str | None, learner_id: str | None) -> str:
    """What a Moodle lets us do, for people, in English; raises LmsError naming what is missing."""
    user, offered = source.functions()
    missing = [name for name in MOODLE_NEEDS if name not in offered]
    if missing:
        raise LmsError("token_rights", "Moodle", detail=", ".join(missing))
    if not course_id:
        return f"Moodle accepts our token.{_not_told(offered)}"
    source.can_read_grades(learner_id if learner_id and learner_id.isdigit() else user)
    return f"Moodle lets us read this course's grades.{_not_told(offered)}"


def _not_told(offered: frozenset[str]) -> str:
    lacking = [f"{told} ({name})" for name, told in MOODLE_TELLS.items() if name not in offered]
    if not lacking:
        return ""
    return f" Its service does not tell us {'; '.join(lacking)}. Add these functions to it if you want them."
