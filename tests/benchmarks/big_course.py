"""A big course as rows of ours: learners, columns, and goals on them, made with a few inserts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy.orm import Session

from lti_tool.db import Database, make_engine
from lti_tool.records import Base
from lti_tool.records.course import Membership, Person, PersonAlias
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.gradebook import Item
from lti_tool.records.plan import Plan
from tests.conftest import fresh_postgres
from tests.factories import make_context, make_registration

KINDS = ("SQLite", "PostgreSQL")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@contextmanager
def empty_database(kind: str) -> Iterator[Database]:
    """Every table and no row, in a database of its own that is thrown away."""
    cipher = MultiFernet([Fernet(Fernet.generate_key())])
    if kind == "PostgreSQL":
        with fresh_postgres() as url:
            yield from _with_tables(url, cipher)
        return
    folder = Path(tempfile.mkdtemp(prefix="plans-benchmark-"))
    try:
        yield from _with_tables(f"sqlite:///{folder / 'plans.sqlite'}", cipher)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _with_tables(url: str, cipher: MultiFernet) -> Iterator[Database]:
    prefixed = url.replace("postgresql://", "postgresql+psycopg://")
    engine = make_engine(prefixed, cipher)
    Base.metadata.create_all(engine)
    try:
        yield Database(engine)
    finally:
        engine.dispose()


@dataclass(frozen=True)
class BigCourse:
    """Ids of what was made. canvas_ids: what the LMS calls the learners, in the order of `people`."""

    registration_id: int
    context_id: int
    people: list[int]
    canvas_ids: list[str]
    items: dict[str, int]
    goals: int


def make_big_course(database: Database, *, learners: int, columns: int, goals: bool = True) -> BigCourse:
    """Learners 1..n with a plan each; with goals: one on all columns and one on a single column each."""
    with database.write() as session:
        registration = make_registration(session, product_family="canvas")
        context = make_context(session, registration, started_at=NOW, lms_course_id="1")
        people = _people(session, registration.id, context.id, learners)
        items = _items(session, context.id, columns)
        made = _goals(session, registration.id, context.id, people, list(items.values())) if goals else 0
        return BigCourse(
            registration.id, context.id, people, [str(n + 1) for n in range(learners)], items, made
        )


def _people(session: Session, registration_id: int, context_id: int, count: int) -> list[int]:
    if not count:
        return []
    session.execute(sa.insert(Person), [{"registration_id": registration_id, "created_at": NOW}] * count)
    mine = Person.registration_id == registration_id
    people = list(session.scalars(sa.select(Person.id).where(mine).order_by(Person.id)))
    aliases: list[dict[str, Any]] = []
    for number, person in enumerate(people, 1):
        for kind, value in (("sub", f"sub-{number}"), ("canvas_user_id", str(number))):
            aliases.append(
                {"registration_id": registration_id, "person_id": person, "kind": kind, "value": value}
            )
    session.execute(sa.insert(PersonAlias), aliases)
    session.execute(
        sa.insert(Membership),
        [
            {"context_id": context_id, "person_id": person, "role": "learner", "joined_at": NOW}
            for person in people
        ],
    )
    return people


def _items(session: Session, context_id: int, count: int) -> dict[str, int]:
    rows = [
        {
            "context_id": context_id,
            "key": f"assignment:{number}",
            "lms_id": str(number),
            "name": f"Homework {number}",
            "kind": "points",
            "possible": Decimal(20),
            "due_at": NOW - timedelta(days=70 - 3 * number),
        }
        for number in range(1, count + 1)
    ]
    if rows:
        session.execute(sa.insert(Item), rows)
    return {row.key: row.id for row in session.execute(sa.select(Item.key, Item.id).order_by(Item.id))}


def _goals(
    session: Session, registration_id: int, context_id: int, people: list[int], items: list[int]
) -> int:
    session.execute(
        sa.insert(Plan),
        [{"registration_id": registration_id, "person_id": person, "created_at": NOW} for person in people],
    )
    plans = list(session.scalars(sa.select(Plan.id).order_by(Plan.id)))
    whole = {
        "context_id": context_id,
        "title": "Do well",
        "state": "active",
        "target": Decimal(85),
        "baseline": Decimal(40),
        "starts_on": (NOW - timedelta(days=60)).date(),
        "due_on": (NOW + timedelta(days=60)).date(),
        "created_at": NOW,
    }
    rows = [{**whole, "plan_id": plan, "measure": kind} for plan in plans for kind in ("average", "score")]
    session.execute(sa.insert(Goal), rows)
    goals = session.execute(sa.select(Goal.id, Goal.measure).order_by(Goal.id)).all()
    links = [
        {"goal_id": goal.id, "item_id": item, "position": position}
        for goal in goals
        for position, item in enumerate(items if goal.measure == "average" else items[:1])
    ]
    session.execute(sa.insert(GoalItem), links)
    return len(goals)
