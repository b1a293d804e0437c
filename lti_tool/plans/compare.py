"""What differs between two texts, or between two rounds of a profile (domain.md A25)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

WORDS_MOST = 3000  # more than this is shown whole: comparing it would keep a page waiting

Mark = Literal["same", "gone", "new"]


def word_changes(before: str, after: str) -> list[tuple[Mark, str]]:
    """The words of both texts in order, each part the same, gone or new."""
    old, new = re.findall(r"\s+|[^\s]+", before), re.findall(r"\s+|[^\s]+", after)
    if len(old) + len(new) > WORDS_MOST:
        return [("gone", before), ("new", after)]
    parts: list[tuple[Mark, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(("same", "".join(old[a:b])))
            continue
        if b > a:
            parts.append(("gone", "".join(old[a:b])))
        if d > c:
            parts.append(("new", "".join(new[c:d])))
    return parts


@dataclass(frozen=True)
class Turned:
    """One thing that two rounds say differently."""

    kind: str
    topic: str
    before: str
    after: str


@dataclass(frozen=True)
class RoundChanges:
    """What changed from one round to the next. new, let_go: entries as the snapshots have them."""

    new: Sequence[Mapping[str, Any]]
    let_go: Sequence[Mapping[str, Any]]
    turned: Sequence[Turned]
    kept: int

    @property
    def none(self) -> bool:
        """Whether both say the same."""
        return not (self.new or self.let_go or self.turned)


def round_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> RoundChanges:
    """Compare two snapshots `{"entries": [{"id", "kind", "topic", "text", "more"}, ...]}`."""
    old = {one["id"]: one for one in before.get("entries", [])}
    new = {one["id"]: one for one in after.get("entries", [])}
    both = [key for key in new if key in old]
    turned = [
        Turned(new[key]["kind"], new[key]["topic"], _said(old[key]), _said(new[key]))
        for key in both
        if _said(old[key]) != _said(new[key])
    ]
    return RoundChanges(
        new=[one for key, one in new.items() if key not in old],
        let_go=[one for key, one in old.items() if key not in new],
        turned=turned,
        kept=len(both) - len(turned),
    )


def _said(entry: Mapping[str, Any]) -> str:
    return "\n".join(text for text in (entry["text"], entry.get("more", "")) if text)
