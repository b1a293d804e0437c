"""What can go wrong on a score's way, each said to staff, none losing or doubling anything."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lms_sync.scores import send_due
from lti_tool.overview.scores import check_ins_of, column_view
from lti_tool.planning.errors import NotFound
from lti_tool.records.course import ContextService
from lti_tool.records.platform import ServiceToken
from lti_tool.records.score import OwnColumn, ScoreOut
from tests.sandbox_lms.tools import AGS
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied
from tests.sync.outbox import Outbox


@pytest.fixture
def box(tied: Tied) -> Outbox:
    """The column is there, and one student's check-in waits."""
    box = Outbox.of(tied)
    box.on()
    box.send()
    assert box.column().state == "made"
    box.check_in(box.students[0])
    return box


def test_an_outage_is_waited_out_with_growing_pauses(box: Outbox) -> None:
    student = box.students[0]
    box.tied.world.faults.append(Fault("error", "/scores", times=None, status=503))
    pauses = []
    for _ in range(4):
        assert box.send() == 0
        row = box.score(student)
        assert (row.state, row.error_code) == ("waiting", "server_error")
        pauses.append(row.next_at - box.tied.clock())
        hold = box.column().next_at
        assert hold is not None
        box.tied.clock.moment = max(row.next_at, hold)
    assert pauses == sorted(pauses)
    assert len(box.posts(path="/scores")) == 4
    box.tied.world.faults.clear()
    assert box.send() == 1
    assert (box.score(student).state, box.score(student).error) == ("sent", "")
    assert (box.column().error, box.column().next_at) == ("", None)


def test_one_answer_holds_the_whole_column_so_an_outage_costs_few_requests(box: Outbox) -> None:
    for student in box.students[1:]:
        box.check_in(student)
    box.tied.world.faults.append(Fault("error", "/scores", times=None, status=503))
    box.send()
    box.send()
    assert len(box.posts(path="/scores")) == 1


def test_after_a_day_it_is_given_up_loudly_and_a_button_tries_again(box: Outbox) -> None:
    box.check_in(box.students[1])
    box.tied.world.faults.append(Fault("error", "/scores", times=None, status=502))
    box.send()
    for _ in range(60):
        box.send(minutes=31)
    for student in box.students[:2]:
        row = box.score(student)
        assert (row.state, row.error_code) == ("failed", "tried_a_day")
        assert "Tried for a day" in row.error
    box.tied.world.faults.clear()
    assert box.retry() == 2
    assert box.send() == 2
    assert box.score(box.students[0]).state == "sent"


def test_a_score_that_arrived_unheard_is_sent_again_without_harm(box: Outbox) -> None:
    """The answer was lost (or the worker killed): the same time and value; 409 means it is there."""
    student = box.students[0]
    box.tied.world.faults.append(Fault("truncate", "/scores", right_length=False))
    box.send()
    first = box.score(student)
    box.send(minutes=10)
    again = box.score(student)
    assert (again.state, again.error, again.at) == ("sent", "", first.at)
    grade = box.grade(student)
    assert grade is not None
    assert grade.score == Decimal(1)


def test_a_row_left_by_a_killed_worker_is_sent_by_its_next_life_at_once(box: Outbox) -> None:
    now = box.tied.clock()
    with box.tied.database.write() as session:
        session.execute(
            sa.update(ScoreOut).values(
                lease_owner="host:0#before", lease_until=now + timedelta(minutes=5), attempts=1
            )
        )
    box.tied.clock.forward(seconds=1)
    assert send_due(box.deps("other:1#now")) == 0
    assert send_due(box.deps("host:0#now")) == 1
    assert box.score(box.students[0]).state == "sent"


def test_a_newer_score_of_somebody_else_is_not_fought(box: Outbox) -> None:
    student = box.students[0]
    item = box.theirs()[0]
    grade = box.tied.world.grade(box.tied.course, item.id, student)
    grade.last_score_timestamp = box.tied.clock() + timedelta(minutes=1)
    assert box.send() == 0
    row = box.score(student)
    assert (row.state, row.error_code, row.attempts) == ("failed", "newer_there", 1)
    assert box.send(minutes=30) == 0
    assert len(box.posts(path="/scores")) == 1
    assert box.retry(row.id) == 1
    assert box.send() == 1


def test_a_deleted_column_stops_and_is_made_again_only_when_asked(box: Outbox) -> None:
    student, item = box.students[0], box.theirs()[0]
    del box.tied.course.items[item.id]
    assert box.send() == 0
    assert box.column().state == "gone"
    assert "somebody deleted it" in box.column().error
    assert box.score(student).state == "stopped"
    assert box.send(hours=1) == 0
    assert box.theirs() == []
    with pytest.raises(NotFound):
        box.retry()
    box.on()
    assert box.send() == 1
    assert len(box.theirs()) == 1
    assert box.theirs()[0].id != item.id
    assert box.score(student).state == "sent"


def test_a_student_the_lms_does_not_know_fails_alone(box: Outbox) -> None:
    gone, here = box.students[0], box.students[1]
    del box.tied.course.enrolments[gone]
    box.check_in(here)
    assert box.send() == 1
    row = box.score(gone)
    assert (row.state, row.error_code) == ("failed", "score_refused")
    assert "enrolled as a student" in row.error
    assert box.score(here).state == "sent"
    with box.tied.database.read() as session:
        view = column_view(session, box.actor, box.tied.context_id, now=box.tied.clock(), lines=True)
        count, last = check_ins_of(session, box.actor, row.person_id)
    assert [(line.person_id, line.state, line.reason) for line in view.lines] == [
        (row.person_id, "failed", row.error)
    ]
    assert (view.state, view.counts, view.needs_somebody) == ("made", {"sent": 1, "failed": 1}, True)
    assert (count, last is not None) == (1, True)


@pytest.mark.parametrize("scope", ["score", "lineitem"])
def test_a_missing_scope_is_said_and_retried_by_button(box: Outbox, scope: str) -> None:
    box.tied.world.lti.narrow_scopes = None
    tool = next(iter(box.tied.world.tools.values()))
    tool.scopes.remove(AGS + scope)
    box.tied.world.lti.tokens.clear()
    with box.tied.database.write() as session:
        session.execute(sa.delete(ServiceToken))
        if scope == "lineitem":
            session.execute(sa.update(OwnColumn).values(state="wanted", next_at=box.tied.clock()))
    assert box.send() == 0
    column = box.column()
    assert (column.state, column.error_code) == ("failed", "no_score_scope")
    assert "Assignment and Grade Services" in column.error
    assert box.score(box.students[0]).state == "waiting"
    tool.scopes.append(AGS + scope)
    box.retry()
    assert box.send() == 1


def test_a_course_whose_launch_brought_no_address_says_so(box: Outbox) -> None:
    with box.tied.database.write() as session:
        session.execute(sa.update(ContextService).values(lineitems_url=None))
    box.send()
    assert (box.column().state, box.column().error_code) == ("failed", "no_score_service")


def test_a_column_that_is_not_ours_is_never_written_to(box: Outbox) -> None:
    """A row that came to point at a teacher's column (Moodle would let us) is found out before a score."""
    column = box.column()
    ours = box.theirs()[0]
    teachers = next(item for item in box.tied.course.items.values() if not item.tool_client_id)
    assert column.url is not None
    before = dict(box.tied.course.grades)
    with box.tied.database.write() as session:
        session.execute(
            sa.update(OwnColumn).values(
                url=column.url.replace(f"/{ours.id}", f"/{teachers.id}"),
                state="wanted",
                next_at=box.tied.clock(),
            )
        )
    box.send()
    box.send(minutes=1)
    assert all(key in before for key in box.tied.course.grades if key[0] == teachers.id)
    assert not any(str(teachers.id) in one["path"] for one in box.posts(path="scores"))
    if box.tied.world.personality == "moodle":
        assert (box.column().state, box.column().error_code) == ("failed", "not_ours")


@pytest.mark.parametrize("personality", ["moodle"])  # Canvas keeps it and is silent
def test_moodle_says_nothing_when_a_teachers_number_stays(box: Outbox) -> None:
    student = box.students[0]
    grade = box.tied.world.grade(box.tied.course, box.theirs()[0].id, student)
    grade.score, grade.overridden = Decimal(9), True
    assert box.send() == 1
    row = box.score(student)
    assert (row.state, row.error_code) == ("sent", "typed_over")
    assert "Theirs stays" in row.error


@pytest.mark.parametrize("personality", ["moodle"])  # Canvas has no locked cells
def test_a_locked_grade_is_tried_some_times_then_said(box: Outbox) -> None:
    student, other = box.students[:2]
    box.tied.world.grade(box.tied.course, box.theirs()[0].id, student).locked = True
    box.check_in(other)
    assert box.send() == 1  # it holds nobody else up
    for _ in range(5):
        box.send(minutes=31)
    row = box.score(student)
    assert (row.state, row.error_code, row.attempts) == ("failed", "grade_locked", 3)
    assert "locked" in row.error
    box.tied.world.grade(box.tied.course, box.theirs()[0].id, student).locked = False
    box.retry(row.id)
    assert box.send() == 1
    assert box.score(other).state == "sent"


@pytest.mark.parametrize("personality", ["canvas"])  # Moodle courses do not end for tools
def test_canvas_ended_course_is_told_from_a_deleted_column(box: Outbox) -> None:
    box.tied.course.concluded = True
    box.send()
    assert (box.column().state, box.column().error_code) == ("failed", "course_over")
    assert box.score(box.students[0]).state == "waiting"
