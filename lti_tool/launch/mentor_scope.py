"""Whom a launch names for its mentor: the `role_scope_mentor` claim, else Canvas's list of observees.

A claim that cannot be read names nobody: least rights (lti.md §6; canvas.md §3, Observers).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

CUSTOM_FIELD = "observees"  # `$com.instructure.User.observees`, see config_json
ENTRIES_MOST = 200
ID_LONGEST = 255


def students_named(claim: Any, custom: Mapping[str, str]) -> tuple[list[str], str]:
    """(the students' `sub`, where they were read); both empty where nobody is named."""
    if isinstance(claim, list):
        return _kept(claim), "role_scope_mentor"
    listed = _kept(custom.get(CUSTOM_FIELD, "").split(","))
    return (listed, "observees") if listed else ([], "")


def _kept(values: list[Any]) -> list[str]:
    """Identifiers only: text, not a variable left as it was, no control characters, each once."""
    texts = [value.strip() for value in values[:ENTRIES_MOST] if isinstance(value, str)]
    return list(dict.fromkeys(text for text in texts if _is_identifier(text)))


def _is_identifier(text: str) -> bool:
    if not 0 < len(text) <= ID_LONGEST or text.startswith("$"):
        return False
    return not any(unicodedata.category(char) in {"Cc", "Cs"} for char in text)
