"""Whose access reads a Canvas course, and what it may there: every kind of account people connect with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from lms_sync.connections import ConnectionCheck, check_connection
from lti_tool.overview.connection import ConnectionWords, connection_of, connection_words, reason_of
from lti_tool.overview.place import place
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.consent import SCOPES
from lti_tool.records.course import Context
from lti_tool.records.platform import Connection
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import ApiToken, Enrolment
from tests.sync.course import Tied

ANA = seed.CANVAS_STUDENTS[0]
TEACHERS = "Canvas does not show this course's grades to your school's access."


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database is enough here: nothing depends on its kind."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture(name="tied")
def in_canvas(tie_to: Callable[..., Tied]) -> Tied:
    tied = tie_to("canvas")
    assert tied.sync("first", "start").state == "done"
    return tied


def institution(tied: Tied, person: int) -> None:
    """Its access is this person's now; another course of theirs was read a moment ago."""
    tied.world.tokens["theirs"] = ApiToken("theirs", person)
    with tied.database.write() as session:
        row = session.scalars(sa.select(Connection)).one()
        row.token, row.lms_user_id, row.oauth_client_id = "theirs", str(person), "7"
        here = session.get_one(Context, tied.context_id)
        session.add(
            Context(
                registration_id=here.registration_id,
                lms_id="another",
                created_at=tied.clock(),
                started_at=tied.clock(),
                grades_read_at=tied.clock(),
            )
        )


def states(tied: Tied) -> list[str]:
    with tied.database.read() as session:
        return list(session.scalars(sa.select(Connection.state).order_by(Connection.id)))


def words(tied: Tied) -> ConnectionWords:
    """What a teacher reads on the course page."""
    actor = Actor(tied.registration_id, tied.person_id(seed.CANVAS_TEACHER), Role.STAFF, tied.context_id)
    with tied.database.read() as session:
        return connection_of(session, place(session, actor, tied.context_id), actor)


def full(tied: Tied, kind: str = "full") -> tuple[str, str]:
    tied.clock.forward(hours=1)
    run = tied.sync(kind)
    return run.state, run.error_code


def check(tied: Tied) -> ConnectionCheck:
    """What `connect` and `doctor` find."""
    with tied.database.read() as session:
        row = session.scalars(sa.select(Connection)).one()
    return check_connection(row, settings=tied.settings, course_id=str(seed.CANVAS_COURSE))


def test_a_course_the_institution_does_not_see_is_read_with_a_teachers_access(tied: Tied) -> None:
    """As where an administrator of one part of a school connected every course."""
    del tied.course.enrolments[seed.CANVAS_TEACHER_2]
    institution(tied, seed.CANVAS_TEACHER_2)
    assert full(tied) == ("failed", "no_course")
    assert states(tied) == ["ok"]  # its other courses go on as they were
    assert TEACHERS in words(tied).warning
    assert words(tied).offer == "course"
    with tied.database.write() as session:
        session.add(
            Connection(
                registration_id=tied.registration_id,
                context_id=tied.context_id,
                kind="canvas",
                api_url=tied.world.issuer,
                token=seed.CANVAS_TEACHER_TOKEN,
                lms_user_id=str(seed.CANVAS_TEACHER),
                state="ok",
                created_at=tied.clock(),
            )
        )
    for kind in ("full", "changes", "full"):
        assert full(tied, kind) == ("done", "")
    assert states(tied) == ["ok", "ok"]
    assert words(tied).warning == ""
    del tied.course.enrolments[seed.CANVAS_TEACHER]
    assert full(tied)[0] == "failed"
    assert states(tied) == ["ok", "broken"]


def test_an_access_that_no_course_can_be_read_with_is_broken(tied: Tied) -> None:
    institution(tied, ANA)
    tied.clock.forward(days=2)
    tied.course.enrolments[ANA].role = "designer"
    assert full(tied) == ("failed", "no_right")
    assert states(tied) == ["broken"]


@pytest.mark.parametrize("role", ["student", "observer"])
def test_an_administrator_who_learns_or_watches_here_is_one_all_the_same(tied: Tied, role: str) -> None:
    """A Canvas administrator whose own child is in the course."""
    institution(tied, seed.CANVAS_ADMIN)
    tied.course.enrolments[seed.CANVAS_ADMIN] = Enrolment(seed.CANVAS_ADMIN, role, observes=[ANA])
    assert check(tied).ok
    assert full(tied) == ("done", "")
    assert states(tied) == ["ok"]
    tied.world.people[seed.CANVAS_ADMIN].is_site_admin = False
    assert (check(tied).code, full(tied)) == ("no_right", ("failed", "no_right"))


def test_in_a_course_that_is_over_rights_are_seen_as_before(tied: Tied) -> None:
    tied.course.concluded = True
    institution(tied, seed.CANVAS_TEACHER)
    tied.course.enrolments[seed.CANVAS_TEACHER].limited = True
    assert (check(tied).ok, check(tied).sections) == (True, ("Section 1",))
    institution_of_a_student = tied.world.tokens["theirs"]
    institution_of_a_student.person_id = ANA
    assert check(tied).code == "no_right"


@pytest.mark.parametrize("lacking", ["enrollments", "sections", "groups"])
def test_what_an_access_may_not_ask_besides_grades_is_named(tied: Tied, lacking: str) -> None:
    """Grades come all the same, so it works; whoever can mend it reads which right is missing."""
    institution(tied, seed.CANVAS_ADMIN)
    scope = f"url:GET|/api/v1/courses/:course_id/{lacking}"
    tied.world.tokens["theirs"].scopes = [one for one in SCOPES if one != scope]
    found = check(tied)
    assert (found.ok, found.code, scope in found.sentence) == (True, "parts_unread", True)
    for kind in ("full", "changes"):
        assert full(tied, kind) == ("done", "")
        assert (words(tied).works, scope in words(tied).warning, words(tied).offer) == (True, True, "")
    with tied.database.read() as session:
        row = session.scalars(sa.select(Connection)).one()
        assert scope in connection_words(row.state, reason_of(row), "Canvas").warning  # an administrator
    tied.world.tokens["theirs"].scopes = list(SCOPES)
    assert check(tied).code == ""
    assert full(tied) == ("done", "")
    assert words(tied).warning == ""


def test_a_teacher_whose_enrolment_ends_is_named_while_their_access_still_works(tied: Tied) -> None:
    with tied.database.write() as session:
        row = session.scalars(sa.select(Connection)).one()
        row.context_id, row.token = tied.context_id, seed.CANVAS_TEACHER_TOKEN
        row.lms_user_id, row.person_id = str(seed.CANVAS_TEACHER), tied.person_id(seed.CANVAS_TEACHER)
    assert full(tied) == ("done", "")
    assert words(tied).warning == ""
    tied.course.enrolments[seed.CANVAS_TEACHER].state = "completed"  # Canvas goes on showing them grades
    assert full(tied) == ("done", "")
    assert "no longer teaches this course" in words(tied).warning
