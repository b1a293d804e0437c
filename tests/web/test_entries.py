"""Goals counted by hand, through the pages."""

from __future__ import annotations

from lti_tool.plans.access import Role
from tests.web.math8 import make_math8
from tests.web.rig import Rig

LIST = {"title": "Times tables", "measure": "list", "scale": "1 times\n2 times", "due_on": "2026-03-23"}


def test_a_student_ticks_and_a_teacher_says_they_saw_it(rig: Rig) -> None:
    school = make_math8(rig)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    page = maya.follow(maya.post("/goals/new", {**LIST, "needs_tick": "1"})).text
    assert "What I did" in page
    line = {"on": "2026-02-23", "name": "1 times", "value": "1"}
    ticked = maya.follow(maya.post("/goals/1/entries", line)).text
    assert "1 times: ticked" in ticked
    assert "You reported it. It counts once a teacher has ticked it." in ticked
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    assert "Wait for your tick" in teacher.get("/doubts").text
    seen = teacher.follow(teacher.post("/entries/1/tick")).text
    assert "The student reported it. Rose Okafor saw it." in seen
    assert "Wait for your tick" not in teacher.get("/doubts").text
    assert "You reported it. Rose Okafor saw it." in maya.get("/goals/1").text


def test_what_cannot_be_read_is_said_and_stays(rig: Rig) -> None:
    school = make_math8(rig)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    form = {"title": "Roots", "measure": "tally", "unit": "roots", "target": "20", "due_on": "2026-03-23"}
    maya.follow(maya.post("/goals/new", form))
    for line, words in (
        ({"value": "many", "on": "2026-02-23"}, "Write a number, such as 30."),
        ({"value": "7", "on": "soon"}, "Choose a day from the start of the goal to today."),
        ({"value": "7", "on": "2026-02-31"}, "Choose a day from the start of the goal to today."),
        ({"value": "7", "on": "2026-02-23", "note": "x" * 2001}, "That is too long."),
    ):
        answer = maya.post("/goals/1/entries", line)
        assert answer.status_code == 422
        assert words in answer.text
        assert f'value="{line["value"]}"' in answer.text
    done = maya.follow(maya.post("/goals/1/entries", {"value": "7,5", "on": "2026-02-23", "note": "<b>"}))
    assert "7.5 roots" in done.text
    assert "&lt;b&gt;" in done.text
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    assert ben.post("/goals/1/entries", {"value": "7", "on": "2026-02-23"}).status_code == 404
