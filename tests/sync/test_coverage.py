"""Students a connection does not see: they are here all the same, and it is said (design.md, Connection)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from lti_tool.commands.doctor import _unseen
from lti_tool.overview.connection import connection_of
from lti_tool.overview.place import place
from lti_tool.plans.access import Actor, Role
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


ALL_GROUPS, MANAGE_GROUPS = "moodle/site:accessallgroups", "moodle/course:managegroups"
RED, GREEN = seed.MOODLE_STUDENTS[:5], seed.MOODLE_STUDENTS[5:]


def warning(tied: Tied) -> str:
    """What the course page says beside its connection."""
    actor = Actor(tied.registration_id, tied.person_id(seed.MOODLE_TEACHER), Role.STAFF, tied.context_id)
    with tied.database.read() as session:
        return connection_of(session, place(session, actor, tied.context_id), actor).warning


def doctor(tied: Tied) -> list[str]:
    with tied.database.read() as session:
        row = session.scalars(sa.select(Connection)).one()
    return [f"{label}: {said}" for label, well, said in _unseen(row, tied.database) if well is None]


@pytest.mark.parametrize("known", [True, False])
def test_a_moodle_account_without_all_groups_names_the_groups_it_misses(tie_to: Make, known: bool) -> None:
    """known: the groups were read while the account could; else it is only told of its own."""
    tied = tie_to("moodle")
    tied.course.groups = {"Red & blue": [seed.MOODLE_WS_USER, *RED], "Green": GREEN}
    if known:
        tied.sync("first", "start")
        assert unread(tied) == {tied.person_id(seed.MOODLE_TA)}  # a learner to NRPS until they launch
        assert (warning(tied), doctor(tied)) == ("", [])
    tied.world.tokens[seed.MOODLE_WS_TOKEN].lacks += [ALL_GROUPS, MANAGE_GROUPS]
    tied.clock.forward(hours=1)
    run = tied.sync("full")
    assert run.state == "done"
    green = {tied.person_id(number) for number in GREEN}
    assert unread(tied) == {tied.person_id(seed.MOODLE_TA), *green}
    assert run.ignored["students the connection does not see"] == 6
    assert all(here for _role, here in tied.members().values())
    told = "Groups that are missing: Green (5)." if known else "Students in no group that it is shown: 6."
    assert told in warning(tied)
    assert ALL_GROUPS in warning(tied)
    assert len(doctor(tied)) == 1
    assert told in doctor(tied)[0]
    tied.world.tokens[seed.MOODLE_WS_TOKEN].lacks.clear()
    tied.clock.forward(hours=1)
    tied.sync("full")
    assert (warning(tied), doctor(tied)) == ("", [])
