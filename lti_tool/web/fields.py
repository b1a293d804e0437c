"""Small things typed into forms, read strictly: a day as browsers send it, ids that are numbers."""

from __future__ import annotations

import re
from datetime import date

from flask import request

IDS_MOST = 500
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day_typed(text: str) -> date | None:
    """A day like 2026-03-23; None for anything else."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def ids_ticked(name: str) -> list[int]:
    """The ids ticked in a form; -1, which nothing has, for what is no number."""
    return [
        int(text) if text.isascii() and text.isdigit() and len(text) < 11 else -1
        for text in request.form.getlist(name)[:IDS_MOST]
    ]
