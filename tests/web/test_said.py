""" "Why this number", "This looks wrong" and leaving work out, through the pages."""

from __future__ import annotations

from lti_tool.plans.access import Role
from tests.web.math8 import add_own_goal, make_math8
from tests.web.rig import Rig


def test_a_student_says_it_looks_wrong_the_teacher_answers(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    item = school.items["h3"].id
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    empty = maya.post(f"/goals/{goal_id}/doubts", {"item": str(item), "words": " "})
    assert empty.status_code == 422
    assert "Say what looks wrong." in empty.text
    assert f'value="{item}" selected' in empty.text
    page = maya.follow(maya.post(f"/goals/{goal_id}/doubts", {"item": str(item), "words": "<b>On paper</b>"}))
    assert "&lt;b&gt;On paper&lt;/b&gt;" in page.text
    assert "It is on your teacher’s list." in page.text

    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    board = teacher.get("/board").text
    assert "1 reading looks wrong to a student." in board
    listed = teacher.get("/doubts").text
    assert "Homework 3" in listed
    assert "&lt;b&gt;On paper&lt;/b&gt;" in listed
    refused = teacher.post("/doubts/1/answer", {"answer": ""})
    assert refused.status_code == 422
    assert "Write an answer. The student reads it." in refused.text
    answered = teacher.follow(teacher.post("/doubts/1/answer", {"answer": "I found it."}))
    assert "Nothing waits." in answered.text
    assert "looks wrong to" not in teacher.get("/board").text
    assert "I found it." in maya.get(f"/goals/{goal_id}").text


def test_left_out_work_says_why_to_the_student(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    item = str(school.items["h9"].id)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    refused = teacher.post(f"/goals/{goal_id}/leave-out", {"item": item, "reason": ""})
    assert refused.status_code == 422
    assert "Say why. The student reads it." in refused.text
    page = teacher.follow(
        teacher.post(f"/goals/{goal_id}/leave-out", {"item": item, "reason": "The fire alarm rang."})
    )
    assert "Count it again" in page.text
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    seen = maya.get(f"/goals/{goal_id}").text
    assert "No. Rose Okafor left it out of this goal: “The fire alarm rang.”" in seen
    assert "Rose Okafor left out “Homework 9”." in seen
    assert "Work was left out." in seen
    assert "Count it again" not in seen
    back = teacher.follow(teacher.post(f"/goals/{goal_id}/put-back", {"item": item}))
    assert "Rose Okafor counts “Homework 9” again." in back.text


def test_every_past_number_keeps_what_was_behind_it(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    text = rig.open(school.maya, school.course, Role.LEARNER).get(f"/goals/{goal_id}").text
    assert "What was behind it" in text
    assert "“Homework 1” 27.0 of 41, read" in text or "“Homework 1” 27 of 41, read" in text
    assert "Hidden test: Not yet. No grade to show." in text
    assert "13" not in text.split("Hidden test", 1)[1][:80]


def test_others_are_kept_out(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    assert ben.post(f"/goals/{goal_id}/doubts", {"words": "Hm"}).status_code == 404
    assert ben.post(f"/goals/{goal_id}/leave-out", {"item": "1", "reason": "Hm"}).status_code == 403
    assert ben.get("/doubts").status_code == 403
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    for number in ("0", "x", "9" * 30, "99999"):
        answer = teacher.post(f"/goals/{goal_id}/leave-out", {"item": number, "reason": "Hm"})
        assert answer.status_code == (404 if number == "99999" else 422)  # none chosen is said beside it
    assert teacher.post("/doubts/99999999999/answer", {"answer": "Hm"}).status_code == 404
