"""Row A1 of domain.md §1.1: everybody has a plan, the quiet ones too.

A2–A4, A6, A25, B10 and B11 are in tests/web/test_profile.py, A5, A8 and A9 in test_portfolio.py, A7 and A9 in
test_conferences.py, each test by its row's number.
"""

from __future__ import annotations

import sqlalchemy as sa

from lti_tool.planning.enrolment import ensure_plans
from lti_tool.records.course import Membership
from lti_tool.records.plan import Plan
from tests import factories
from tests.rows.rig import School


def test_a1_thirty_learners_have_thirty_plans_and_nobody_is_forgotten(school: School) -> None:
    math8, rig = school.math8, school.rig
    with rig.database.write() as session:
        people = [factories.make_learner(session, math8.course, name=f"Learner {n:02}") for n in range(28)]
        ids = [math8.maya.id, math8.ben.id, *(person.id for person in people)]
        made = [ensure_plans(session, math8.course.registration_id, ids, now=rig.clock()) for _ in range(2)]
    assert made == [30, 0]
    board = school.teacher.get("/board").text
    assert "Learner 27" in board
    school.goal()
    page = school.teacher.get("/check-ins").text.split("Not heard of")[1]
    assert page.count("no plan yet") == 29  # all but Maya
    rig.clock.move(days=22)
    page = school.teacher.get("/check-ins").text.split("Not heard of")[1]
    assert "Maya Lindqvist" in page
    assert "last heard of on" in page
    school.maya.get()  # she looks at her plan
    assert "Maya Lindqvist" not in school.teacher.get("/check-ins").text.split("Not heard of")[1]
    gone = people[0]
    with rig.database.write() as session:
        session.execute(
            sa.update(Membership).where(Membership.person_id == gone.id).values(left_at=rig.clock())
        )
    frozen = school.teacher.get(f"/students/{gone.id}").text
    assert "This student is not in the course now. Their plan is kept." in frozen
    assert "Propose a goal" not in frozen
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Plan.person_id.in_(ids))) == 30
