"""Which grades a Moodle category leaves out by its own rule: "drop the lowest", or not counting at all. Pure.

Its report says `dropped` of these and of a grade that a teacher excluded for one student alike. A rule shows
in everybody's report, an exclusion in one. So the rule is learnt from many reports read in one answer, and
kept for the readings of one person (`ItemGroup.drop_lowest`). Where too few have grades, it is an exclusion.
Taken for one, what a rule leaves out would come and go with grades that nobody may see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from lms_sync.platforms.moodle_rows import item_key
from lms_sync.platforms.values import decimal, text

DROPPED = "dropped"
# Nobody's grade counts: the category has no total.
ALL = 999
LEAST_PEOPLE = 3
Line = dict[str, Any]


def learnt(reports: Iterable[Sequence[Line]]) -> dict[str, int]:
    """Category → how many of the lowest it drops, 0 for none; left out where too few have grades in it.

    reports: the lines of each person of one answer.
    """
    people: dict[str, list[tuple[int, int, bool]]] = defaultdict(list)
    for lines in reports:
        for category, graded in _graded(lines).items():
            people[category].append(_told(graded))
    return {category: rule for category, told in people.items() if (rule := _rule(told)) is not None}


def by_rule(lines: Sequence[Line], rules: Mapping[str, int]) -> set[str]:
    """The columns whose grade is left out of this person's total by a rule, and by nobody."""
    found: set[str] = set()
    for category, graded in _graded(lines).items():
        gone = [key for _share, key, dropped in graded if dropped]
        found.update(gone[: rules.get(category, 0)])
    return found


def _graded(lines: Sequence[Line]) -> dict[str, list[tuple[Decimal, str, bool]]]:
    """Category → (share of the points, column, whether it is left out) of what has a grade, lowest first."""
    found: dict[str, list[tuple[Decimal, str, bool]]] = defaultdict(list)
    for line in lines:
        key, score, most = item_key(line), decimal(line.get("graderaw")), decimal(line.get("grademax"))
        least = decimal(line.get("grademin")) or Decimal(0)
        if key and score is not None and most is not None and most > least:
            share = (score - least) / (most - least)
            found[text(line.get("categoryid"), 64)].append((share, key, line.get("status") == DROPPED))
    # Of equal ones those left out first: Moodle may choose any of them.
    return {category: sorted(rows, key=lambda row: (row[0], not row[2])) for category, rows in found.items()}


def _told(graded: Sequence[tuple[Decimal, str, bool]]) -> tuple[int, int, bool]:
    """(grades, how many of them are left out, whether those are the lowest)."""
    flags = [dropped for _share, _key, dropped in graded]
    gone = sum(flags)
    return len(flags), gone, all(flags[:gone])


def _rule(people: Sequence[tuple[int, int, bool]]) -> int | None:
    some_count = [(gone, lowest) for graded, gone, lowest in people if gone < graded]
    if not some_count:
        return ALL if len(people) >= LEAST_PEOPLE else None
    rule = min(gone for gone, _lowest in some_count)
    if rule == 0:
        return 0
    like_it = [one for one in some_count if one == (rule, True)]
    enough = len(like_it) >= LEAST_PEOPLE and 2 * len(like_it) > len(some_count)
    return rule if enough else None
