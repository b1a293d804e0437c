"""What we hold of a course and what the LMS holds, in one form, so that the two can be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms_sync.cells import COUNTED
from lti_tool.db import Database
from lti_tool.records.course import Membership, PersonAlias
from lti_tool.records.gradebook import Item, Result, ResultVersion
from lti_tool.records.plan import Plan
from tests.sandbox_lms.world import Enrolment, Grade
from tests.sandbox_lms.world import Item as LmsItem
from tests.sync.course import Tied

Cell = tuple[str, str]


@dataclass(frozen=True)
class Seen:
    """A cell: score, excused, and whether its student may see it. An empty cell is not one."""

    score: Decimal | None
    excused: bool
    hidden: bool


@dataclass(frozen=True)
class Picture:
    """people: those here now, sub → role. items: LMS id → (name, points). cells: (item, sub) → Seen."""

    people: dict[str, str]
    items: dict[str, tuple[str, Decimal | None]]
    cells: dict[Cell, Seen]


def ours(tied: Tied) -> Picture:
    """What we hold: learners and staff who are here, columns that are there, newest versions of cells."""
    members = {sub: role for sub, (role, here) in tied.members().items() if here}
    items = {number: item for number, item in tied.items().items() if item.gone_at is None and item.published}
    cells = {}
    for (number, sub), (current, _released) in versions(tied).items():
        if number in items and sub in members and not (current.score is None and not current.excused):
            cells[number, sub] = Seen(current.score, current.excused, current.hidden)
    return Picture(
        members, {number: (i.name, points(i.kind, i.possible)) for number, i in items.items()}, cells
    )


def points(kind: str, possible: Decimal | None) -> Decimal | None:
    """A column's points; those of a word scale are each LMS's own."""
    return None if kind == "scale" or possible is None else possible.normalize()


def versions(tied: Tied) -> dict[Cell, tuple[ResultVersion, ResultVersion | None]]:
    """(item, sub) → (newest version, the version that is shown)."""
    current, released = aliased(ResultVersion), aliased(ResultVersion)
    with tied.database.read() as session:
        rows = session.execute(
            sa.select(Item.lms_id, PersonAlias.value, current, released)
            .select_from(Result)
            .join(Item, Item.id == Result.item_id)
            .join(PersonAlias, (PersonAlias.person_id == Result.person_id) & (PersonAlias.kind == "sub"))
            .join(current, current.id == Result.current_version_id)
            .outerjoin(released, released.id == Result.released_version_id)
        ).all()
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def theirs(tied: Tied) -> Picture:
    """What the LMS holds, in the same form."""
    world, course = tied.world, tied.course
    canvas = world.personality == "canvas"
    here = {n: e for n, e in course.enrolments.items() if e.active}
    people = {course.sub_of(world.people[n]): lms_role(tied, e) for n, e in here.items()}
    items = {n: i for n, i in course.items.items() if i.published and not i.tool_client_id}
    cells = {}
    for (number, person_id), grade in course.grades.items():
        if number not in items or person_id not in here or here[person_id].role != "student":
            continue
        score = None if canvas and grade.excused else grade.score
        if score is not None or grade.excused:
            hidden = is_hidden(canvas, items[number], grade)
            cells[str(number), course.sub_of(world.people[person_id])] = Seen(score, grade.excused, hidden)
    named = {str(n): (i.name, points(i.kind, i.possible)) for n, i in items.items()}
    return Picture(people, named, cells)


def lms_role(tied: Tied, enrolment: Enrolment) -> str:
    """What we call the role of an enrolment; a Moodle lists its non-editing teachers as learners."""
    if enrolment.role == "ta" and tied.world.personality == "moodle":
        return "learner"
    roles = {"student": "learner", "teacher": "staff", "ta": "staff", "observer": "mentor"}
    return roles[enrolment.role]


def is_hidden(canvas: bool, item: LmsItem, grade: Grade) -> bool:
    """Whether the student may not see a cell that has a grade."""
    return grade.posted_at is None if canvas else item.hidden or grade.hidden


def nothing_twice(tied: Tied) -> None:
    """No two versions in a row are the same, one result a cell, one plan a person."""
    with tied.database.read() as session:
        rows = session.execute(
            sa.select(
                ResultVersion.item_id,
                ResultVersion.person_id,
                *(getattr(ResultVersion, name) for name in COUNTED),
            ).order_by(ResultVersion.id)
        ).all()
        results = session.execute(sa.select(Result.item_id, Result.person_id)).all()
        plans = session.scalars(sa.select(Plan.person_id).where(Plan.closed_at.is_(None))).all()
        members = session.execute(sa.select(Membership.context_id, Membership.person_id)).all()
    last: dict[tuple[int, int], list[object]] = {}
    for item_id, person_id, *said in rows:
        assert last.get((item_id, person_id)) != said, "a version was stored twice"
        last[item_id, person_id] = said
    for many in (results, plans, members):
        assert not [one for one, count in Counter(map(str, many)).items() if count > 1]


class Killed(BaseException):
    """The process is gone: nothing after this line runs but what Python itself unwinds."""


class Mortal(Database):
    """A database whose process dies at the n-th writing transaction, before or after its commit."""

    def __init__(self, engine: sa.Engine, dies_at: int, *, after: bool = False) -> None:
        super().__init__(engine)
        self.writes, self.dies_at, self.after = 0, dies_at, after

    @contextmanager
    def write(self) -> Iterator[Session]:
        self.writes += 1
        doomed = self.writes == self.dies_at
        with super().write() as session:
            yield session
            if doomed and not self.after:
                raise Killed
        if doomed:
            raise Killed
