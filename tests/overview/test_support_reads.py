"""Who reads whose plan, on both databases, in a constant number of statements."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool.db import Database
from lti_tool.overview.counselor import assigned, assigned_plan, own_home
from lti_tool.overview.grants import grants_of, who_is_inside
from lti_tool.overview.guardian import children, childs_plan, granted_plan
from lti_tool.overview.support import find_courses, find_people, support, support_person
from lti_tool.planning.grants import (
    CodeRefused,
    GrantDraft,
    digest,
    is_right,
    let_in,
    make_grant,
    take_a_try,
)
from lti_tool.planning.guardians import block_guardian, remember_students
from lti_tool.planning.mentors import assign_counselor
from lti_tool.plans.access import Actor, NotFound, Role
from lti_tool.records.course import PersonAlias
from tests import factories
from tests.factories import NOW, acting
from tests.statements import counted


def test_guardians_counselors_and_administrators_read_what_is_theirs(database: Database) -> None:
    with database.write() as session:
        registration = factories.make_registration(session)
        course = factories.make_context(session, registration, started_at=NOW)
        teacher = factories.make_teacher(session, course)
        child = factories.make_learner(session, course, name="Ana O'Neil_%")
        factories.make_plan(session, child)
        guardian = factories.make_member(session, course, Role.MENTOR, name="Paula")
        counselor = factories.make_person(session, registration, name="Nadia")
        sub = session.scalars(sa.select(PersonAlias.value).filter_by(person_id=child.id)).one()
        where = (registration.id, course.id, guardian.id)
        for _ in range(2):
            remember_students(session, *where, [sub, "unknown"], source="observees", now=NOW)
        admin = Actor(registration.id, teacher.id, Role.ADMIN, None, is_admin=True)
        for whom in ({"student_id": child.id}, {"context_id": course.id}):
            assign_counselor(session, admin, counselor.id, **whom, now=NOW)
    mentor = acting(guardian, course, Role.MENTOR)
    helper = Actor(registration.id, counselor.id, Role.NONE)
    with database.read() as session:
        mine = children(session, mentor, now=NOW)
        assert ([one.person_id for one in mine.known], mine.unknown, mine.blocked) == ([child.id], 1, 0)
        assert childs_plan(session, mentor, course.id, child.id, now=NOW).person_id == child.id
        assert [(one.person_id, one.why) for one in assigned(session, helper)] == [(child.id, "Math 8")]
        assert assigned_plan(session, helper, child.id, now=NOW).person_id == child.id
        with pytest.raises(NotFound):
            assigned_plan(session, helper, guardian.id, now=NOW)
        own = own_home(session, Actor(registration.id, child.id, Role.NONE), now=NOW)
        assert own is not None
        assert own_home(session, helper, now=NOW) is None
        assert [one.id for one in find_people(session, admin, "o'neil_%")] == [child.id]
        assert find_people(session, admin, sub)[0].id == child.id
        assert [one.id for one in find_courses(session, admin, "MATH")] == [course.id]
        assert len(support(session, admin)[0]) == 2
        assert support_person(session, admin, child.id).guardians[0].guardian_id == guardian.id
    with database.write() as session:
        block_guardian(session, admin, child.id, guardian_id=guardian.id, name="", now=NOW)
    with database.read() as session:
        mine = children(session, mentor, now=NOW)
        assert (mine.known, mine.unknown, mine.blocked) == ([], 1, 1)


def test_a_grant_lets_in_until_it_ends(database: Database) -> None:
    with database.write() as session:
        course = factories.make_context(session, factories.make_registration(session), started_at=NOW)
        teacher = factories.make_teacher(session, course)
        child = factories.make_learner(session, course)
        factories.make_plan(session, child)
        staff = acting(teacher, course, Role.STAFF)
        grant, code = make_grant(session, staff, child.id, GrantDraft("Aunt"), now=NOW)
    with database.write() as session:
        row = take_a_try(session, grant.public_id, now=NOW)
    assert is_right(row, code, "")
    assert not is_right(row, code[:-1], "")
    with database.write() as session:
        secret = let_in(session, grant.id, now=NOW)
    limits = {"idle": timedelta(hours=2), "longest": timedelta(hours=12)}
    with database.read() as session:
        found = who_is_inside(session, grant.public_id, digest(secret), now=NOW, **limits)
        assert found is not None
        assert granted_plan(session, found.actor, grant.id, now=NOW).person_id == child.id
        assert who_is_inside(session, grant.public_id, digest("x"), now=NOW, **limits) is None
        assert [one.state for one in grants_of(session, staff, child.id, now=NOW).rows] == ["open"]
        with pytest.raises(NotFound):
            granted_plan(session, found.actor, grant.id, now=NOW + timedelta(days=31))
    with database.write() as session, pytest.raises(CodeRefused):
        take_a_try(session, "nobody", now=NOW)


@pytest.mark.parametrize("many", [1, 12])
def test_children_and_students_cost_the_same_few_statements(database: Database, many: int) -> None:
    with database.write() as session:
        registration = factories.make_registration(session)
        course = factories.make_context(session, registration, started_at=NOW)
        guardian = factories.make_member(session, course, Role.MENTOR)
        counselor = factories.make_person(session, registration)
        named = []
        for number in range(many):
            child = factories.make_learner(session, course, sub=f"child-{number}")
            factories.make_plan(session, child)
            named.append(f"child-{number}")
        remember_students(
            session, registration.id, course.id, guardian.id, named, source="observees", now=NOW
        )
        admin = Actor(registration.id, guardian.id, Role.ADMIN, None, is_admin=True)
        assign_counselor(session, admin, counselor.id, context_id=course.id, now=NOW)
    with counted(database) as said, database.read() as session:
        assert len(children(session, acting(guardian, course, Role.MENTOR), now=NOW).known) == many
        assert len(assigned(session, Actor(registration.id, counselor.id, Role.NONE))) == many
    assert (
        len([one for one in said if one.startswith("SELECT")]) == 3
    )  # whether guardians read here at all, the children, the assigned
