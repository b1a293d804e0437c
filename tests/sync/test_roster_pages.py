"""Long rosters: read page by page, in flat memory; a page that shifts under us loses nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from lms_sync.run import run_sync
from lti_tool.http import make_session
from lti_tool.records.course import Membership
from tests.sandbox_lms.seed import seed_big
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied

Make = Callable[..., Tied]


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def canvas(tie_to: Make, lms) -> Tied:
    """60 students and a teacher: two pages of fifty."""
    return tie_to("canvas", course=seed_big(lms.worlds["canvas"], 60, 1))


def gone(tied: Tied) -> set[str]:
    return {sub for sub, (_role, here) in tied.members().items() if not here}


def lists(tied: Tied) -> int:
    """How often the first page of the roster was asked for."""
    paths = [row for row in tied.world.requests if "names_and_roles" in row["path"]]
    return len(paths)


def test_who_leaves_while_the_list_is_read_takes_nobody_along(canvas: Tied) -> None:
    canvas.sync("first", "start")
    canvas.clock.forward(hours=7)
    first = min(
        (e for e in canvas.course.enrolments.values() if e.role == "student"), key=lambda e: e.person_id
    )
    asked = lists(canvas)

    def leaving(*given: Any, **more: Any) -> Any:
        """A session during whose first page of people somebody of that page leaves."""
        session = make_session(*given, **more)

        def after(response: Any, *_given: Any, **_more: Any) -> None:
            if "names_and_roles" in response.url:
                first.active = False

        session.hooks["response"].append(after)
        return session

    run_id = canvas.ask("roster")
    run_sync(run_id, replace(canvas.deps(), make_session=leaving))
    assert canvas.run(run_id).state == "done"
    assert gone(canvas) <= {canvas.world.people[first.person_id].sub}
    assert lists(canvas) - asked == 4  # two pages, and two again since somebody seemed to be missing
    canvas.clock.forward(hours=7)
    canvas.sync("roster")
    assert gone(canvas) == {canvas.world.people[first.person_id].sub}


def test_a_list_that_breaks_off_marks_nobody_and_keeps_who_it_named(canvas: Tied) -> None:
    canvas.sync("first", "start")
    before = canvas.members()
    first = canvas.context().roster_read_at
    canvas.clock.forward(hours=7)
    canvas.world.tools[next(iter(canvas.world.tools))].active = False
    run = canvas.sync("roster")
    assert run.state == "failed"
    assert canvas.members() == before
    assert canvas.context().roster_read_at == first


def test_after_a_list_that_broke_off_the_next_one_begins_anew(canvas: Tied) -> None:
    """Two halves of two moments are no list: who is missing from both together may be here, and who was
    named by the first may be gone."""
    canvas.sync("first", "start")
    students = sorted(
        (e for e in canvas.course.enrolments.values() if e.role == "student"), key=lambda e: e.person_id
    )
    canvas.clock.forward(hours=7)
    canvas.world.faults.append(Fault("html", "names_and_roles", page=2, times=None))
    assert canvas.sync("roster").state == "failed"
    assert gone(canvas) == set()
    canvas.world.faults.clear()
    students[0].active = False  # named by the page that was read
    asked = lists(canvas)
    canvas.clock.forward(hours=1)
    assert canvas.sync("roster").state == "done"
    assert lists(canvas) - asked == 4  # both pages, and both again since somebody is missing
    assert gone(canvas) == {canvas.world.people[students[0].person_id].sub}


def test_moodles_list_is_asked_in_parts(tie_to: Make) -> None:
    tied = tie_to("moodle")
    tied.sync("roster")
    with tied.database.read() as session:
        seen = session.scalars(sa.select(Membership.in_roster_at).distinct()).all()
    assert seen == [tied.clock()]
