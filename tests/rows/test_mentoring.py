"""Rows A26, B12 and B13's waiting part of domain.md §1.4: check-ins, mentors, encouragement, hand-over."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.audit import READ, AuditEntry
from lti_tool.records.checkin import CheckIn
from lti_tool.records.course import Membership
from lti_tool.records.goal import Goal
from lti_tool.records.history import Change
from lti_tool.records.lesson import Lesson, LessonRun
from lti_tool.records.mentoring import AgreedCadence, CareerNote, CheckInNote, Encouragement
from lti_tool.records.school import SchoolBreak
from lti_tool.records.score import OwnColumn, ScoreOut
from lti_tool.records.step import Step
from tests.rows.rig import School
from tests.web.course import make_course
from tests.web.math8 import HOSTILE, add_proposal
from tests.web.test_guardians import enter, make_guardian, sub_of


def rows(school: School, table: type[Any]) -> list[Any]:
    """Of this school alone."""
    with school.rig.database.read() as session:
        query = sa.select(table).order_by(table.id)
        return list(
            session.scalars(query.where(table.registration_id == school.math8.course.registration_id))
        )


def note(**more: Any) -> dict[str, Any]:
    return {
        "token": "once",
        "well": "Homework is quicker",
        "hard": "",
        "agreed": "",
        "readers": "school",
        **more,
    }


def weekly(school: School) -> None:
    sent = {"scope": "course", "id": str(school.math8.course.id), "cadence": "weekly"}
    assert school.teacher.post("/check-ins/cadence", sent).status_code == 303


def test_b12_a_missed_cadence_stands_in_the_queue_and_one_talk_clears_it(school: School) -> None:
    teacher, maya = school.teacher, school.math8.maya
    assert "Nobody is due." in teacher.get("/check-ins").text
    weekly(school)
    weekly(school)  # sent twice
    assert len(rows(school, AgreedCadence)) == 1
    page = teacher.get("/check-ins").text
    assert "Now <span" in page
    assert page.split("Not heard of")[0].count("Check in<span") == 2  # Maya and Ben
    school.rig.clock.move(days=9)
    teacher = school.teacher
    page = teacher.get("/check-ins").text
    assert "Waiting for a while" in page
    form = teacher.get(f"/check-ins/{maya.id}?course={school.math8.course.id}").text
    assert "This is the first one." in form
    sent = note(course=school.math8.course.id)
    for _ in range(2):
        assert teacher.post(f"/check-ins/{maya.id}", sent).status_code == 303
    assert [row.well for row in rows(school, CheckInNote)] == ["Homework is quicker"]
    page = teacher.get("/check-ins").text
    late = page.split("Waiting for a while")[1].split("</section>")[0]
    assert "Maya Lindqvist" not in late
    assert "Ben" in late
    assert "Maya Lindqvist" in page.split("Later")[1].split("Not heard of")[0]


def test_b12_days_off_and_an_agreed_day_move_the_next_talk(school: School) -> None:
    weekly(school)
    teacher, maya, course = school.teacher, school.math8.maya, school.math8.course.id
    today = school.rig.clock().date()
    with school.rig.database.write() as session:
        session.add(
            SchoolBreak(
                registration_id=school.math8.course.registration_id,
                first_on=today,
                last_on=today + timedelta(days=4),
                name="Break",
            )
        )
    assert "due Sat, Feb 28" in teacher.get("/check-ins").text
    agreed = note(course=course, next_on="2026-03-20")
    assert teacher.post(f"/check-ins/{maya.id}", agreed).status_code == 303
    assert "due Fri, Mar 20" in teacher.get("/check-ins").text
    one = {"course": course, "cadence": "monthly"}
    teacher.post(f"/check-ins/{maya.id}/cadence", one)
    school.rig.clock.move(hours=1)
    teacher.post(f"/students/{maya.id}/check-in", {"after": "1"})  # one click: the agreed day was this talk's
    assert "due Mon, Mar 23" in teacher.get("/check-ins").text


def test_b12_a_check_in_counts_in_the_gradebooks_column_as_before(school: School) -> None:
    teacher, maya = school.teacher, school.math8.maya
    teacher.post("/scores/on", {"maximum": "10", "due_on": ""})
    teacher.post(f"/check-ins/{maya.id}", note(course=school.math8.course.id))
    with school.rig.database.read() as session:
        column = sa.select(OwnColumn.id).where(OwnColumn.context_id == school.math8.course.id)
        scores = session.scalars(sa.select(ScoreOut).where(ScoreOut.column_id.in_(column))).all()
        assert [(row.person_id, row.value) for row in scores] == [(maya.id, Decimal(1))]
        assert session.scalar(sa.select(sa.func.count()).where(CheckIn.person_id == maya.id)) == 1
    assert "1 check-in so far." in teacher.get(f"/students/{maya.id}").text


def test_b12_the_form_begins_from_the_plan_and_says_what_is_wrong(school: School) -> None:
    goal = school.goal()
    step = {"token": "s", "title": "Go to tutoring", "helps": "Another way", "owner": "student"}
    school.maya.post(f"/goals/{goal}/steps/new", {**step, "rhythm": "weekly", "times": "1"})
    teacher, maya, course = school.teacher, school.math8.maya, school.math8.course.id
    form = teacher.get(f"/check-ins/{maya.id}?course={course}").text
    assert "from 68 to 73.9 since the start" in form
    assert "Step “Go to tutoring”." in form
    wrong = note(course=course, readers="all", next_on="2020-01-01", hard="x" * 2001, well=HOSTILE)
    page = teacher.post(f"/check-ins/{maya.id}", wrong)
    assert page.status_code == 422
    for field, sentence in (
        ("readers", "Choose who reads this."),
        ("next_on", "Choose a day"),
        ("hard", "too long"),
    ):
        assert sentence in page.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert "&lt;script&gt;" in page.text
    assert "<script>alert" not in page.text
    assert teacher.post(f"/check-ins/{maya.id}", note(course=course, next_on="soon")).status_code == 422
    assert rows(school, CheckInNote) == []
    talked = note(course=course, talked="Step “Go to tutoring”.")
    teacher.post(f"/check-ins/{maya.id}", talked)
    assert "Step “Go to tutoring”." in school.maya.get("/talks").text


def test_b12_a_note_is_read_by_whom_it_says(school: School) -> None:
    teacher, maya, course = school.teacher, school.math8.maya, school.math8.course
    for readers in ("plan", "school", "two"):
        sent = note(token=readers, readers=readers, well=f"For {readers}", course=course.id)
        teacher.post(f"/check-ins/{maya.id}", sent)
    counselor, colleague = school.person("Nadia Counsel"), school.staff("Second Teacher")
    school.admin().post(f"/support/{counselor.id}/assign", {"student_id": str(maya.id)})
    guardian = make_guardian(school.rig, course, sub_of(school.rig, maya))
    seen = {
        "student": school.maya.get("/talks"),
        "writer": teacher.get(f"/check-ins/{maya.id}?course={course.id}"),
        "colleague": school.rig.open(colleague, course, Role.STAFF).get(
            f"/check-ins/{maya.id}?course={course.id}"
        ),
        "counselor": school.outside(counselor).get(f"/assigned/{maya.id}"),
        "guardian": enter(school.rig, guardian, course).get(),
    }
    assert {page.status_code for page in seen.values()} == {200}
    read = {
        who: [one for one in ("plan", "school", "two") if f"For {one}" in page.text]
        for who, page in seen.items()
    }
    assert read == {
        "student": ["plan", "school", "two"],
        "writer": ["plan", "school", "two"],
        "colleague": ["plan", "school"],
        "counselor": ["plan", "school"],
        "guardian": ["plan"],
    }
    assert school.ben.get("/talks").text.count("For ") == 0


def test_a26_a_word_about_a_goal_or_step_is_there_at_the_next_opening(school: School) -> None:
    goal = school.goal()
    teacher, maya, course = school.teacher, school.math8.maya, school.math8.course.id
    assert "A word for you" not in school.maya.get().text
    sent = {"course": course, "token": "w", "words": "You stayed with it today.", "about": f"goal-{goal}"}
    for _ in range(2):
        assert teacher.post(f"/check-ins/{maya.id}/words", sent).status_code == 303
    assert len(rows(school, Encouragement)) == 1
    opened = school.maya
    home = opened.get().text
    assert "You stayed with it today." in home
    assert "Homework average in Math 8 to 80" in home.split("A word for you")[1].split("</section>")[0]
    assert "You stayed with it today." in opened.get().text  # a second look the same day
    assert "You stayed with it today." in opened.get(f"/goals/{goal}").text
    assert f"course={course}&amp;about=goal-{goal}#sent" in teacher.get(f"/goals/{goal}").text
    form = teacher.get(f"/check-ins/{maya.id}?course={course}&about=goal-{goal}").text
    assert f'<option value="goal-{goal}" selected>' in form
    school.rig.clock.move(days=2)
    assert "A word for you" not in school.maya.get().text
    assert "You stayed with it today." in school.maya.get("/talks").text
    teacher = school.teacher  # the launch of two days ago is over
    empty = teacher.post(f"/check-ins/{maya.id}/words", {**sent, "token": "x", "words": " "})
    assert empty.status_code == 422
    assert "Write a word or two." in empty.text
    for about in ("goal-99999999", "step-1", "cat-1", "goal-x"):
        answer = teacher.post(f"/check-ins/{maya.id}/words", {**sent, "token": "y", "about": about})
        assert answer.status_code == 404, about


def test_b12_a_nurse_to_be_gets_courses_and_things_to_join(school: School) -> None:
    mentor, maya = school.person("Nora Nurse"), school.math8.maya
    school.admin().post(f"/support/{mentor.id}/assign", {"student_id": str(maya.id), "kind": "mentor"})
    me = school.outside(mentor)
    path = f"/check-ins/{maya.id}/later"
    wrong = me.post(path, {"token": "c", "interest": "", "courses": "", "activities": ""})
    assert wrong.status_code == 422
    assert "Say what they may want to be." in wrong.text
    ideas = {"interest": "Nurse", "courses": "Biology, health science", "activities": "First aid club"}
    me.post(path, {"token": "c", **ideas})
    me.post(path, {"token": "c", **ideas})
    page = school.maya.get("/talks").text
    assert "Who stands by me" in page
    assert "Nora Nurse" in page
    assert "Biology, health science" in page
    assert "First aid club" in page
    note_id = rows(school, CareerNote)[0].id
    assert school.teacher.post(f"{path}/{note_id}/go", {"course": school.math8.course.id}).status_code == 404
    assert me.post(f"{path}/{note_id}/go").status_code == 303
    assert "Biology" not in school.maya.get("/talks").text


def test_b12_staff_choose_a_mentor_among_the_staff_and_the_mentor_reads_the_plan(school: School) -> None:
    school.goal()
    teacher, maya = school.teacher, school.math8.maya
    with school.rig.database.write() as session:
        elsewhere = make_course(session)  # another school
    coach = school.staff("Cora Coach")
    path = f"/students/{maya.id}/mentors"
    assert "Cora Coach" in teacher.post(path, {"find": "cora"}).text
    assert "Ben" not in teacher.post(path, {"find": "ben"}).text.split("Choose a mentor")[1]
    for _ in range(2):
        assert teacher.post(f"{path}/new", {"mentor_id": str(coach.id)}).status_code == 303
    assert teacher.get(path).text.count("Cora Coach") == 2  # the line and its button
    for wrong in (school.math8.ben.id, school.person("Nobody").id, elsewhere.teacher.id, 99999999, maya.id):
        assert teacher.post(f"{path}/new", {"mentor_id": str(wrong)}).status_code == 404
    me = school.outside(coach)
    assert "Homework average in Math 8 to 80" in me.get(f"/assigned/{maya.id}").text
    assert "Maya Lindqvist" in me.get("/check-ins").text or "without a day" in me.get("/check-ins").text
    assert school.maya.get(path).status_code == 403
    assert me.get(f"/check-ins/{maya.id}").status_code == 200
    with school.rig.database.read() as session:
        read = sa.select(AuditEntry.actor_role).where(AuditEntry.actor_id == coach.id, AuditEntry.act == READ)
        assert session.scalars(read).all() == ["mentor", "mentor"]  # the plan, and the form beside it
    admin = school.admin()
    admin.post(f"/support/{maya.id}/block", {"guardian_id": str(coach.id)})
    for closed in (f"/assigned/{maya.id}", f"/check-ins/{maya.id}"):
        assert me.get(closed).status_code == 404, "a block wins over an assignment"
    assert "Maya" not in me.get("/check-ins").text
    block = admin.get("/support").text.split("/support/blocks/")[1].split("/lift")[0]
    assert admin.post(f"/support/blocks/{block}/lift").status_code == 303
    assignment = teacher.get(path).text.split("/mentors/")[1].split("/end")[0]
    assert teacher.post(f"{path}/{assignment}/end").status_code == 303
    assert me.get(f"/assigned/{maya.id}").status_code == 404
    assert me.get(f"/check-ins/{maya.id}").status_code == 404


def test_b12_a_mentors_hand_over_keeps_history_and_rhythm(school: School) -> None:
    maya, admin = school.math8.maya, school.admin()
    old, new = school.person("Old Mentor"), school.person("New Mentor")
    admin.post(f"/support/{old.id}/assign", {"student_id": str(maya.id), "kind": "mentor"})
    with school.rig.database.read() as session:
        assignment = session.scalar(
            sa.text(f"SELECT id FROM counselor_assignment WHERE counselor_id = {old.id}")
        )
    before = school.outside(old)
    before.post("/check-ins/cadence", {"scope": "assigned", "id": str(assignment), "cadence": "two_weekly"})
    before.post(f"/check-ins/{maya.id}", note(well="She likes anatomy"))
    found = admin.post(f"/support/{old.id}", {"find": "new mentor"}).text
    assert f"/support/assignments/{assignment}/hand-over" in found
    sent = {"successor_id": str(new.id)}
    assert admin.post(f"/support/assignments/{assignment}/hand-over", sent).status_code == 303
    assert admin.post(f"/support/assignments/{assignment}/hand-over", sent).status_code == 404
    assert before.get(f"/check-ins/{maya.id}").status_code == 404
    after = school.outside(new)
    assert "She likes anatomy" in after.get(f"/check-ins/{maya.id}").text
    page = after.get("/check-ins").text
    assert "every two weeks" in page
    assert "due Mon, Mar 9" in page  # two weeks after the talk the old mentor had
    assert "Old Mentor" in school.maya.get("/talks").text


def test_b12_when_staff_leave_their_open_things_form_one_list(school: School) -> None:
    goal = school.goal()
    add_proposal(school.rig, school.math8)
    rose, course, maya = school.math8.teacher, school.math8.course, school.math8.maya
    step = {"token": "s", "title": "Review the guide", "helps": "Before the test", "owner": "teacher"}
    school.teacher.post(f"/goals/{goal}/steps/new", {**step, "rhythm": "once", "due_on": "2026-03-02"})
    school.teacher.post(f"/check-ins/{maya.id}", note(course=course.id, next_on="2026-03-05"))
    change = {"target": "85", "reason": "You are nearly there"}
    assert school.teacher.post(f"/goals/{goal}/propose", change).status_code == 303
    colleague = school.rig.open(school.staff("Second Teacher"), course, Role.STAFF)
    assert "Nobody of the staff has left" in colleague.get("/handover").text
    with school.rig.database.write() as session:
        session.execute(
            sa.update(Membership)
            .where(Membership.person_id == rose.id, Membership.context_id == course.id)
            .values(left_at=school.rig.clock())
        )
    page = colleague.get("/handover").text
    for words in (
        "Rose Okafor",
        "Review the guide",
        "Agreed check-in",
        "Waits for an answer",
        "A change that waits for an answer",
        "Take it over",
    ):
        assert words in page, words
    assert "Review the guide" not in colleague.get("/todo").text
    for _ in range(2):
        assert colleague.post(f"/handover/{rose.id}").status_code == 303
    assert "Review the guide" in colleague.get("/todo").text
    page = colleague.get("/handover").text
    assert "taken over by Second Teacher" in page
    assert "Review the guide" not in page
    with school.rig.database.read() as session:
        said = session.scalars(
            sa.select(Change.what)
            .join(Step, sa.and_(Step.id == Change.subject_id, Change.subject == "step"))
            .where(Step.goal_id == goal)
            .order_by(Change.id)
        ).all()
        assert said == ["made", "handed over"]
        assert (
            session.scalars(sa.select(Goal.proposed_by_id).where(Goal.state == "proposed")).first()
            is not None
        )
    assert colleague.post(f"/handover/{maya.id}").status_code == 404
    assert colleague.post("/handover/99999999999").status_code == 404
    assert school.maya.get("/handover").status_code == 403


def test_nobody_checks_in_with_a_stranger(school: School) -> None:
    maya, course = school.math8.maya, school.math8.course.id
    weekly(school)
    stranger = school.outside(school.person("A Stranger"))
    with school.rig.database.write() as session:
        other = make_course(session)
    teacher = school.rig.open(other.teacher, other.context, Role.STAFF)
    for who in (stranger, teacher):
        for path in (f"/check-ins/{maya.id}", f"/check-ins/{maya.id}?course={course}"):
            assert who.get(path).status_code == 404, path
        assert who.post(f"/check-ins/{maya.id}", note(course=course)).status_code == 404
        assert who.post(f"/check-ins/{maya.id}/words", {"course": course, "words": "x"}).status_code == 404
        assert (
            who.post(f"/check-ins/{maya.id}/cadence", {"course": course, "cadence": "weekly"}).status_code
            == 404
        )
        sent = {"scope": "course", "id": str(course), "cadence": "weekly"}
        assert who.post("/check-ins/cadence", sent).status_code == 404
        assert "Maya" not in who.get("/check-ins").text
    for who in (school.maya, school.ben):
        assert who.get("/check-ins").status_code == 403
        assert who.get(f"/check-ins/{maya.id}?course={course}").status_code == 403
    assert school.teacher.get(f"/check-ins/{10**20}?course=x").status_code == 404


def test_a22_a_finished_lesson_is_in_the_draft_of_the_next_check_in(school: School) -> None:
    maya, course, now = school.math8.maya, school.math8.course, school.rig.clock()
    with school.rig.database.write() as session:
        common = {"registration_id": course.registration_id, "context_id": course.id, "once": "l"}
        lesson = Lesson(**common, title="Signs", made_at=now, changed_at=now)
        session.add(lesson)
        session.flush()
        run = {"lesson_id": lesson.id, "person_id": maya.id, "questions": 3, "right": 2}
        session.add(LessonRun(**run, started_at=now, finished_at=now, well="I drew it", hard="Two signs"))
    path = f"/check-ins/{maya.id}?course={course.id}"
    form = school.teacher.get(path).text
    line = next(one for one in re.findall('name="talked" value="([^"]*)"', form) if "Lesson “Signs”" in one)
    assert "I drew it" in line
    assert "Two signs" in line
    school.teacher.post(f"/check-ins/{maya.id}", note(course=course.id, talked=line))
    school.rig.clock.move(days=1)
    page = school.teacher.get(path).text
    assert line not in page.split("Said before")[0]  # it was talked about
    assert line in page.split("Said before")[1]
