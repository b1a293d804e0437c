"""Which tables are ours: the job engine keeps its own in the same database."""

from __future__ import annotations

from typing import Any

from lti_tool.records import Base


def ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave the job engine's tables alone; they have migrations of their own."""
    if kind == "table":
        return name in Base.metadata.tables
    return True
