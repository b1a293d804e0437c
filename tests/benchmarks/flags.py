"""How often the status rule is wrong: the simulation of domain.md §3.4, with the rule as it runs.

`python -m tests.benchmarks.flags [students]` prints the rates beside those of the specification. Twelve
grades, the aim line from 70 to 80, independent normal noise, a look after every grade from the sixth.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from lti_tool.plans.status import Status, by_residuals

GRADES, FIRST_LOOK = 12, 6
START, TARGET = 70.0, 80.0
SPREADS = (5, 10, 15)
WATCH = frozenset({Status.LOOK, Status.OFF_TRACK})
SEED = 2026
PUBLISHED_SAMPLE = 2_000


def line(grade: int) -> float:
    """The aim line at a grade, 0 to 11: the first comes a twelfth of the way in, the last at its end."""
    return START + (TARGET - START) * (grade + 1) / GRADES


# What a student's true level is at each grade.
STUDENTS: dict[str, Callable[[int], float]] = {
    "on the line": line,
    "flat": lambda _grade: START,
    "falling": lambda grade: 2 * START - line(grade),
}


@dataclass(frozen=True)
class Rates:
    """Shares of students, in per cent."""

    ever_off: float
    ever_watch: float
    off_at_end: float


def residual_rows(kind: str, spread: float, students: int, seed: int = SEED) -> list[list[float]]:
    """score − aim line of each student's twelve grades."""
    chance = random.Random(f"{seed} {kind} {spread}")
    level = STUDENTS[kind]
    return [
        [level(g) - line(g) + chance.gauss(0, spread) for g in range(GRADES)] for _student in range(students)
    ]


def rates(kind: str, spread: float, students: int, seed: int = SEED) -> Rates:
    """How often students of a kind are flagged by the rule that runs."""
    off = watch = end = 0
    for row in residual_rows(kind, spread, students, seed):
        looks = [by_residuals(row[:count]) for count in range(FIRST_LOOK, GRADES + 1)]
        off += Status.OFF_TRACK in looks
        watch += not WATCH.isdisjoint(looks)
        end += looks[-1] is Status.OFF_TRACK
    return Rates(*(100 * count / students for count in (off, watch, end)))


# The rules it was chosen over (domain.md §3.4).
def four_below(r: Sequence[float]) -> bool:
    """The four-point rule."""
    return all(x < 0 for x in r[-4:])


def mean_gap(errors: float) -> Callable[[Sequence[float]], bool]:
    """The mean gap lies under the line by so many standard errors."""
    return lambda r: fmean(r) + errors * stdev(r) / sqrt(len(r)) < 0


def trend_under(r: Sequence[float]) -> bool:
    """A straight line through the scores ends more than two points under the target."""
    xs = range(len(r))
    scores = [x + line(g) for g, x in zip(xs, r, strict=True)]
    middle_x, middle_y = fmean(xs), fmean(scores)
    slope = sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, scores, strict=True)) / sum(
        (x - middle_x) ** 2 for x in xs
    )
    return middle_y + slope * (GRADES - 1 - middle_x) < TARGET - 2


OTHER_RULES: dict[str, Callable[[Sequence[float]], bool]] = {
    "four below": four_below,
    "trend ends 2 under": trend_under,
    "mean gap 1.5 se": mean_gap(1.5),
    "mean gap 2 se": mean_gap(2),
}


def other_rate(rule: str, kind: str, spread: float, students: int) -> float:
    """How often another rule ever flags."""
    flags = OTHER_RULES[rule]
    rows = residual_rows(kind, spread, students)
    hits = sum(any(flags(row[:n]) for n in range(FIRST_LOOK, GRADES + 1)) for row in rows)
    return 100 * hits / students


# domain.md §3.4: (lowest, highest) per cent for noise of 5, 10 and 15 points.
Span = tuple[float, float]
PUBLISHED: dict[tuple[str, str], tuple[Span, Span, Span]] = {
    ("on the line", "ever_off"): ((9, 10), (9, 10), (9, 10)),
    ("on the line", "off_at_end"): ((3, 4), (3, 4), (3, 4)),
    ("on the line", "ever_watch"): ((32, 33), (32, 33), (32, 33)),
    ("flat", "ever_off"): ((91, 91), (48, 48), (31, 31)),
    ("flat", "ever_watch"): ((99, 99), (83, 83), (68, 68)),
    ("falling", "ever_off"): ((100, 100), (91, 91), (66, 66)),
    ("falling", "ever_watch"): ((100, 100), (99, 99), (93, 93)),
}
PUBLISHED_OTHERS: dict[tuple[str, str], tuple[Span, Span, Span]] = {
    ("four below", "on the line"): ((24, 25), (24, 25), (24, 25)),
    ("trend ends 2 under", "on the line"): ((67, 78), (67, 78), (67, 78)),
    ("mean gap 1.5 se", "on the line"): ((17, 19), (17, 19), (17, 19)),
    ("mean gap 2 se", "on the line"): ((9, 11), (9, 11), (9, 11)),
    ("four below", "flat"): ((96, 96), (71, 71), (55, 55)),
    ("mean gap 2 se", "flat"): ((92, 92), (48, 48), (30, 30)),
    ("four below", "falling"): ((100, 100), (96, 96), (84, 84)),
    ("mean gap 2 se", "falling"): ((100, 100), (91, 91), (66, 66)),
}


def allowed(span: Span, students: int) -> Span:
    """Between which rates a sample may lie: three standard errors, the specification's own sample (taken
    as 2,000 students) and its rounding to whole per cents included."""
    low, high = span

    def error(rate: float) -> float:
        share = min(max(rate / 100, 0.01), 0.99)
        return 300 * sqrt(share * (1 - share) * (1 / students + 1 / PUBLISHED_SAMPLE)) + 0.5

    return low - error(low), high + error(high)


def main(students: int) -> None:
    """Print every rate beside the published one."""
    print(f"{students} students a row; noise of {SPREADS} points; in per cent, published in brackets")
    found = {(kind, spread): rates(kind, spread, students) for kind in STUDENTS for spread in SPREADS}
    for (kind, figure), spans in PUBLISHED.items():
        ours = [getattr(found[kind, spread], figure) for spread in SPREADS]
        _row(f"{kind}, {figure.replace('_', ' ')}", ours, spans)
    for (rule, kind), spans in PUBLISHED_OTHERS.items():
        _row(f"{rule}: {kind}", [other_rate(rule, kind, spread, students) for spread in SPREADS], spans)


def _row(name: str, ours: Sequence[float], spans: Sequence[Span]) -> None:
    cells = [f"{x:5.1f} [{low:g}–{high:g}]" for x, (low, high) in zip(ours, spans, strict=True)]
    print(f"{name:36s} " + "   ".join(cells))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
