"""Which work of a course looks like the work of a template: by its name, else by its place in its group.

What looks alike is proposed to whoever fills in the form, with how it was found; nothing is tied by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lti_tool.plans.names import folded

WORK_MOST = 100


@dataclass(frozen=True)
class Named:
    """A piece of work: its name, its assignment group's, and its place among the group's, from 1."""

    name: str
    group: str
    place: int


@dataclass(frozen=True)
class Match:
    """wanted: of the template. item_id: of the course; by: `name`, or `place`."""

    wanted: Named
    item_id: int
    name: str
    by: str


def placed(work: Iterable[tuple[int, str, str]]) -> dict[int, Named]:
    """id → what it is called and where it stands. work: (id, name, group) in the gradebook's order."""
    seen: Counter[str] = Counter()
    found = {}
    for item_id, name, group in work:
        seen[folded(group)] += 1
        found[item_id] = Named(name, group, seen[folded(group)])
    return found


def matches(wanted: Sequence[Named], here: dict[int, Named]) -> tuple[list[Match], list[Named]]:
    """What looks like it, each piece of the course at most once, in the template's order; and what is not.

    Names go first, within a group of the same name before any other, so that no place is taken from them.
    """
    free, by_id = dict(here), {}
    for same_group in (True, False):
        for index, one in enumerate(wanted):
            if index not in by_id:
                found = next((id for id, there in free.items() if _alike(one, there, same_group)), None)
                if found is not None:
                    by_id[index] = (found, "name")
                    del free[found]
    for index, one in enumerate(wanted):
        if index not in by_id and one.group:
            found = next((id for id, there in free.items() if _same_place(one, there)), None)
            if found is not None:
                by_id[index] = (found, "place")
                del free[found]
    pairs = [
        Match(one, by_id[index][0], here[by_id[index][0]].name, by_id[index][1])
        for index, one in enumerate(wanted)
        if index in by_id
    ]
    return pairs, [one for index, one in enumerate(wanted) if index not in by_id]


def _alike(one: Named, there: Named, same_group: bool) -> bool:
    if folded(one.name) != folded(there.name):
        return False
    return not same_group or folded(one.group) == folded(there.group)


def _same_place(one: Named, there: Named) -> bool:
    return (folded(one.group), one.place) == (folded(there.group), there.place)


def kept(work: Iterable[Named]) -> list[dict[str, Any]]:
    """As a template keeps them."""
    return [{"name": one.name, "group": one.group, "place": one.place} for one in work][:WORK_MOST]


def read(said: Any) -> list[Named]:
    """What a template kept."""
    rows = said if isinstance(said, list) else []
    return [Named(str(row["name"]), str(row["group"]), int(row["place"])) for row in rows]
