"""What measuring again costs: 1,000 students × 3 goals × 20 readings, and one changed grade.

`python -m tests.benchmarks.recompute` prints it for SQLite and, where TEST_POSTGRES_URL is set, PostgreSQL,
beside what the same rows cost to read and nothing else (the floor).
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from lti_tool.db import Database, make_engine
from lti_tool.planning.recompute import goals_for_results, recompute_goals
from lti_tool.records import Base
from lti_tool.records.course import Person
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.gradebook import Item, Result, ResultVersion
from lti_tool.records.plan import Plan
from tests import factories as make

STUDENTS, GOALS, READINGS = 1000, 3, 20
NOW = make.NOW


def fill(database: Database, students: int = STUDENTS) -> tuple[int, int]:
    """A course with that many students, three average goals each over twenty graded pieces of work.

    Gives (one item, one person) whose grade can change. Rows go in by the thousand: the making is not timed.
    """
    with database.write() as session:
        registration = make.make_registration(session)
        context = make.make_context(session, registration)
        items = [make.make_item(session, context, f"Work {n}", 20).id for n in range(READINGS)]
        people = [make.make_learner(session, context).id for _ in range(students)]
        plans = [make.make_plan(session, _person(session, person)).id for person in people]
        pairs = [(item, person) for person in people for item in items]
        session.execute(sa.insert(ResultVersion), [_version(n, *pair) for n, pair in enumerate(pairs)])
        versions = session.execute(
            sa.select(ResultVersion.id, ResultVersion.item_id, ResultVersion.person_id)
        ).all()
        session.execute(sa.insert(Result), [_result(*row) for row in versions])
        session.execute(sa.insert(Goal), [_goal(plan, context.id) for plan in plans for _ in range(GOALS)])
        goals = session.scalars(sa.select(Goal.id)).all()
        chosen = [
            {"goal_id": goal, "item_id": item, "position": n}
            for goal in goals
            for n, item in enumerate(items)
        ]
        session.execute(sa.insert(GoalItem), chosen)
    return items[0], people[0]


def _person(session: Any, person_id: int) -> Any:
    return session.get_one(Person, person_id)


def _version(number: int, item_id: int, person_id: int) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "person_id": person_id,
        "score": Decimal(10 + number % 10),
        "possible": Decimal(20),
        "state": "graded",
        "graded_at": NOW,
        "due_at": NOW + timedelta(days=number % READINGS),
        "read_at": NOW,
    }


def _result(version_id: int, item_id: int, person_id: int) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "person_id": person_id,
        "current_version_id": version_id,
        "released_version_id": version_id,
        "read_at": NOW,
    }


def _goal(plan_id: int, context_id: int) -> dict[str, Any]:
    return {
        "plan_id": plan_id,
        "context_id": context_id,
        "title": "Work to 90",
        "state": "active",
        "measure": "average",
        "method": "points",
        "target": Decimal(90),
        "baseline": Decimal(60),
        "starts_on": NOW.date(),
        "due_on": (NOW + timedelta(days=60)).date(),
        "created_at": NOW,
    }


def change_one(database: Database, item_id: int, person_id: int, score: int) -> int:
    """One changed grade stored and its goals measured again, as a sync does; how many goals moved."""
    with database.write() as session:
        item = session.get_one(Item, item_id)
        make.make_result(session, item, _person(session, person_id), score)
        goal_ids = goals_for_results(session, [(item_id, person_id)])
        return len(recompute_goals(session, goal_ids, now=NOW))


def measure_all(database: Database) -> int:
    """Every goal measured in one go; how many moved."""
    with database.write() as session:
        goal_ids = session.scalars(sa.select(Goal.id)).all()
        return len(recompute_goals(session, goal_ids, now=NOW + timedelta(days=1)))


def read_all(database: Database) -> int:
    """The floor: the same rows read, and nothing done with them."""
    query = (
        sa.select(GoalItem.goal_id, ResultVersion.id, ResultVersion.score, ResultVersion.possible)
        .join(Goal, Goal.id == GoalItem.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Result, sa.and_(Result.item_id == GoalItem.item_id, Result.person_id == Plan.person_id))
        .join(ResultVersion, ResultVersion.id == Result.released_version_id)
    )
    with database.read() as session:
        return len(session.execute(query).all())


def _seconds(step: Callable[[], Any]) -> float:
    return _both(step)[0]


def _both(step: Callable[[], Any]) -> tuple[float, float]:
    """(seconds, seconds of our own CPU)."""
    begun, cpu = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - begun, time.process_time() - cpu


def _report(name: str, database: Database) -> None:
    item_id, person_id = fill(database)
    floor = _seconds(lambda: read_all(database))
    first = _both(lambda: measure_all(database))
    again = _both(lambda: measure_all(database))
    one = sorted(_seconds(lambda n=n: change_one(database, item_id, person_id, n)) for n in range(15))[7]
    sys.stdout.write(
        f"{name:11} reading the rows alone {floor:5.2f} s   measuring all, the first time {first[0]:5.2f} s "
        f"(CPU {first[1]:.2f} s)   again {again[0]:5.2f} s (CPU {again[1]:.2f} s)   "
        f"one changed grade {one * 1000:5.1f} ms\n"
    )


@contextmanager
def _databases() -> Iterator[list[tuple[str, str]]]:
    with tempfile.TemporaryDirectory() as folder:
        found = [("SQLite", f"sqlite:///{Path(folder) / 'bench.sqlite'}")]
        server = os.environ.get("TEST_POSTGRES_URL")
        if not server:
            yield found
            return
        admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(sa.text("CREATE DATABASE plans_bench_recompute"))
        url = sa.make_url(server).set(database="plans_bench_recompute").render_as_string(hide_password=False)
        try:
            yield [*found, ("PostgreSQL", url)]
        finally:
            with admin.connect() as connection:
                connection.execute(sa.text("DROP DATABASE plans_bench_recompute WITH (FORCE)"))
            admin.dispose()


def main() -> None:
    """Print a line for each database."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    sys.stdout.write(f"{STUDENTS} students × {GOALS} goals × {READINGS} readings\n")
    with _databases() as databases:
        for name, url in databases:
            engine = make_engine(url)
            Base.metadata.create_all(engine)
            _report(name, Database(engine))
            engine.dispose()


if __name__ == "__main__":
    main()
