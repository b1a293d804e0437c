"""Suggestions on the pages: the student chooses, staff see what was chosen."""

from __future__ import annotations

import re

from lti_tool.plans.access import Role
from tests.web.math8 import add_own_goal, make_math8
from tests.web.rig import Rig


def test_a_student_takes_a_way_and_the_teacher_sees_it(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    home = maya.get().text
    assert "Suggested because 89 is needed on what is left, and the best so far is 85." in home
    assert "See the ideas" in home
    page = maya.get(f"/goals/{goal_id}").text
    assert "You choose. Nothing happens by itself." in page
    address = f"/goals/{goal_id}/suggestion"
    empty = maya.post(address, {"rule": "above_best", "way": "talk", "words": ""})
    assert empty.status_code == 422
    assert "Say what you will do." in empty.text
    typed = {"rule": "above_best", "way": "talk", "words": "I will ask on <Monday>."}
    taken = maya.follow(maya.post(address, typed)).text
    assert "You: “I will ask on &lt;Monday&gt;.”" in taken
    assert "and the best so far is" in taken

    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    assert "1 student wants to talk." in teacher.get("/board").text
    asked = teacher.get("/doubts").text
    assert "Maya Lindqvist: “I will ask on &lt;Monday&gt;.”" in asked
    assert "Ideas to get there" not in teacher.get(f"/goals/{goal_id}").text
    assert "What the student chose" in teacher.get(f"/goals/{goal_id}").text
    done = teacher.follow(teacher.post("/talks/1"))
    assert "I will ask" not in done.text
    assert "You talked about it." in maya.get(f"/goals/{goal_id}").text


def test_a_smaller_target_is_a_change_the_history_shows(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    page = maya.get(f"/goals/{goal_id}").text
    offered = re.search(r"Aim for (7\d) first", page)
    assert offered is not None
    sent = {"rule": "above_best", "way": "smaller"}
    changed = maya.follow(maya.post(f"/goals/{goal_id}/suggestion", sent)).text
    assert "You changed this goal." in changed
    assert f"is {offered[1]} or more" in changed
    assert "You chose a smaller target first." in changed


def test_no_is_an_answer_too_and_what_is_gone_is_said(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    address = f"/goals/{goal_id}/suggestion"
    assert maya.post(address, {"rule": "above_best", "way": "no"}).status_code == 422
    gone = maya.post(address, {"rule": "missing", "way": "talk", "words": "I will."})
    assert gone.status_code == 422
    assert "this suggestion is not there any more" in gone.text
    answer = maya.post(address, {"rule": "above_best", "way": "no", "reason": "Not now", "other": ""})
    assert "You said no: “Not now”" in maya.follow(answer).text
    assert "the best so far" not in maya.get().text
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    assert ben.post(address, {"rule": "above_best", "way": "no", "reason": "x"}).status_code == 404
