"""The numbers of one line of Moodle's grade report, as its JSON writes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.sandbox_lms.moodle_ws_caller import seconds
from tests.sandbox_lms.world import Grade, Item

# What the report puts before a grade whose column says from where on it is passed.
TICK, CROSS = (
    f'<i class="icon fa fa-{icon} text-{kind} fa-fw " title="{word}" role="img" aria-label="{word}"></i>'
    for icon, kind, word in (("check", "success", "Pass"), ("remove", "danger", "Fail"))
)


def number(value: Decimal) -> int | float:
    """PHP's JSON: whole numbers without a point, others rounded to five places."""
    rounded = round(float(value), 5)
    return int(rounded) if rounded == int(rounded) else rounded


def values(item: Item, grade: Grade) -> dict[str, Any]:
    least, most, score = Decimal(0), item.possible, grade.score
    spread = f"{least:.0f}&ndash;{most:.0f}"
    shown = "-" if score is None else f"{score:.2f}"
    if item.kind == "scale" and item.scale:
        least, most = Decimal(1), Decimal(len(item.scale))
        spread = f"{item.scale[0]}&ndash;{item.scale[-1]}"
        shown = "-" if score is None else item.scale[int(score) - 1]
    if score is not None and item.to_pass is not None:
        shown = f"{TICK if score >= item.to_pass else CROSS}{shown}"
    if item.needs_update:
        score, shown = None, "Error"
    percent = "-"
    if score is not None and most > least:
        percent = f"{(score - least) / (most - least) * 100:.2f} %"
    return {
        "graderaw": None if score is None else number(score),
        "gradedatesubmitted": (seconds(grade.submitted_at) or None) if item.module == "assign" else None,
        "gradedategraded": seconds(grade.graded_at) or None,
        "gradehiddenbydate": grade.hidden_by_date,
        "gradeneedsupdate": item.needs_update,
        "gradeishidden": item.hidden or grade.hidden,
        "gradeislocked": grade.locked,
        "gradeisoverridden": grade.overridden,
        "gradeformatted": shown,
        "grademin": number(least),
        "grademax": number(most),
        "rangeformatted": spread,
        "percentageformatted": percent,
    }
