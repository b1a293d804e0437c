"""Canvas's assignments → columns of ours (canvas.md §5). Pure; a row that makes no sense gives None."""

from __future__ import annotations

from typing import Any

from lms_sync.platforms.base import ItemRow, Ours, OwnSeen
from lms_sync.platforms.values import decimal, iso_time, text

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
        position=position if isinstance(position, int) and abs(position) < 2**31 else 0,
        url=text(row.get("html_url"), 2048),
    )


def is_own(row: Any, own_host: str) -> bool:
    """Whether an assignment is a line item of this tool: it launches our address."""
    tag = row.get("external_tool_tag_attributes") if isinstance(row, dict) else None
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
