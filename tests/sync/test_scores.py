"""Scores outward: the column made once, each score there, nothing of ours read back (lti.md §7)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lms_sync.scores import send_due
from lti_tool.planning.checkins import record_check_in
from lti_tool.planning.scores import switch_on
from lti_tool.plans.access import Actor, Refused, Role
from lti_tool.records.checkin import CheckIn
from lti_tool.records.score import OwnColumn, ScoreOut
from tests.sandbox_lms import seed
from tests.sync.course import Tied
from tests.sync.outbox import Outbox


@pytest.fixture
def box(tied: Tied) -> Outbox:
    return Outbox.of(tied)


def test_check_ins_reach_the_gradebook(box: Outbox) -> None:
    ana, ben = box.students[:2]
    box.check_in(ana)
    box.on(maximum=8)
    box.check_in(ana)
    box.check_in(ben)
    assert box.send() == 2
    item = box.theirs()[0]
    assert (item.name, item.tag, item.possible) == ("Check-ins done", "personal-plans-check-ins", Decimal(8))
    grade = box.grade(ana)
    assert grade is not None
    assert (grade.score, grade.comment) == (Decimal(2), "Check-ins done: 2 of 8 planned.")
    assert box.score(ben).state == "sent"
    assert box.column().state == "made"
    assert box.grade(box.students[2]) is None  # nobody gets a 0 for what is not yet
    assert box.send(minutes=5) == 0


def test_more_than_planned_is_the_maximum(box: Outbox) -> None:
    box.on(maximum=1)
    for _ in range(3):
        box.check_in(box.students[0])
    box.send()
    grade = box.grade(box.students[0])
    assert grade is not None
    assert (grade.score, grade.comment) == (Decimal(1), "Check-ins done: 3 of 1 planned.")


def test_a_newer_score_takes_the_row_and_the_comment_stays(box: Outbox) -> None:
    box.on()
    box.check_in(box.students[0])
    box.send()
    first = box.score(box.students[0])
    with box.tied.database.write() as session:  # in the very same second
        record_check_in(session, box.actor, first.person_id, now=first.at)
    assert box.score(box.students[0]).at > first.at
    box.send()
    grade = box.grade(box.students[0])
    assert grade is not None
    assert (grade.score, grade.comment) == (Decimal(2), "Check-ins done: 2 of 10 planned.")
    assert box.tied.count(ScoreOut) == 1


def test_the_column_is_made_once_whoever_asks(box: Outbox) -> None:
    now = box.tied.clock()
    errors: list[BaseException] = []
    start = threading.Barrier(8)
    actor = box.actor

    def ask() -> None:
        start.wait()
        try:
            with box.tied.database.write() as session:
                switch_on(session, actor, maximum=10, due_at=None, now=now)
        except BaseException as error:
            errors.append(error)

    def work() -> None:
        start.wait()
        try:
            send_due(box.deps())
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=what) for what in [ask] * 4 + [work] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    together = threading.Barrier(4)

    def again() -> None:
        together.wait()
        send_due(box.deps())

    threads = [threading.Thread(target=again) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    box.send()
    assert box.tied.count(OwnColumn) == 1
    assert len(box.theirs()) == 1
    assert box.column().state == "made"


def test_a_column_made_just_before_a_crash_is_found_again(box: Outbox) -> None:
    box.on()
    box.send()
    with box.tied.database.write() as session:  # as if the answer had never been written down
        lost = {"url": None, "lms_id": "", "state": "wanted", "checked_at": None}
        session.execute(sa.update(OwnColumn).values(**lost, next_at=box.tied.clock()))
    box.send()
    assert len(box.theirs()) == 1
    assert box.column().state == "made"


def test_workers_together_send_each_score_once(box: Outbox) -> None:
    box.on()
    box.send()
    for student in box.students:
        box.check_in(student)
    box.tied.clock.forward(seconds=1)
    start = threading.Barrier(4)
    sent: list[int] = []

    def work() -> None:
        start.wait()
        sent.append(send_due(box.deps()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(sent) == len(box.students)
    assert len(box.posts(path="/scores")) == len(box.students)
    assert {box.score(student).state for student in box.students} == {"sent"}


def test_a_due_date_where_the_lms_keeps_one(box: Outbox) -> None:
    due = datetime(2027, 5, 1, 12, tzinfo=UTC)
    box.on(due_at=due)
    box.send()
    canvas = box.tied.world.personality == "canvas"
    assert box.column().due_kept is canvas
    assert box.theirs()[0].due_at == (due if canvas else None)


def test_switched_off_nothing_is_sent_and_on_again_it_is_the_same_column(box: Outbox) -> None:
    box.on()
    box.check_in(box.students[0])
    box.off()
    assert box.send() == 0
    assert box.theirs() == []
    box.on()
    assert box.send() == 1
    box.off()
    box.check_in(box.students[0])
    assert box.send() == 0
    box.on(maximum=20)
    assert box.send() == 1
    item = box.theirs()
    assert [one.possible for one in item] == [Decimal(20)]
    assert box.score(box.students[0]).value == Decimal(2)


def test_our_column_never_feeds_a_measure(box: Outbox) -> None:
    box.on()
    box.check_in(box.students[0])
    box.send()
    for kind in ("full", "full"):
        assert box.tied.sync(kind).error == ""
        names = {item.name for item in box.tied.items().values()}
        assert "Check-ins done" not in names
        assert "Homework 1" in names
        box.theirs()[0].name = "Talks"  # renamed by a teacher: still ours
    assert "Talks" not in {item.name for item in box.tied.items().values()}
    assert box.tied.result(box.theirs()[0].id, box.students[0]) is None


def test_only_staff_of_the_course_may(box: Outbox) -> None:
    learner = Actor(box.tied.registration_id, 1, Role.LEARNER, box.tied.context_id)
    with box.tied.database.write() as session:
        with pytest.raises(Refused):
            switch_on(session, learner, maximum=1, due_at=None, now=box.tied.clock())
        with pytest.raises(Refused):
            record_check_in(session, learner, 1, now=box.tied.clock())


def test_a_double_click_is_one_check_in(box: Outbox) -> None:
    person_id = box.tied.person_id(box.students[0])
    for _ in range(2):
        with box.tied.database.write() as session:
            record_check_in(session, box.actor, person_id, after=0, now=box.tied.clock())
    assert box.tied.count(CheckIn) == 1


@pytest.mark.parametrize("may_write", [True, False])
@pytest.mark.parametrize("personality", ["canvas"])  # Moodle has no way to set a weight
def test_it_is_worth_nothing_where_our_access_may_say_so(box: Outbox, may_write: bool) -> None:
    token = box.tied.world.tokens[seed.CANVAS_API_TOKEN]
    reading = ["", "/assignments", "/assignment_groups", "/students/submissions"]
    if not may_write:
        token.scopes = ["url:GET|/api/v1/courses/:id", "url:GET|/api/v1/users/:user_id/profile"]
        token.scopes += [f"url:GET|/api/v1/courses/:course_id{path}" for path in reading]
    box.on()
    box.send()
    assert box.tied.sync("full").error == ""
    assert (box.theirs()[0].omitted, box.column().counts) == (may_write, not may_write)
    assert not any(item.omitted for item in box.tied.course.items.values() if not item.tool_client_id)
    box.theirs()[0].omitted = False  # a teacher wants it to count
    assert box.tied.sync("full").error == ""
    assert (box.theirs()[0].omitted, box.column().counts) == (False, True)
