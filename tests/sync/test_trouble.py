"""What goes wrong at an LMS gives a sentence, and nothing half-written (issue 2, "Bad input")."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.records.course import Membership, Person
from lti_tool.records.gradebook import ResultVersion
from lti_tool.records.platform import Connection, ServiceToken
from tests.sandbox_lms import seed
from tests.sandbox_lms.seed import seed_big
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied

Make = Callable[..., Tied]
GRADES = {"canvas": "/students/submissions", "moodle": "gradereport_user_get_grade_items"}


@pytest.fixture
def database_url(tmp_path, request):
    """One database is enough here: nothing depends on its kind."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


CASES = [
    (Fault("html", times=None), "html"),
    (Fault("truncate", times=None), "truncated"),
    (Fault("truncate", times=None, right_length=False), "truncated"),
    (Fault("huge", times=None), "huge"),
    (Fault("error", times=None, status=500), "server_error"),
    (Fault("throttle", times=None, status=403), "throttled"),
    (Fault("throttle", times=None, status=429), "throttled"),
    (Fault("expire_token", times=1), "token_dead"),
]


@pytest.mark.parametrize(("fault", "code"), CASES)
def test_trouble_with_grades_is_said_and_keeps_the_cursor(tied: Tied, fault: Fault, code: str) -> None:
    tied.sync("first", "start")
    cursor, versions = tied.context().grades_cursor, tied.count(ResultVersion)
    tied.clock.forward(minutes=11)
    told = Fault(**{**vars(fault), "path": GRADES[tied.world.personality]})
    tied.world.faults.append(told)
    run = tied.sync("full")
    if tied.world.personality == "moodle" and code == "token_dead":
        assert run.error_code in ("token_dead", "token_rights")
    else:
        assert run.error_code == code
    assert run.state == "failed"
    assert run.error.endswith(".")
    assert tied.context().grades_cursor == cursor
    assert tied.count(ResultVersion) == versions
    tied.world.faults.clear()


def test_a_short_throttle_is_waited_out(tied: Tied) -> None:
    tied.world.faults.append(Fault("throttle", GRADES[tied.world.personality], times=2, status=429))
    assert tied.sync("first", "start").state == "done"
    assert tied.waits


def test_page_seven_of_the_roster_fails_and_nobody_is_gone(tie_to: Make, lms) -> None:
    world = lms.worlds["canvas"]
    tied = tie_to("canvas", course=seed_big(world, 400, 1), connected=False)
    assert tied.sync("first", "start").state == "done"
    people, here = tied.count(Person), tied.members()
    for number in list(tied.course.enrolments)[1:40]:
        tied.course.enrolments[number].active = False
    newcomer = seed.CANVAS_STUDENTS[0]
    tied.course.enrolments[newcomer] = world.courses[seed.CANVAS_COURSE].enrolments[newcomer]
    tied.clock.forward(hours=7)
    world.faults.append(Fault("html", "names_and_roles", page=7, times=None))
    run = tied.sync("roster")
    assert (run.state, run.error_code) == ("failed", "html")
    assert tied.members() == here
    assert tied.count(Person) == people
    world.faults.clear()
    assert tied.sync("roster").state == "done"
    assert sum(1 for _role, present in tied.members().values() if not present) == 39


@pytest.mark.parametrize("fault", ["html", "truncate", "huge", "error", "throttle"])
def test_a_broken_roster_changes_nobody(tie_to: Make, lms, fault: str) -> None:
    tied = tie_to("moodle", connected=False)
    tied.sync("first", "start")
    here = tied.members()
    lms.worlds["moodle"].faults.append(Fault(fault, "memberships", times=None))
    run = tied.sync("roster")
    assert run.state == "failed"
    assert run.error
    assert tied.members() == here


def test_a_list_without_learners_marks_nobody_as_gone(tied: Tied) -> None:
    tied.sync("first", "start")
    here = tied.members()
    for enrolment in tied.course.enrolments.values():
        enrolment.active = enrolment.role == "teacher"
    tied.clock.forward(hours=7)
    assert tied.sync("roster").state == "done"
    assert tied.members() == here
    assert tied.context().roster_doubt == "empty"


def test_half_a_list_marks_nobody_as_gone(tied: Tied) -> None:
    tied.sync("first", "start")
    here = tied.members()
    students = [e for e in tied.course.enrolments.values() if e.role == "student"]
    for enrolment in students[:7]:
        enrolment.active = False
    tied.clock.forward(hours=7)
    tied.sync("roster")
    assert tied.members() == here
    assert tied.context().roster_doubt == "half"
    for enrolment in students[:7]:
        enrolment.active = True
    tied.sync("roster")
    assert tied.context().roster_doubt == ""


def test_an_empty_course_says_so(tie_to: Make, lms) -> None:
    world = lms.worlds["moodle"]
    tied = tie_to("moodle", course=world.courses[seed.MOODLE_EMPTY_COURSE])
    run = tied.sync("first", "start")
    assert run.state == "done"
    assert tied.context().roster_doubt == "empty"


def test_someone_known_by_launch_stays_for_seven_days(tied: Tied) -> None:
    tied.sync("first", "start")
    now = tied.clock()
    with tied.database.write() as session:
        person = Person(registration_id=tied.registration_id, created_at=now)
        session.add(person)
        session.flush()
        session.add(
            Membership(
                context_id=tied.context_id,
                person_id=person.id,
                role="learner",
                launch_roles=["Learner"],
                joined_at=now,
                last_launch_at=now,
            )
        )
        number = person.id

    def left() -> bool:
        with tied.database.read() as session:
            row = session.scalars(sa.select(Membership).where(Membership.person_id == number)).one()
            return row.left_at is not None

    tied.clock.forward(days=6)
    tied.sync("roster")
    assert not left()
    tied.clock.forward(days=2)
    tied.sync("roster")
    assert left()


def test_the_launch_role_wins_over_the_roster(tie_to: Make) -> None:
    tied = tie_to("moodle", connected=False)
    tied.sync("first", "start")
    ta = tied.person_id(seed.MOODLE_TA)  # Moodle lists a non-editing teacher as Learner
    sub = tied.world.people[seed.MOODLE_TA].sub
    assert tied.members()[sub][0] == "learner"
    with tied.database.write() as session:
        row = session.scalars(sa.select(Membership).where(Membership.person_id == ta)).one()
        row.launch_roles = ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"]
    tied.sync("roster")
    assert tied.members()[sub][0] == "staff"


def test_without_a_connection_the_roster_is_read_and_the_run_says_so(tie_to: Make) -> None:
    tied = tie_to("canvas", connected=False)
    run = tied.sync("first", "start")
    assert run.state == "done"
    assert run.ignored["no connection"] == 10
    assert len(tied.members()) > 10


def test_a_course_the_token_does_not_see(tied: Tied) -> None:
    with tied.database.write() as session:
        session.get_one(type(tied.context()), tied.context_id).lms_course_id = "9999"
    run = tied.sync("first", "start")
    assert (run.state, run.error_code) == ("failed", "no_course")
    assert len(tied.members()) > 10  # the roster does not need the connection


def test_a_withdrawn_token_breaks_the_connection_and_a_new_one_mends_it(tied: Tied) -> None:
    tied.sync("first", "start")
    for token in tied.world.tokens.values():
        token.revoked = True
    run = tied.sync("full")
    assert (run.state, run.error_code) == ("failed", "token_dead")
    with tied.database.read() as session:
        connection = session.scalars(sa.select(Connection)).one()
    assert connection.state == "broken"
    assert "lti-tool connect" in connection.reason
    for token in tied.world.tokens.values():
        token.revoked = False
    assert tied.sync("full").error_code == "resting"  # it would be refused like the one before it
    tied.sync("full", "button")
    with tied.database.read() as session:
        assert session.scalars(sa.select(Connection.state)).one() == "ok"


def test_an_lms_that_is_away(tied: Tied) -> None:
    with tied.database.write() as session:
        session.execute(sa.update(Connection).values(api_url="http://127.0.0.1:1"))
    run = tied.sync("first", "start")
    assert (run.state, run.error_code) == ("failed", "unreachable")


def test_an_activity_name_that_breaks_moodles_report_is_named(tie_to: Make) -> None:
    tied = tie_to("moodle")
    tied.sync("first", "start")
    tied.course.items[32].name = "Homework: x < y"
    run = tied.sync("changes", "button")
    assert (run.state, run.error_code) == ("failed", "bad_item_name")
    assert "“Homework: x < y”" in run.error


def test_a_service_token_that_ended_early_is_asked_for_again(tied: Tied) -> None:
    tied.sync("first", "start")
    tied.world.lti.tokens.clear()
    assert tied.sync("roster").state == "done"
    assert tied.count(ServiceToken) == 1


def test_a_tool_without_names_and_roles(tied: Tied) -> None:
    for tool in tied.world.tools.values():
        tool.scopes = []
    run = tied.sync("roster")
    assert (run.state, run.error_code) == ("failed", "no_scope")
    assert "Names and Roles" in run.error


def test_grades_go_on_when_the_roster_does_not(tied: Tied) -> None:
    tied.sync("first", "start")
    student = (seed.CANVAS_STUDENTS if tied.world.personality == "canvas" else seed.MOODLE_STUDENTS)[0]
    item = {"canvas": 201, "moodle": 31}[tied.world.personality]
    for tool in tied.world.tools.values():
        tool.scopes = []
    tied.world.lti.tokens.clear()
    tied.world.set_score(tied.course, item, student, Decimal("3.5"))
    run = tied.sync("full")
    assert (run.state, run.error_code) == ("failed", "no_scope")
    found = tied.result(item, student)
    assert found is not None
    assert found[1].score == Decimal("3.5")
