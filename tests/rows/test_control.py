"""The student owns the plan (domain.md A24, B13; point 7): proposals, agreements, overrides, versions."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa

from lti_tool.planning.recompute import recompute_goals
from lti_tool.records.conference import Agreement, Conference
from lti_tool.records.goal import Goal, GoalVersion
from lti_tool.records.proposal import Proposal
from lti_tool.records.step import Step
from tests import factories
from tests.rows.goals import Rows


def made(rows: Rows, name: str, **more: object) -> tuple[object, object, Goal]:
    """(person, their browser, a goal of their own)."""
    person = rows.student(name)
    opened = rows.open(person)
    opened.follow(opened.post("/goals/new", rows.form("My average to 75", **more)))
    return person, opened, rows.goals(person)[0]


def test_b13_a_proposed_goal_is_measured_at_once_and_taken_with_the_students_own_number(rows: Rows) -> None:
    ana, teacher = rows.student("Ana Own"), rows.teacher()
    opened = rows.open(ana)
    teacher.follow(teacher.post(f"/students/{ana.id}/goals/new", rows.form("Average to 80", target="80")))
    (goal,) = rows.goals(ana)
    assert (goal.state, goal.value) == ("proposed", Decimal(68))
    page = opened.get(f"/goals/{goal.id}").text
    assert "Yes, but with my own words or number" in page
    wrong = opened.post(f"/goals/{goal.id}/answer", {"accept": "yes", "target": "lots"})
    assert wrong.status_code == 422
    assert "Write a number, such as 30." in wrong.text
    opened.follow(opened.post(f"/goals/{goal.id}/answer", {"accept": "yes", "target": "77", "title": "Mine"}))
    (goal,) = rows.goals(ana)
    assert (goal.state, goal.target, goal.title) == ("active", Decimal(77), "Mine")
    with rows.rig.database.read() as session:
        newest = session.scalars(
            sa.select(GoalVersion).where(GoalVersion.goal_id == goal.id).order_by(GoalVersion.id.desc())
        ).first()
    assert newest.content["before"]["target"] == "80"


def test_b13_after_a_week_what_waits_is_on_the_staffs_list(rows: Rows) -> None:
    ana, teacher = rows.student("Ana Waits"), rows.teacher()
    teacher.follow(teacher.post(f"/students/{ana.id}/goals/new", rows.form("A goal that waits")))
    assert "A goal that waits" not in teacher.get("/doubts").text
    rows.rig.clock.move(days=8)
    late = rows.teacher()
    assert "has waited for its student for a week" in late.get("/board").text
    text = late.get("/doubts").text
    assert "Waiting for a student for over a week" in text
    assert "A goal that waits" in text


def test_b13_a_change_is_proposed_and_accepted_edited_or_declined(rows: Rows) -> None:
    ana, opened, goal = made(rows, "Ana Change")
    teacher, path = rows.teacher(), f"/goals/{goal.id}/propose"
    silent = teacher.post(path, {"target": "72", "reason": ""})
    assert silent.status_code == 422
    assert "Say why. The student reads it." in silent.text
    same = teacher.post(path, {"target": "75", "reason": "Because."})
    assert "It says that already." in same.text
    teacher.follow(teacher.post(path, {"target": "72", "reason": "A nearer one first."}))
    assert rows.goals(ana)[0].target == Decimal(75)  # nothing moves before the student says yes
    page = opened.get(f"/goals/{goal.id}").text
    assert "A change is proposed" in page
    assert "The number would be 72." in page
    with rows.rig.database.read() as session:
        first = session.scalars(sa.select(Proposal.id).where(Proposal.goal_id == goal.id)).one()
    answer = f"/goals/{goal.id}/proposals/{first}"
    stranger = rows.open(rows.student("Stranger"))
    assert stranger.post(answer, {"yes": "1"}).status_code == 404
    opened.follow(opened.post(answer, {"no": "1", "reason": "I want 75."}))
    assert rows.goals(ana)[0].target == Decimal(75)
    teacher.follow(teacher.post(path, {"target": "72", "reason": "A nearer one first."}))
    with rows.rig.database.read() as session:
        query = sa.select(Proposal.id).where(Proposal.goal_id == goal.id, Proposal.state == "waiting")
        second = session.scalars(query).one()
    edited = {"edit": "1", "target": "73", "title": "My average to 73", "reason": "A bit more."}
    page = opened.follow(opened.post(f"/goals/{goal.id}/proposals/{second}", edited)).text
    assert "You said yes to a change." in page
    (goal,) = rows.goals(ana)
    assert (goal.target, goal.title) == (Decimal(73), "My average to 73")
    assert "A change is proposed" not in page


def test_b13_an_override_needs_a_reason_that_student_and_guardian_read(rows: Rows) -> None:
    ana, opened, goal = made(rows, "Ana Over")
    teacher = rows.teacher()
    refused = teacher.post(f"/goals/{goal.id}/propose", {"target": "70", "now": "1", "reason": " "})
    assert refused.status_code == 422
    assert "Say why. The student and their guardians read it." in refused.text
    why = "The test was moved to next year."
    teacher.follow(teacher.post(f"/goals/{goal.id}/propose", {"target": "70", "now": "1", "reason": why}))
    assert rows.goals(ana)[0].target == Decimal(70)
    guardian = rows.guardian(ana)
    for text in (
        opened.get("/").text,
        opened.get(f"/goals/{goal.id}").text,
        guardian.get(f"/children/{rows.course.id}/{ana.id}").text,
    ):
        assert why in text
        assert "Rose Okafor" in text
    assert opened.post(f"/goals/{goal.id}/propose", {"target": "90"}).status_code == 403


def test_b13_one_goal_is_proposed_to_many_and_nobody_gets_one_that_cannot_be(rows: Rows) -> None:
    ana, ben = rows.student("Ana Many"), rows.student("Ben Many")
    teacher, form = rows.teacher(), rows.form("Average to 75")
    with rows.rig.database.write() as session:
        top = factories.make_learner(session, rows.course, name="Top Many")
        for item in rows.homework[:3]:
            factories.make_result(session, item, top, 90, graded_at=item.due_at)
    path = f"/students/{ana.id}/goals/new"
    assert "Ben Many" in teacher.get(path).text
    wrong = teacher.post(path, {**form, "also": [str(ben.id), str(top.id)]})
    assert wrong.status_code == 422
    assert "Not for Top Many: The start is 90, so a target of 75 is there already." in wrong.text
    assert rows.goals(ana) == rows.goals(ben) == []
    teacher.follow(teacher.post(path, {**form, "also": [str(ben.id)]}))
    for person in (ana, ben):
        assert [(one.state, one.baseline) for one in rows.goals(person)] == [("proposed", Decimal(68))]
    theirs = rows.goals(ben)[0]
    opened = rows.open(ben)
    assert "Ana Many" not in opened.get(f"/goals/{theirs.id}").text
    opened.follow(opened.post(f"/goals/{theirs.id}/answer", {"accept": "yes", "target": "72"}))
    assert (rows.goals(ben)[0].target, rows.goals(ana)[0].target) == (Decimal(72), Decimal(75))
    foreign = teacher.post(path, {**form, "also": ["999999"]})
    assert foreign.status_code == 404


def test_a24_every_change_is_a_version_two_are_compared_and_one_comes_back(rows: Rows) -> None:
    ana, opened, goal = made(rows, "Ana Versions")
    version = re.search(r'name="version" value="(\d+)"', opened.get(f"/goals/{goal.id}").text)[1]
    change = {"target": "72", "title": "A nearer one", "due_on": "2026-03-20", "reason": "Too far."}
    opened.follow(opened.post(f"/goals/{goal.id}/change", {**change, "version": version}))
    late = opened.post(f"/goals/{goal.id}/change", {**change, "target": "74", "version": version})
    assert late.status_code == 409
    assert "Somebody changed it meanwhile. Now it says: “A nearer one”, 72, 2026-03-20." in late.text
    assert 'value="74"' in late.text
    text = opened.get(f"/goals/{goal.id}/versions").text
    assert "<del><bdi>75</bdi></del>" in text
    assert "<ins><bdi>72</bdi></ins>" in text
    assert "Too far." in text
    opened.follow(opened.post(f"/goals/{goal.id}/restore", {"number": "1"}))
    (goal,) = rows.goals(ana)
    assert (goal.target, goal.title, goal.version) == (Decimal(75), "My average to 75", 3)
    teacher = rows.teacher()
    theirs = teacher.get(f"/goals/{goal.id}/versions?a=1&b=2").text
    assert "Ana Versions brought a former version back." in theirs
    assert "Let it say this again" not in theirs
    assert rows.open(rows.student("Else")).get(f"/goals/{goal.id}/versions").status_code == 404
    assert opened.post(f"/goals/{goal.id}/restore", {"number": "99"}).status_code == 404


def test_b13_what_a_conference_agrees_becomes_goal_and_step_and_is_undone_for_a_week(rows: Rows) -> None:
    ana, opened, goal = made(rows, "Ana Table")
    teacher, clock = rows.teacher(), rows.rig.clock
    with rows.rig.database.write() as session:
        talk = Conference(
            registration_id=rows.course.registration_id,
            context_id=rows.course.id,
            person_id=ana.id,
            made_at=clock(),
        )
        session.add(talk)
        session.flush()
        talk_id = talk.id
    for number, text in enumerate(("Ask for help on Mondays", "Hand in every homework")):
        fields = {"owner": "student", "text": text, "once": f"table-{ana.id}-{number}"}
        teacher.follow(teacher.post(f"/conferences/{talk_id}/agree", fields))
    with rows.rig.database.read() as session:
        query = sa.select(Agreement.id).where(Agreement.conference_id == talk_id).order_by(Agreement.id)
        step_one, goal_one = session.scalars(query).all()
    assert "Make it a goal or a step" in teacher.get(f"/conferences/{talk_id}").text
    late = teacher.post(f"/agreements/{step_one}/step", {"goal": str(goal.id), "due_on": "2026-01-01"})
    assert late.status_code == 422
    assert "Choose today or a later day." in late.text
    for _twice in (1, 2):
        teacher.follow(teacher.post(f"/agreements/{step_one}/step", {"goal": str(goal.id)}))
    with rows.rig.database.read() as session:
        step = session.scalars(sa.select(Step).where(Step.goal_id == goal.id)).one()
    assert (step.title, step.state, step.owner_id) == ("Ask for help on Mondays", "active", ana.id)
    path = f"/students/{ana.id}/goals/new?conference={talk_id}&agreement={goal_one}"
    assert "it starts at once" in teacher.get(path).text
    form = rows.form("All homework", conference=str(talk_id), agreement=str(goal_one))
    teacher.follow(teacher.post(f"/students/{ana.id}/goals/new", form))
    agreed = rows.goals(ana)[1]
    assert agreed.state == "active"
    assert "You can take it back until Monday, March 2." in opened.get(f"/goals/{agreed.id}").text
    assert "It is a goal now" in opened.get(f"/conferences/{talk_id}").text
    opened.follow(opened.post(f"/goals/{agreed.id}/take-back"))
    opened.follow(opened.post(f"/agreements/{step_one}/undo"))
    assert rows.goals(ana)[1].state == "declined"
    with rows.rig.database.read() as session:
        assert session.get(Step, step.id).state == "declined"
        assert session.get(Agreement, goal_one).undone_at is not None
    teacher.follow(teacher.post(f"/students/{ana.id}/goals/new", {**form, "agreement": ""}))
    third = rows.goals(ana)[2]
    clock.at += timedelta(days=8)
    after = rows.open(ana).post(f"/goals/{third.id}/take-back")
    assert after.status_code == 422
    assert "It was agreed over a week ago." in after.text


def test_point_7_a_suggestions_line_becomes_a_step(rows: Rows) -> None:
    ana, opened, goal = made(rows, "Ana Idea")
    with rows.rig.database.write() as session:
        for item in rows.homework[3:5]:
            factories.make_result(session, item, ana, 40, graded_at=rows.rig.clock())
        session.flush()
        recompute_goals(session, [goal.id], now=rows.rig.clock())
    page = opened.get(f"/goals/{goal.id}").text
    rule = re.search(r'name="rule" value="([a-z_]+)"', page)[1]
    way = re.search(r'name="way" value="(practice|tutoring|talk|hand_in)"', page)[1]
    answer = {"rule": rule, "way": way, "words": "I will practise on Mondays"}
    page = opened.follow(opened.post(f"/goals/{goal.id}/suggestion", answer)).text
    with rows.rig.database.read() as session:
        step = session.scalars(sa.select(Step).where(Step.goal_id == goal.id)).one()
    assert (step.title, step.state, step.owner_id) == ("I will practise on Mondays", "active", ana.id)
    assert step.helps


ABOUT = ("/about", "/about/add/strength", "/about/add/gap", "/portfolio")
PAGES = ("/", "/goals/new", *ABOUT, "/talks", "/reads")
TEXT = re.compile(r'<textarea|<input[^>]*type="text"')


def test_each_student_page_has_someone_to_talk_to_and_says_who_reads_what_is_typed(rows: Rows) -> None:
    _ana, opened, goal = made(rows, "Ana Pages")
    more = (f"/goals/{goal.id}", f"/goals/{goal.id}/steps/new", f"/goals/{goal.id}/versions", "/privacy")
    for path in (*PAGES, *more):
        page = opened.get(path)
        assert page.status_code == 200, path
        assert 'class="talk no-print"' in page.text, path
        for form in re.findall(r"<form.*?</form>", page.text, re.S):
            if TEXT.search(form):
                assert 'class="readers"' in form, (path, form[:300])
