"""Students a connection does not see: they are here all the same, and it is said (design.md, Connection)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from lti_tool.records.course import Membership
from lti_tool.records.platform import Connection
from tests.sandbox_lms import seed
from tests.sync.course import Tied

Make = Callable[..., Tied]
ANA = seed.CANVAS_STUDENTS[0]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database is enough here: nothing depends on its kind."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


def unread(tied: Tied) -> set[int]:
    with tied.database.read() as session:
        return set(session.scalars(sa.select(Membership.person_id).where(Membership.grades_unread)))


def test_students_of_other_sections_are_named_and_stay(tie_to: Make) -> None:
    tied = tie_to("canvas")
    with tied.database.write() as session:
        row = session.scalars(sa.select(Connection)).one()
        row.context_id, row.token = tied.context_id, seed.CANVAS_TEACHER_TOKEN
        row.lms_user_id = str(seed.CANVAS_TEACHER)
    tied.sync("first", "start")
    assert unread(tied) == set()
    tied.course.enrolments[ANA].sections = ["2"]
    tied.course.enrolments[seed.CANVAS_TEACHER].limited = True
    tied.clock.forward(hours=1)
    run = tied.sync("full")
    assert run.state == "done"
    assert unread(tied) == {tied.person_id(ANA)}
    assert run.ignored["students the connection does not see"] == 1
    assert tied.members()[tied.world.people[ANA].sub] == ("learner", True)
    tied.clock.forward(minutes=5)
    tied.sync("changes")  # what changed says nothing of the others
    assert unread(tied) == {tied.person_id(ANA)}
    tied.course.enrolments[seed.CANVAS_TEACHER].limited = False
    tied.clock.forward(hours=1)
    tied.sync("full")
    assert unread(tied) == set()


def test_a_moodle_account_without_all_groups_leaves_students_out(tie_to: Make) -> None:
    tied = tie_to("moodle")
    tied.sync("first", "start")
    assistant = tied.person_id(seed.MOODLE_TA)  # a learner to NRPS, until a launch says otherwise
    assert unread(tied) == {assistant}
    tied.world.tokens[seed.MOODLE_WS_TOKEN].lacks.append("moodle/site:accessallgroups")
    tied.course.groups = {
        "Red": [seed.MOODLE_WS_USER, *seed.MOODLE_STUDENTS[:5]],
        "Green": seed.MOODLE_STUDENTS[5:],
    }
    tied.clock.forward(hours=1)
    run = tied.sync("full")
    green = {tied.person_id(number) for number in seed.MOODLE_STUDENTS[5:]}
    assert unread(tied) == {assistant, *green}
    assert run.ignored["students the connection does not see"] == 6
    assert all(here for _role, here in tied.members().values())
