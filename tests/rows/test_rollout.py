"""Roll-out (domain.md A1, B1, B2, B15; points 9 and 10), as the people concerned."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.access import Role
from lti_tool.records.course import Context, Membership
from lti_tool.records.goal import Goal
from lti_tool.records.group import PeerNote
from lti_tool.records.lesson import Lesson, LessonRun
from lti_tool.records.platform import Registration
from lti_tool.records.portfolio import Artifact
from lti_tool.records.rollout import Template
from lti_tool.records.step import Step
from tests import factories
from tests.rows.goals import Rows
from tests.web.rig import Opened

SCHOOL = {"age_band": "school", "talk_words": "", "talk_to": "", "year_ends": "", "guardians": ""}


def boss(rows: Rows) -> Opened:
    return rows.rig.open(rows.teacher_row, rows.course, Role.STAFF, is_admin=True)


def test_b2_a_college_lets_no_guardian_read_unless_it_says_so(rows: Rows) -> None:
    ana, admin = rows.student("Ana College"), boss(rows)
    page = f"/children/{rows.course.id}/{ana.id}"
    family = rows.guardian(ana)
    assert family.get(page).status_code == 200
    assert admin.post("/admin/school", {**SCHOOL, "age_band": "college"}).status_code == 303
    assert family.get(page).status_code == 404
    assert "This school lets no guardians read along." in family.get("/").text
    rows.open(ana).post("/goals/new", rows.form("My average to 75"))
    form = rows.open(ana).get(f"/goals/{rows.goals(ana)[0].id}/steps/new").text
    assert "My counselor" in form
    assert "My family" not in form, "adults have no family among those who do a step"
    path = f"/students/{ana.id}/access"
    asked = {"name": "Grandmother", "reader": "guardian", "kind": "link", "days": "30"}
    refused = rows.teacher().post(path, asked)
    assert refused.status_code == 422
    assert "Your school lets no guardians read along." in refused.text
    assert admin.post("/admin/school", {**SCHOOL, "guardians": "maybe"}).status_code == 422
    admin.post("/admin/school", {**SCHOOL, "age_band": "college", "guardians": "on"})
    assert family.get(page).status_code == 200
    admin.post("/admin/school", {**SCHOOL, "guardians": "off"})
    assert family.get(page).status_code == 404
    admin.post("/admin/school", SCHOOL)
    assert family.get(page).status_code == 200


def test_b2_set_up_asks_school_or_college_until_somebody_said(rows: Rows) -> None:
    """The school's administrators say it for all; a teacher who starts before them, for their course."""
    ana, admin = rows.student("Ana Asked"), boss(rows)
    with rows.rig.database.write() as session:
        school = _registration(session, rows)
        school.age_band, school.band_said_at = "school", None
        new = factories.make_context(session, school, title="Evening class", started_at=None)
        factories.make_teacher(session, new, person=session.merge(rows.teacher_row))
        factories.make_member(session, new, Role.LEARNER, person=session.merge(ana))
    teacher, adult = rows.rig.open(rows.teacher_row, new, Role.STAFF), "Which strengths do you bring?"
    asked = teacher.get("/").text
    assert "Who are your students?" in asked
    assert '<option value="school">' in asked.split('name="age_band"')[1].split("</option>")[0]
    assert teacher.post("/start", {"age_band": "college"}).status_code == 303
    assert adult in rows.rig.open(ana, new, Role.LEARNER).get("/about/assess/strengths").text
    assert adult not in rows.open(ana).get("/about/assess/strengths").text
    assert "the family" not in teacher.get(f"/check-ins/{ana.id}?course={new.id}").text
    path = f"/students/{ana.id}/access"
    code = {"name": "Grandmother", "reader": "guardian", "kind": "link", "days": "30"}
    assert teacher.post(path, code).status_code == 422, "adults speak for themselves"
    assert rows.teacher().post(path, code).status_code in (200, 303)
    assert teacher.post("/course", {"goals_most": "3", "age_band": "toddler"}).status_code == 422
    assert teacher.post("/course", {"goals_most": "3", "age_band": ""}).status_code == 303
    assert adult not in rows.rig.open(ana, new, Role.LEARNER).get("/about/assess/strengths").text
    first = "First: a school or a college?"
    assert first in admin.get("/admin").text
    refused = admin.post("/admin/band", {"age_band": ""})
    assert (refused.status_code, "Choose how old the students are." in refused.text) == (422, True)
    assert rows.teacher().post("/admin/band", {"age_band": "college"}).status_code == 403
    assert admin.post("/admin/band", {"age_band": "college"}).status_code == 303
    assert first not in admin.get("/admin").text
    assert adult in rows.open(ana).get("/about/assess/strengths").text
    assert rows.teacher().post(path, {**code, "name": "Uncle"}).status_code == 422
    assert admin.post("/admin/school", SCHOOL).status_code == 303


def test_b1_a_template_serves_course_and_school_and_changes_no_live_plan(rows: Rows) -> None:
    ana, ben, teacher = rows.student("Ana Template"), rows.student("Ben Template"), rows.teacher()
    opened = rows.open(ana)
    opened.follow(opened.post("/goals/new", rows.form("My average to 75")))
    (goal,) = rows.goals(ana)
    step = {"title": "Ask one question", "helps": "I get unstuck.", "owner": "student", "rhythm": "weekly"}
    opened.follow(opened.post(f"/goals/{goal.id}/steps/new", {**step, "times": "2"}))
    path = f"/goals/{goal.id}/template"
    assert teacher.post(path, {"name": "", "level": "course"}).status_code == 422
    assert teacher.post(path, {"name": "Ours", "level": "school"}).status_code == 403
    assert (
        "Homework first"
        in teacher.follow(teacher.post(path, {"name": "Homework first", "level": "course"})).text
    )
    admin = boss(rows)
    for level in ("school", "district"):
        admin.follow(admin.post(path, {"name": f"For the {level}", "level": level}))
    with rows.rig.database.write() as session:
        mine = session.scalars(sa.select(Template).where(Template.name == "Homework first")).one()
        other = factories.make_context(session, _registration(session, rows), started_at=rows.rig.clock())
        elsewhere = factories.make_teacher(session, other, name="Else Where")
    there = rows.rig.open(elsewhere, other, Role.STAFF).get("/templates").text
    assert "For the school" in there
    assert "For the district" in there
    assert "Homework first" not in there
    form = opened.get(f"/goals/new?template={mine.id}").text
    assert 'value="My average to 75"' in form
    assert "This looks like the template’s work." in form
    assert " checked" not in form.split('name="items"', 1)[1].split("</fieldset>")[0], (
        "nothing is tied silently"
    )
    taken = opened.get(f"/goals/new?template={mine.id}&work=1").text
    boxes = taken.split('id="items"')[1].split("</fieldset>")[0]
    assert boxes.count(" checked") == len(rows.homework)
    with rows.rig.database.write() as session:
        school = session.scalars(sa.select(Template).where(Template.name == "For the school")).one()
        new = factories.make_item(session, session.merge(other), "homework  3", 20)
        factories.make_item(session, session.merge(other), "Poem", 20)
        lea = factories.make_learner(session, session.merge(other), name="Lea")
    page = rows.rig.open(lea, other, Role.LEARNER).get(f"/goals/new?template={school.id}&work=1").text
    boxes = page.split('id="items"')[1].split("</fieldset>")[0]
    assert (boxes.count(" checked"), f'value="{new.id}" checked' in boxes) == (1, True)
    theirs = rows.open(ben)
    sent = rows.form("My average to 75", template=str(mine.id))
    theirs.follow(theirs.post("/goals/new", sent))
    (live,) = rows.goals(ben)
    assert (live.template_id, live.template_version) == (mine.id, 1)
    with rows.rig.database.read() as session:
        steps = session.scalars(sa.select(Step).where(Step.goal_id == live.id)).all()
    assert [(one.title, one.times, one.state) for one in steps] == [("Ask one question", 2, "active")]
    change = {"name": "Homework first", "title": "My average to 85", "target": "85", "version": "1"}
    text = teacher.follow(teacher.post(f"/templates/{mine.id}", change)).text
    assert "version 2" in text
    assert "1 goal began from it" in text
    (again,) = rows.goals(ben)
    assert (again.title, again.target, again.template_version, again.version) == (
        live.title,
        live.target,
        1,
        live.version,
    )
    proposal = rows.form("A proposal", template=str(mine.id), target="74")
    teacher.follow(teacher.post(f"/students/{ben.id}/goals/new", proposal))
    with rows.rig.database.read() as session:
        waits = session.scalars(sa.select(Step).where(Step.goal_id == rows.goals(ben)[1].id)).all()
    assert [one.state for one in waits] == ["proposed"]
    teacher.post(f"/templates/{mine.id}", {"retire": "1"})
    assert "Homework first" not in teacher.get("/templates").text
    with rows.rig.database.read() as session:
        school = session.scalars(sa.select(Template.id).where(Template.level == "school")).first()
    assert teacher.post(f"/templates/{school}", change).status_code == 403
    assert opened.get("/templates").status_code == 403


def _registration(session: Session, rows: Rows) -> Registration:
    return session.get_one(Registration, rows.course.registration_id)


def test_b1_b15_checklist_owners_adoption_and_what_a_cycle_taught(rows: Rows) -> None:
    teacher = rows.teacher()
    before = teacher.get("/course").text
    assert "Start small: one class, one goal, fifteen minutes" in before
    assert "Say who looks after plans here" in before
    teacher.follow(teacher.post("/course", {"goals_most": "3", "owner": "Ms. Lind: conferences"}))
    assert teacher.post("/course/review", {"worked": " ", "changes": ""}).status_code == 422
    review = {"worked": "Short goals.", "changes": "Begin a week earlier."}
    text = teacher.follow(teacher.post("/course/review", review)).text
    assert "Ms. Lind: conferences" in text
    assert "Short goals." in text
    assert "Begin a week earlier." in text
    assert text.count("have a goal at work") == 2  # now, and as it was on the day of the review
    assert rows.open(rows.student("Nosy")).get("/course").status_code == 403


def test_a1_b15_staff_hand_over_a_leaving_students_archive(rows: Rows) -> None:
    ana, teacher = rows.student("Ana Leaves"), rows.teacher()
    opened = rows.open(ana)
    rows.send(opened, "/about/add/strength", text="I keep at it", share="1")
    rows.send(opened, "/about/add/strength", text="Only for me")
    opened.follow(opened.post("/goals/new", rows.form("My average to 75")))
    with rows.rig.database.write() as session:
        for why, ready in (("It was hard.", rows.rig.clock()), ("Not ready.", None)):
            session.add(
                Artifact(
                    registration_id=ana.registration_id,
                    person_id=ana.id,
                    kind="text",
                    title="A poem",
                    why=why,
                    text="Roses",
                    once=why,
                    created_at=rows.rig.clock(),
                    changed_at=rows.rig.clock(),
                    ready_at=ready,
                    shared_version=1 if ready else None,
                )
            )
        hidden = factories.make_item(session, rows.course, "Hidden test", 50)
        factories.make_result(session, hidden, ana, 13, hidden=True)
        lesson = {"registration_id": ana.registration_id, "context_id": rows.course.id, "once": "gone"}
        signs = Lesson(**lesson, title="Signs", made_at=rows.rig.clock(), changed_at=rows.rig.clock())
        session.add(signs)
        session.flush()
        when = {"started_at": rows.rig.clock(), "finished_at": rows.rig.clock()}
        session.add(LessonRun(lesson_id=signs.id, person_id=ana.id, well="The video helped", **when))
        leader = factories.make_learner(session, rows.course, name="Leo Leader")
        here = {"registration_id": ana.registration_id, "context_id": rows.course.id}
        note = {"about_id": ana.id, "by_id": leader.id, "once": "gone", "words": "Ana seems sad"}
        session.add(PeerNote(**here, **note, at=rows.rig.clock()))
        member = session.scalars(sa.select(Membership).where(Membership.person_id == ana.id)).one()
        member.left_at = rows.rig.clock()
    answer = teacher.post(f"/students/{ana.id}/archive")
    assert answer.headers["Content-Type"] == "application/zip"
    assert "Ana" not in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as made:
        assert sorted(made.namelist()) == ["plan.html", "plan.json"]
        page, told = made.read("plan.html").decode(), json.loads(made.read("plan.json"))
    assert "http" not in page  # it opens from a folder, with nothing to fetch
    for words in ("Ana Leaves", "I keep at it", "My average to 75", "A poem", "It was hard."):
        assert words in page
    for words in ("The video helped", "Ana seems sad"):
        assert words in page
        assert words in json.dumps(told)
    for words in ("Only for me", "Not ready.", "Hidden test", "Leo"):
        assert words not in page
        assert words not in json.dumps(told)
    assert told["goals"][0]["target"] == "75"
    assert [one["score"] for one in told["goals"][0]["work"]][:3] == ["66", "70", "68"]
    stranger = rows.open(rows.student("Ben Stranger"))
    assert stranger.post(f"/students/{ana.id}/archive").status_code == 403
    assert teacher.post("/students/999999/archive").status_code == 404


def test_point_10_each_teacher_sees_the_core_and_their_own_courses_goals(rows: Rows) -> None:
    ana, teacher = rows.student("Ana Two"), rows.teacher()
    opened = rows.open(ana)
    rows.send(opened, "/about/add/strength", text="I sing", share="1")
    opened.follow(opened.post("/goals/new", rows.form("A math goal")))
    with rows.rig.database.write() as session:
        course = factories.make_context(
            session,
            _registration(session, rows),
            title="Science 8",
            started_at=rows.rig.clock() - timedelta(days=9),
        )
        factories.make_member(session, course, Role.LEARNER, person=session.merge(ana))
        colleague = factories.make_teacher(session, course, name="Sam Field")
    science = rows.rig.open(ana, course, Role.LEARNER)
    form = {"title": "Ten lab words", "measure": "tally", "target": "10", "unit": "words"}
    science.follow(science.post("/goals/new", {**form, "due_on": "2026-03-23"}))
    home = opened.get("/").text
    assert "A math goal" in home
    assert "Ten lab words" in home  # one student, one plan
    math_goal, lab_goal = rows.goals(ana)
    assert math_goal.plan_id == lab_goal.plan_id
    other = rows.rig.open(colleague, course, Role.STAFF)
    for seen, own, foreign, foreign_id in (
        (teacher, "A math goal", "Ten lab words", lab_goal.id),
        (other, "Ten lab words", "A math goal", math_goal.id),
    ):
        text = seen.get(f"/students/{ana.id}").text
        assert own in text
        assert foreign not in text
        assert seen.get(f"/goals/{foreign_id}").status_code == 404
        assert "I sing" in seen.get(f"/students/{ana.id}/about").text
    whole = {**form, "title": "Read ten books", "whole": "1", "due_on": "2026-03-23"}
    science.follow(science.post("/goals/new", whole))
    book = rows.goals(ana)[2]
    assert "Read ten books" in teacher.get(f"/students/{ana.id}").text  # of the whole plan
    page = teacher.get(f"/goals/{book.id}").text
    assert 'class=" over"' in page
    assert teacher.post(f"/goals/{book.id}/propose", {"target": "9", "reason": "Why."}).status_code == 404
    graded = rows.form("Graded", whole="1")
    opened.follow(opened.post("/goals/new", graded))
    assert not rows.goals(ana)[3].whole  # grades stay in their course
    for _number in range(1):  # the limit is each course's
        opened.follow(opened.post("/goals/new", rows.form("One more")))
    assert opened.post("/goals/new", rows.form("A fourth")).status_code == 422
    science.follow(science.post("/goals/new", {**form, "title": "Two", "due_on": "2026-03-23"}))
    with rows.rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count(Goal.id)).where(Goal.context_id == course.id)) == 3
        assert session.get_one(Context, course.id).goals_most is None
