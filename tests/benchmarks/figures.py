"""What the arithmetic alone costs: `python -m tests.benchmarks.figures` (issue: recompute under 2 s).

1,000 students with three goals of twenty readings each, through the one pure door, without a database.
"""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from decimal import Decimal

from lti_tool.plans.figures import figures_of
from lti_tool.plans.measure import Evidence, Measure, MeasureKind, Method, Observation, Params
from lti_tool.plans.terms import Terms

STUDENTS, READINGS = 1_000, 20
START, DUE = date(2026, 1, 12), date(2026, 6, 12)
MEASURES = (
    Measure(MeasureKind.AVERAGE),
    Measure(MeasureKind.AVERAGE, Method.MEAN),
    Measure(MeasureKind.COUNT, params=Params(on_time=True)),
)


def student(chance: random.Random) -> Evidence:
    """Twenty pieces of work, most of them graded."""
    return Evidence(
        [
            Observation(
                number,
                Decimal(chance.randint(50, 100)) if number < READINGS - 4 else None,
                Decimal(100),
                due_on=START + timedelta(7 * number),
                submitted_on=START + timedelta(7 * number),
            )
            for number in range(READINGS)
        ]
    )


def seconds(students: int = STUDENTS) -> tuple[float, float]:
    """(all goals of all students, one goal), in seconds of CPU."""
    chance = random.Random(1)
    people = [student(chance) for _ in range(students)]
    today = START + timedelta(7 * (READINGS - 4))
    terms = [
        Terms(measure, Decimal(80 if n < 2 else 18), Decimal(68), START, DUE)
        for n, measure in enumerate(MEASURES)
    ]
    begun = time.process_time()
    for evidence in people:
        for one in terms:
            figures_of(one, evidence, today)
    whole = time.process_time() - begun
    return whole, whole / (students * len(terms))


if __name__ == "__main__":
    whole, one = seconds()
    print(f"{STUDENTS} students x {len(MEASURES)} goals x {READINGS} readings: {whole:.2f} s of CPU")
    print(f"one goal: {one * 1000:.2f} ms of CPU")
