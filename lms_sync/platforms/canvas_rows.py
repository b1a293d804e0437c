"""Canvas's JSON rows → ours (canvas.md §5). Pure; a row that makes no sense gives None."""

from __future__ import annotations

from typing import Any

from lms_sync.platforms.base import ItemRow, Ours, OwnSeen, ResultRow
from lms_sync.platforms.wire import decimal, iso_time, text
from lti_tool.plans.observation import UNASSIGNED

KINDS = frozenset({"points", "percent", "letter_grade", "gpa_scale", "pass_fail", "not_graded"})


def item_row(row: Any, group: dict[str, Any], own_host: str) -> ItemRow | None:
    """An assignment as a gradebook column; None for a broken one. Ours is told by `is_own`."""
    if not isinstance(row, dict) or not isinstance(row.get("id"), int | str) or is_own(row, own_host):
        return None
    number, kind = text(row["id"], 64), text(row.get("grading_type"))
    if not number:
        return None
    position = row.get("position")
    return ItemRow(
        key=f"assignment:{number}",
        lms_id=number,
        name=text(row.get("name")) or f"Assignment {number}",
        kind=kind if kind in KINDS else "points",
        possible=decimal(row.get("points_possible")),
        due_at=iso_time(row.get("due_at")),
        published=row.get("published") is not False,
        group_name=text(group.get("name"), 512),
        group_lms_id=text(group.get("id"), 64) or None,
        position=position if isinstance(position, int) else 0,
        url=text(row.get("html_url"), 2048),
    )


def is_own(row: dict[str, Any], own_host: str) -> bool:
    """Whether an assignment is a line item of this tool: it launches our address."""
    tag = row.get("external_tool_tag_attributes")
    url = text(tag.get("url"), 2048) if isinstance(tag, dict) else ""
    return bool(own_host) and (url + "/").startswith(own_host + "/")


def is_own_column(row: dict[str, Any], ours: Ours) -> bool:
    """Whether an assignment is a column we made by AGS: by its id, until we know it by its name.

    Such an assignment takes no submission and launches nothing, so nothing else in the row says whose it is.
    """
    if text(row.get("id"), 64) in ours.ids:
        return True
    return row.get("submission_types") == ["none"] and text(row.get("name")) in ours.names


def own_seen(row: dict[str, Any]) -> OwnSeen:
    """A column of ours, and whether Canvas counts it."""
    return OwnSeen(text(row.get("id"), 64), row.get("omit_from_final_grade") is not True)


def posts_manually(row: Any) -> bool:
    """Whether grades of this assignment are shown only when the teacher posts them."""
    return isinstance(row, dict) and row.get("post_manually") is True


def result_row(row: Any, items: dict[str, ItemRow], manual: frozenset[str]) -> ResultRow | None:
    """A submission as a cell; None when it names no person or no column we know.

    Args:
        manual: keys of the columns whose grades are posted by hand.
    """
    if not isinstance(row, dict):
        return None
    said = row.get
    user_id, item = text(said("user_id"), 64), items.get(f"assignment:{text(said('assignment_id'), 64)}")
    if not user_id or item is None:
        return None
    if said("assignment_visible") is False:
        return ResultRow(item.key, user_id, None, None, state=UNASSIGNED)
    waiting = said("grade_matches_current_submission") is False
    return ResultRow(
        item.key,
        user_id,
        decimal(said("score")),
        item.possible,
        text(said("grade"), 255),
        text(said("workflow_state"), 32),
        is_hidden(row, item.key in manual, waiting),
        said("excused") is True,
        said("missing") is True,
        said("late") is True,
        waiting,  # regrade_pending
        iso_time(said("submitted_at")),
        iso_time(said("graded_at")),
        iso_time(said("cached_due_date")),
    )


def is_hidden(row: dict[str, Any], manual: bool, waiting: bool) -> bool:
    """Canvas's own rule: what has no `posted_at` is not shown to the student (canvas.md §5.1).

    A teacher's token sees unposted scores, so the rule is ours to keep. A row without the key `score`
    at all is one our account may not read, and counts as hidden.
    """
    if "score" not in row:
        return True
    if iso_time(row.get("posted_at")) is not None:
        return False
    graded = row.get("score") is not None or row.get("excused") is True
    return manual or graded or waiting or row.get("workflow_state") in ("graded", "pending_review")
