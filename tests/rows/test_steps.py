"""Rows A17–A20 of domain.md §1.3: one list an adult, whose step is whose, days that count, moved dates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.planning.breaks import add_break
from lti_tool.planning.step_dates import follow_item_dates
from lti_tool.plans.access import Actor, Role
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Context, Person
from lti_tool.records.gradebook import Item
from lti_tool.records.history import Change
from lti_tool.records.platform import Registration
from lti_tool.records.step import Step, StepDone
from tests import factories
from tests.rows.people import statements
from tests.rows.rig import School
from tests.web.course import Course, add_goal
from tests.web.test_guardians import enter, make_guardian, sub_of


def fields(**more: Any) -> dict[str, Any]:
    return {
        "token": "a-token",
        "title": "Go to tutoring",
        "helps": "Somebody shows me another way",
        "owner": "student",
        "rhythm": "weekly",
        "times": "1",
        **more,
    }


def course_of(context: Context, teacher: Person) -> Course:
    """The course as factories of goals want it."""
    return Course(Registration(), context, teacher, [])


def step_of(goal_id: int, owner_id: int | None, title: str, **more: Any) -> Step:
    """An active step of a teacher, due once."""
    return Step(
        **{
            "goal_id": goal_id,
            "token": title,
            "state": "active",
            "title": title,
            "helps": "It helps",
            "owner_role": "teacher",
            "owner_id": owner_id,
            "rhythm": "once",
            "starts_on": date(2026, 2, 23),
            "ends_on": date(2026, 3, 23),
            "due_on": date(2026, 2, 27),
            "created_at": factories.NOW,
            **more,
        }
    )


def students(school: School, first: int, last: int) -> None:
    """Learners with a goal and a step of the teacher each."""
    math8 = school.math8
    with school.rig.database.write() as session:
        course = course_of(math8.course, math8.teacher)
        for number in range(first, last):
            person = factories.make_learner(session, math8.course, name=f"Student Number{number:03}")
            goal = add_goal(session, course, person, "on_track")
            session.add(step_of(goal.id, math8.teacher.id, f"Review with {number:03}"))


def test_a17_a_teacher_sees_all_own_steps_for_150_students_in_one_list(school: School) -> None:
    students(school, 0, 3)
    teacher = school.teacher
    teacher.get("/todo")
    few = statements(school.rig, teacher, "/todo"), statements(school.rig, teacher, "/check-ins")
    students(school, 3, 150)
    page = teacher.get("/todo").text
    assert page.count("Review with ") == 2 * 150  # the line and the words of its button
    assert "Student Number149" in page
    assert (statements(school.rig, teacher, "/todo"), statements(school.rig, teacher, "/check-ins")) == few
    assert few[0] <= 12


def test_a17_each_line_has_the_day_of_its_own_course(school: School) -> None:
    math8, now = school.math8, school.rig.clock()
    with school.rig.database.write() as session:
        far = factories.make_context(
            session,
            session.get_one(Registration, math8.course.registration_id),
            title="Ocean Science",
            time_zone="Pacific/Auckland",
            started_at=now,
        )
        factories.make_member(session, far, Role.STAFF, person=math8.teacher)
        factories.make_member(session, far, Role.LEARNER, person=math8.ben)
        for course, who, title in ((math8.course, math8.maya, "Here"), (far, math8.ben, "There")):
            goal = add_goal(session, course_of(course, math8.teacher), who, "on_track")
            daily = {"rhythm": "days", "weekdays": 127, "due_on": None}
            session.add(step_of(goal.id, math8.teacher.id, title, **daily))
    with school.rig.database.read() as session:
        steps = {
            one.title: one.id
            for one in session.scalars(sa.select(Step).where(Step.owner_id == math8.teacher.id))
        }
    teacher = school.teacher
    for step_id in steps.values():
        assert teacher.post(f"/steps/{step_id}/done", {"from": "todo"}).status_code == 303
    page = teacher.get("/todo").text  # 10:42 on the 23rd here, 05:42 on the 24th there
    assert "Take the tick back: Here, Maya Lindqvist" in page
    assert "Take the tick back: There, " in page
    with school.rig.database.read() as session:
        days = session.scalars(
            sa.select(StepDone.on_day).where(StepDone.step_id.in_(steps.values())).order_by(StepDone.on_day)
        )
        assert [str(day) for day in days] == ["2026-02-23", "2026-02-24"]


def test_a17_each_adult_ticks_their_own_steps_and_no_other(school: School) -> None:
    goal, math8 = school.goal(), school.math8
    maya = school.maya
    for owner in ("student", "guardian", "counselor", "mentor", "teacher"):
        sent = fields(token=owner, title=f"By the {owner}", owner=owner)
        assert maya.post(f"/goals/{goal}/steps/new", sent).status_code == 303
    with school.rig.database.read() as session:
        found = session.execute(sa.select(Step.owner_role, Step.id).where(Step.goal_id == goal)).all()
    steps = {row.owner_role: row.id for row in found}
    counselor, mentor, admin = school.person("Nadia Counsel"), school.person("Mona Mentor"), school.admin()
    for who, kind in ((counselor, "counselor"), (mentor, "mentor")):
        admin.post(f"/support/{who.id}/assign", {"student_id": str(math8.maya.id), "kind": kind})
    parent = make_guardian(school.rig, math8.course, sub_of(school.rig, math8.maya))
    stranger = make_guardian(school.rig, math8.course, sub_of(school.rig, math8.ben), name="Someone Else")
    people = {
        "student": maya,
        "guardian": enter(school.rig, parent, math8.course),
        "counselor": school.outside(counselor),
        "mentor": school.outside(mentor),
        "teacher": school.teacher,
        "": enter(school.rig, stranger, math8.course),
    }
    for who, opened in people.items():
        ticked = {
            role for role, step in steps.items() if opened.post(f"/steps/{step}/done").status_code == 303
        }
        assert ticked == {who} - {""}, who
    for who in ("counselor", "mentor", "teacher", "guardian"):
        page = people[who].get("/todo").text
        assert f"By the {who}" in page
        assert page.count("By the ") == 2  # one line: its words and its button's


@pytest.mark.parametrize(
    ("ticked", "said"),
    [(0, "Done on 0 of 12 days so far."), (1, "Done on 1 of 13 days so far.")],
)
def test_a18_days_off_and_the_clocks_going_forward_expect_nothing(
    school: School, ticked: int, said: str
) -> None:
    goal = school.goal()
    every_day = fields(rhythm="days", weekdays=[str(day) for day in range(7)], title="Read thirty minutes")
    school.maya.post(f"/goals/{goal}/steps/new", every_day)
    admin = Actor(school.math8.course.registration_id, None, Role.ADMIN)
    with school.rig.database.write() as session:
        add_break(session, admin, date(2026, 3, 2), date(2026, 3, 4), "Break", now=school.rig.clock())
    # Half past midnight on the 10th in Chicago, whose clocks went forward on the 8th: 15 days are over, 3 of
    # them were off. By the clocks of February it would be the 9th still.
    school.rig.clock.at = datetime.fromisoformat("2026-03-10T05:30:00+00:00")
    with school.rig.database.read() as session:
        step = session.scalars(sa.select(Step.id).where(Step.goal_id == goal)).one()
    if ticked:
        assert school.maya.post(f"/steps/{step}/done", {"goal": str(goal)}).status_code == 303
    page = school.maya.get(f"/goals/{goal}").text
    steps = page.split('id="step-list"')[1].split("</ul>")[0]
    assert said in steps
    assert not [word for word in ("issed", "ailed", "verdue", " late", "not done") if word in steps]


def test_a19_a_step_without_a_goal_is_refused(school: School) -> None:
    maya = school.maya
    for nowhere in ("0", "99999999", str(10**20)):
        assert maya.post(f"/goals/{nowhere}/steps/new", fields()).status_code == 404
    assert maya.post("/goals/steps/new", fields()).status_code == 404
    assert maya.post("/steps/new", fields()).status_code == 404
    goal = school.goal()
    with school.rig.database.write() as session:
        session.execute(sa.text(f"UPDATE goal SET state = 'closed' WHERE id = {goal}"))
    ended = maya.post(f"/goals/{goal}/steps/new", fields())
    assert ended.status_code == 422
    assert "This goal has ended. Steps belong to a goal that goes on." in ended.text
    with school.rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Step.goal_id == goal)) == 0


def test_a20_a_moved_test_date_moves_the_step_with_an_audit_entry(school: School) -> None:
    goal, math8 = school.goal(), school.math8
    test = math8.items["later2"]
    sent = fields(rhythm="relative", item=str(test.id), offset="3", before="before", title="Review the guide")
    assert school.teacher.post(f"/goals/{goal}/steps/new", {**sent, "owner": "teacher"}).status_code == 303
    before = school.teacher.get("/todo").text
    assert "Mar 5, with “Homework 12”" in before
    with school.rig.database.write() as session:
        row = session.get_one(Item, test.id)
        assert row.due_at is not None
        row.due_at += timedelta(days=5)
    with school.rig.database.write() as session:
        follow_item_dates(session, math8.course.registration_id, math8.course.id, now=school.rig.clock())
    assert "Mar 10, with “Homework 12”" in school.teacher.get("/todo").text
    with school.rig.database.read() as session:
        step = session.scalars(sa.select(Step).where(Step.goal_id == goal)).one()
        moved = session.scalars(
            sa.select(Change).where(Change.subject_id == step.id, Change.what == "moved")
        ).one()
        assert moved.author_role == "system"
        noted = session.scalars(
            sa.select(AuditEntry).where(
                AuditEntry.subject == f"step:{step.id}", AuditEntry.act == "step.moved"
            )
        ).one()
        assert noted.context_id == math8.course.id
