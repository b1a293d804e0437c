"""GET assignments and assignment groups (specs/canvas.md §5.2)."""

from __future__ import annotations

from typing import Any

from tests.sandbox_lms.canvas_api_call import Call
from tests.sandbox_lms.canvas_api_lookup import stamp
from tests.sandbox_lms.canvas_api_viewer import no_permission, not_found
from tests.sandbox_lms.paging import Page, page_by_number
from tests.sandbox_lms.world import Course, Item, World

SUBMISSION_TYPES = {
    "assign": ["online_text_entry"],
    "quiz": ["online_quiz"],
    "manual": ["none"],
    "lti": ["external_tool"],
}


NEVER_SET = {
    "unlock_at": None,
    "lock_at": None,
    "grading_standard_id": None,
    "peer_reviews": False,
    "moderated_grading": False,
    "hide_in_gradebook": False,
}


def published_items(course: Course) -> list[Item]:
    return [item for item in course.items.values() if item.published]


def group_names(course: Course) -> list[str]:
    return list(dict.fromkeys(item.group for item in course.items.values())) or ["Assignments"]


def group_id(course: Course, name: str) -> int:
    return course.id * 100 + group_names(course).index(name) + 1


def assignment_row(world: World, course: Course, item: Item) -> dict[str, Any]:
    """A published or draft assignment, as a teacher's token sees it."""
    row: dict[str, Any] = {
        "id": item.id,
        "name": item.name,
        "description": "",
        "due_at": stamp(item.due_at),
        "points_possible": float(item.possible),
        "grading_type": item.kind if item.kind != "scale" else "points",
        "assignment_group_id": group_id(course, item.group),
        "created_at": stamp(item.created_at),
        "updated_at": stamp(item.created_at),
        "position": list(course.items).index(item.id) + 1,
        "post_manually": item.post_manually or item.anonymous,
        "published": item.published,
        "workflow_state": "published" if item.published else "unpublished",
        "muted": item.post_manually or item.anonymous,
        "anonymous_grading": item.anonymous,
        "anonymize_students": anonymize_students(course, item),
        "group_category_id": course.id if item.group_set else None,
        "grade_group_students_individually": item.individually,
        "has_sub_assignments": bool(item.checkpoints),
        "course_id": course.id,
        "submission_types": ["not_graded"] if item.kind == "not_graded" else SUBMISSION_TYPES[item.module],
        "has_submitted_submissions": any(g.submitted_at for k, g in course.grades.items() if k[0] == item.id),
        "is_quiz_assignment": item.module == "quiz",
        "html_url": f"{world.issuer}/courses/{course.id}/assignments/{item.id}",
        "omit_from_final_grade": item.omitted,
        "only_visible_to_overrides": item.only_for is not None,
        **NEVER_SET,
    }
    if item.checkpoints:
        row["submission_types"] = ["discussion_topic"]
    if item.module == "lti" and item.resource_link_id is None:
        row["submission_types"] = ["none"]  # made by AGS alone: it launches nothing
    elif item.module == "lti":
        row["external_tool_tag_attributes"] = {
            "url": "",
            "new_tab": False,
            "resource_link_id": item.resource_link_id,
        }
    return row


def anonymize_students(course: Course, item: Item) -> bool:
    """Whether names are kept from graders now: until the grades are posted."""
    graded = [g for key, g in course.grades.items() if key[0] == item.id and g.score is not None]
    return item.anonymous and not (graded and all(grade.posted_at for grade in graded))


def list_assignments(call: Call, course: str) -> Page[dict[str, Any]]:
    found = call.course(course)
    items = _visible(call, found)
    names = set(call.many("assignment_ids"))
    if names:
        items = [item for item in items if str(item.id) in names]
    search = call.one("search_term")
    if search:
        items = [item for item in items if search.lower() in item.name.lower()]
    orders: dict[str, Any] = {
        "name": lambda item: (item.name, item.id),
        "due_at": lambda item: (item.due_at is None, item.due_at and item.due_at.timestamp(), item.id),
    }
    if call.one("order_by") in orders:
        items.sort(key=orders[call.one("order_by") or ""])
    page = page_by_number(call.request, items)
    return Page([assignment_row(call.world, found, item) for item in page.rows], page.rels)


def list_assignment_groups(call: Call, course: str) -> Page[dict[str, Any]]:
    found = call.course(course)
    page = page_by_number(call.request, group_names(found))
    rows = []
    for name in page.rows:
        row: dict[str, Any] = {
            "id": group_id(found, name),
            "name": name,
            "position": group_names(found).index(name) + 1,
            "group_weight": float(found.weights.get(name, 0)),
            "sis_source_id": None,
            "integration_data": {},
            "rules": found.rules.get(name, {}),
        }
        if "assignments" in call.include:
            mine = [item for item in _visible(call, found) if item.group == name]
            row["assignments"] = [assignment_row(call.world, found, item) for item in mine]
        rows.append(row)
    return Page(rows, page.rels)


def list_grading_standards(call: Call, course: str) -> Page[dict[str, Any]]:
    """The course's own grading schemes, for those who may manage grades."""
    found = call.course(course)
    if not call.viewer.grades_all(found):
        raise no_permission()
    steps = [{"name": name, "value": float(least)} for name, least in found.scheme]
    row = {
        "id": found.id * 10 + 7,
        "title": "Letters",
        "context_type": "Course",
        "context_id": found.id,
        "points_based": False,
        "scaling_factor": 1.0,
        "grading_scheme": steps,
    }
    return page_by_number(call.request, [row] if steps else [])


def _visible(call: Call, course: Course) -> list[Item]:
    """Teachers see drafts too; others what is published."""
    return list(course.items.values()) if call.viewer.grades_all(course) else published_items(course)


def change_assignment(call: Call, course: str, assignment: str) -> dict[str, Any]:
    """PUT: of all that Canvas lets one change, whether the assignment counts."""
    found = call.course(course)
    item = found.items.get(call.number(assignment))
    if item is None:
        raise not_found()
    if not call.viewer.grades_all(found):
        raise no_permission()
    body = call.request.get_json(silent=True)
    wanted = body.get("assignment") if isinstance(body, dict) else None
    if isinstance(wanted, dict) and "omit_from_final_grade" in wanted:
        item.omitted = wanted["omit_from_final_grade"] is True
    return assignment_row(call.world, found, item)
