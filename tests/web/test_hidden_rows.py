"""A grade the LMS hides moves nothing that anyone sees (design.md, rule 1): every door at both LMSs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.fernet import MultiFernet

from tests.web.edge_story import Story, begun
from tests.web.every_reader import everyone

CASE = "homework"
MUST_BE_READ = {
    *(f"student {path}" for path in ("/", "/portfolio", "/lessons", "/goals/#", "/talks")),
    *(f"student {path}" for path in ("/about", "/privacy", "/about/add/gap/grades")),
    *(f"teacher {path}" for path in ("/", "/board", "/students/#", "/goals/#", "/check-ins", "/check-ins/#")),
    *(
        f"teacher {path}"
        for path in ("/conferences/#", "/conferences/sheets", "/lessons/needed", "/lessons/#")
    ),
    *(f"teacher {path}" for path in ("/groups/#", "/students/#/add/gap/grades", "/goals/#/versions")),
    *("guardian /children/#/#", "counselor /assigned/#", "student calendar", "teacher e-mail"),
    *("peer /peers/#", "peer /together/#", "peer /groups", "teacher /peers", "teacher /notes"),
    *("outsider /plan", "student /goals/new", "teacher /students/#/goals/new"),
    *(f"student /goals/new {measure}" for measure in ("average", "count", "maintain", "course")),
    *(f"teacher /students/#/goals/new {measure}" for measure in ("average", "count", "maintain", "course")),
}
EMPTY = "No grade to show."
UNSEEN = "The student cannot see this grade, so it does not count."


# Each LMS and each database once; the other two pairs are the long way round.
PAIRS = [
    ("canvas", "sqlite"),
    pytest.param(("moodle", "postgres"), marks=pytest.mark.postgres),
    pytest.param(("canvas", "postgres"), marks=[pytest.mark.postgres, pytest.mark.long]),
    pytest.param(("moodle", "sqlite"), marks=pytest.mark.long),
]


@pytest.fixture(params=PAIRS, ids="-".join)
def story(
    request: pytest.FixtureRequest, tmp_path: Path, cipher: MultiFernet, empty_file: Path
) -> Iterator[Story]:
    """A student with five pieces of homework, two not graded, and goals on them and on the course."""
    name, kind = request.param
    postgres = request.getfixturevalue("postgres_database") if kind == "postgres" else ""
    with begun(name, tmp_path, cipher, empty_file, postgres) as story:
        story.work(CASE, 70, 90, 60, None, None)
        story.sync("first")
        story.goal(CASE, target=Decimal(76))
        story.whose["course"] = story.whose[CASE]
        story.goal("course", measure="course", item_ids=[], baseline=None, target=Decimal(76))
        yield story


def behind(story: Story, which: int, *, excused: bool = False, by_date: bool = False) -> None:
    """Everything a row can hold changes where the student may not see it: score, flags, state, dates."""
    story.score(CASE, 3 + which, which)
    story.post(CASE, False, which)
    cell = story.cell(CASE, which)
    cell.late = cell.missing = story.canvas
    cell.excused, cell.state = excused, "submitted"
    cell.submitted_at = cell.graded_at = story.tied.clock()
    if by_date and not story.canvas:
        cell.hidden, cell.hidden_by_date = False, True


def given_back_hidden(story: Story) -> None:
    """Two grades are hidden, one of them and one that was never shown are taken away meanwhile: both are the
    student's again afterwards, with what was on show before."""
    for which in (0, 1):
        story.post(CASE, False, which)
    others = set(story.students) - {story.whose[CASE]}
    for which in (1, 4):
        story.item(CASE, which).only_for = others
    story.go(0.01)
    story.sync("full")
    assert story.row(CASE).value == Decimal(70)
    for which in (1, 4):
        story.item(CASE, which).only_for = None
    story.score(CASE, 12, 4)
    story.post(CASE, False, 4)


def test_nothing_behind_a_hidden_row_shows_at_any_door(story: Story) -> None:
    """Canvas's own total is what the student is shown there: it moves when a grade is hidden, never after."""
    story.score(CASE, None, 2)
    story.item(CASE, 2).post_manually = True
    story.cell(CASE, 2).excused = True
    story.post(CASE, True, 2)
    story.sync("full")
    readers = everyone(story, CASE)
    if story.canvas:
        given_back_hidden(story)
    story.sync("full")
    before = readers.see()
    assert {re.sub(r"\d+", "#", one) for one in before} >= MUST_BE_READ
    behind(story, 0, excused=True)
    behind(story, 1, by_date=True)
    behind(story, 3)  # never shown before
    if story.canvas:
        behind(story, 4)
    story.cell(CASE, 2).excused = False  # what is shown of it was the excuse alone
    story.post(CASE, False, 2)
    story.sync()
    story.sync("full")
    after = readers.see(before)
    page = f"teacher /goals/{story.goals[CASE]}"
    assert after[page].count(UNSEEN) == before[page].count(UNSEEN) + 1, "staff read that there is something"
    for seen in (before, after):
        seen[page] = seen[page].replace(UNSEEN, EMPTY)
    assert [door for door in before if after.get(door) != before[door]] == []
    assert story.row(CASE).value == Decimal(80)
