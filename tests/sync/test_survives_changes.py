"""What changes under a sync: access, people, the gradebook's shape, the room on the disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from lms_sync.run import run_sync
from lti_tool.db import Database, make_engine
from lti_tool.records.course import Membership
from lti_tool.records.gradebook import ResultVersion
from lti_tool.records.plan import Plan
from tests.sandbox_lms.control import enrol
from tests.sandbox_lms.world import Fault
from tests.sync.course import Tied
from tests.sync.picture import nothing_twice, ours
from tests.sync.surviving import ITEM, STUDENTS, fill, same, touch


@pytest.fixture
def database_url(tmp_path, request):
    """One kind is enough: two processes on both kinds are in test_worker.py."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


# ---- access and people


def test_a_token_revoked_in_the_middle_keeps_what_was_read_and_the_cursor(tied: Tied) -> None:
    fill(tied)
    tied.sync("first", "start")
    cursor = tied.context().grades_cursor
    touch(tied, 2)
    path = {"canvas": "/students/submissions", "moodle": "gradereport_user_get_grade_items"}
    tied.world.faults.append(Fault("expire_token", path[tied.world.personality], times=1))
    run = tied.sync("full", "button")
    assert run.state == "failed"
    assert tied.context().grades_cursor == cursor
    for token in tied.world.tokens.values():
        token.expires_at = None
    assert tied.sync("full", "button").state == "done"
    same(tied)


def test_a_student_dropped_and_back_is_the_same_row_with_the_same_plan(tied: Tied) -> None:
    fill(tied)
    tied.sync("first", "start")
    student = STUDENTS[tied.world.personality][0]
    person_id = tied.person_id(student)

    def row() -> Membership:
        with tied.database.read() as session:
            return session.scalars(sa.select(Membership).where(Membership.person_id == person_id)).one()

    before, plans = row(), tied.count(Plan)
    enrol(tied.world, tied.course.id, student, role=None, active=False)
    tied.clock.forward(hours=7)
    tied.sync("full")
    assert row().left_at is not None
    same(tied)
    versions = tied.count(ResultVersion)
    enrol(tied.world, tied.course.id, student, role=None, active=True)
    tied.clock.forward(hours=7)
    tied.sync("full")
    assert (row().id, row().left_at) == (before.id, None)
    assert (tied.count(Plan), tied.count(ResultVersion)) == (plans, versions)
    same(tied)


def test_a_renamed_student_is_the_same_person(tied: Tied) -> None:
    fill(tied)
    tied.sync("first", "start")
    student = STUDENTS[tied.world.personality][1]
    person = tied.world.people[student]
    number = tied.person_id(student)
    person.given_name, person.family_name, person.display_name = "Ana", "Ruiz & Gil", ""
    tied.clock.forward(hours=7)
    tied.sync("full")
    assert tied.person(student).id == number
    assert tied.person(student).name == "Ana Ruiz & Gil"
    same(tied)


def test_two_accounts_merged_into_one_lose_nothing_of_the_one_that_stays(tied: Tied) -> None:
    """The LMS takes one account's enrolment and grades over to the other, and forgets the first."""
    fill(tied)
    tied.sync("first", "start")
    gone, stays = STUDENTS[tied.world.personality][:2]
    for (item, person), grade in list(tied.course.grades.items()):
        if person == gone:
            del tied.course.grades[item, person]
            if (item, stays) not in tied.course.grades:
                tied.course.grades[item, stays] = replace(grade, person_id=stays)
    del tied.course.enrolments[gone]
    members = tied.members()
    tied.clock.forward(hours=7)
    assert tied.sync("full").state == "done"
    same(tied)
    sub = tied.world.people[gone].sub
    assert tied.members()[sub] == ("learner", False)
    assert set(tied.members()) == set(members)  # nobody's row, plan or history went


# ---- the gradebook changes its shape


def test_a_column_renamed_moved_worth_more_or_gone_is_so_here(tied: Tied) -> None:
    fill(tied)
    tied.sync("first", "start")
    item = tied.course.items[ITEM[tied.world.personality]]
    item.name, item.group = "Homework one", "Other work"
    item.possible *= 2
    tied.clock.forward(minutes=11)
    assert tied.sync("changes").state == "done"
    same(tied)
    if tied.world.personality == "canvas":
        item.published = False
        tied.clock.forward(minutes=11)
        assert tied.sync("changes").state == "done"
        same(tied)
        item.published = True
        tied.clock.forward(minutes=11)
        assert tied.sync("changes").state == "done"
        same(tied)
    versions = tied.count(ResultVersion)
    del tied.course.items[item.id]
    for cell in [cell for cell in tied.course.grades if cell[0] == item.id]:
        del tied.course.grades[cell]
    tied.clock.forward(minutes=11)
    assert tied.sync("changes").state == "done"
    same(tied)
    assert tied.count(ResultVersion) == versions  # history stays
    assert tied.items()[str(item.id)].gone_at is not None


# ---- the disk is full


def test_a_full_disk_is_said_and_nothing_is_broken(tie_to: Callable[..., Tied]) -> None:
    tied = tie_to("canvas")
    fill(tied)
    tied.sync("first", "start")
    before = ours(tied)
    for student in STUDENTS[tied.world.personality]:
        tied.world.people[student].family_name = "Long" * 120
        for item in tied.course.items:
            tied.world.set_score(tied.course, item, student, Decimal(1))
    full = make_engine(tied.settings.resolved_database_url, tied.database.engine.dialect.plans_cipher)

    @sa.event.listens_for(full, "connect")
    def no_more_pages(connection: Any, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        free = connection.execute("PRAGMA freelist_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages - free + 1}")

    run_id = tied.ask("full", "button")
    run_sync(run_id, replace(tied.deps(), database=Database(full)))
    full.dispose()
    run = tied.run(run_id)
    assert (run.state, run.error_code) == ("failed", "disk_full")
    assert "disk" in run.error
    assert set(ours(tied).people) == set(before.people)
    with tied.database.read() as session:
        assert session.execute(sa.text("PRAGMA integrity_check")).scalar() == "ok"
        assert session.execute(sa.text("PRAGMA foreign_key_check")).all() == []
    nothing_twice(tied)
    assert tied.sync("full", "button").state == "done"
    same(tied)
