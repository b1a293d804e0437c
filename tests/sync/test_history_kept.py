"""The history of results is only ever added to: no statement of a sync changes or removes a version."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.records.gradebook import ResultVersion
from tests.sandbox_lms import seed
from tests.statements import counted
from tests.sync.course import Tied


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


def versions(tied: Tied) -> list[tuple[Any, ...]]:
    with tied.database.read() as session:
        table = ResultVersion.__table__
        return [tuple(row) for row in session.execute(sa.select(table).order_by(table.c.id))]


@pytest.mark.parametrize("lms_name", ["moodle", pytest.param("canvas", marks=pytest.mark.long)])
def test_whatever_happens_to_a_grade_every_version_stays_as_it_was_read(
    tie_to: Callable[..., Tied], lms_name: str
) -> None:
    tied, canvas = tie_to(lms_name), lms_name == "canvas"
    item, student = (201, seed.CANVAS_STUDENTS[0]) if canvas else (31, seed.MOODLE_STUDENTS[0])
    world, course = tied.world, tied.course

    def points(possible: int) -> None:
        course.items[item].possible = Decimal(possible)

    def excuse(*, excused: bool) -> None:
        world.grade(course, item, student).excused = excused

    steps: list[tuple[Callable[[], Any], int]] = [
        (lambda: world.set_score(course, item, student, Decimal(7)), 1),
        (lambda: world.set_score(course, item, student, Decimal(9)), 1),
        (lambda: world.set_score(course, item, student, Decimal(7)), 1),  # as it once was: news all the same
        (lambda: world.set_posted(course, item, student, False), 1),
        (lambda: world.set_score(course, item, student, Decimal(2)), 1),
        (lambda: world.set_posted(course, item, student, True), 1),
        (lambda: excuse(excused=True), 1),
        (lambda: excuse(excused=False), 1),
        (lambda: world.set_score(course, item, student, None), 1),
        (lambda: points(50), -1),  # everybody's cell of the column
        (lambda: None, 0),
    ]
    course.items[item].post_manually = canvas
    tied.sync("first", "start")
    world.set_posted(course, item, student, True)
    tied.sync("full")
    before = versions(tied)
    with counted(tied.database) as sent:
        for place, (happens, more) in enumerate(steps):
            happens()
            tied.clock.forward(minutes=11)
            assert tied.sync("full").state == "done"
            after = versions(tied)
            assert after[: len(before)] == before, place
            assert len(after) > len(before) if more < 0 else len(after) == len(before) + more, place
            before = after
    named = [one for one in sent if "result_version" in one.lower()]
    assert named
    changing = ("UPDATE RESULT_VERSION", "DELETE FROM RESULT_VERSION", "REPLACE", "INSERT OR REPLACE")
    assert [one for one in named if " ".join(one.split()).upper().startswith(changing)] == []
    assert not [
        one
        for one in named
        if one.lstrip().upper().startswith("INSERT INTO RESULT_VERSION") and "CONFLICT" in one
    ]
