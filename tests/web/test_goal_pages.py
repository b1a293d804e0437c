"""Making, proposing and answering goals through the pages."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.goal import Goal
from tests.web.math8 import Math8, add_proposal, make_math8
from tests.web.rig import Rig


def fields(school: Math8, **more: Any) -> dict[str, Any]:
    good = {
        "title": "Homework to 90",
        "measure": "average",
        "items": [str(school.items["h1"].id), str(school.items["h2"].id)],
        "baseline": "",
        "target": "90",
        "due_on": "2026-03-23",
    }
    return {**good, **more}


def test_a_student_makes_a_goal_that_counts_at_once(rig: Rig) -> None:
    school = make_math8(rig)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    assert maya.get("/goals/new").status_code == 200
    page = maya.follow(maya.post("/goals/new", fields(school)))
    assert "Homework to 90" in page.text
    assert "You reach this goal when the average of the 2 chosen pieces of work is 90 or more" in page.text
    assert "2 grades count" in page.text
    assert "You made this goal." in page.text


def test_staff_propose_the_student_says_yes(rig: Rig) -> None:
    school = make_math8(rig)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    form = teacher.get(f"/students/{school.maya.id}/goals/new")
    assert "Propose a goal to <bdi>Maya Lindqvist</bdi>" in form.text
    page = teacher.follow(teacher.post(f"/students/{school.maya.id}/goals/new", fields(school)))
    assert "Waiting for student" in page.text
    assert "Yes, this is my goal" not in page.text

    maya = rig.open(school.maya, school.course, Role.LEARNER)
    home = maya.get().text
    assert "Rose Okafor proposes this goal." in home
    assert "Yes, this is my goal" in home
    assert "No, not this one" in home
    with rig.database.read() as session:
        goal_id = session.scalars(sa.select(Goal.id)).one()
    answered = maya.follow(maya.post(f"/goals/{goal_id}/answer", {"accept": "yes", "reason": "I can."}))
    assert "You said yes to this goal." in answered.text
    assert "I can." in answered.text
    assert "Yes, this is my goal" not in answered.text
    assert "Maya Lindqvist said yes to this goal." in teacher.get(f"/goals/{goal_id}").text


def test_a_no_is_kept_with_its_reason_and_a_second_answer_is_refused(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_proposal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    page = maya.follow(maya.post(f"/goals/{goal_id}/answer", {"accept": "no", "reason": "Too much"}))
    assert "You said no to this goal." in page.text
    again = maya.post(f"/goals/{goal_id}/answer", {"accept": "yes"})
    assert again.status_code == 400
    assert "This goal has its answer already." in again.text
    assert maya.post(f"/goals/{goal_id}/answer", {"accept": "perhaps"}).status_code == 400


def test_an_answer_too_long_is_refused_and_stays(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_proposal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    page = maya.post(f"/goals/{goal_id}/answer", {"accept": "no", "reason": "x" * 2001})
    assert page.status_code == 400
    assert "That is too long." in page.text
    assert "x" * 2001 in page.text


def test_staff_cannot_answer_and_students_cannot_propose(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_proposal(rig, school)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    assert teacher.post(f"/goals/{goal_id}/answer", {"accept": "yes"}).status_code == 403
    assert teacher.get("/goals/new").status_code == 403
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    assert maya.get(f"/students/{school.ben.id}/goals/new").status_code == 403
    assert maya.post(f"/students/{school.ben.id}/goals/new", fields(school)).status_code == 403


WRONG = [
    ({"title": ""}, "title", "Give the goal a name."),
    ({"title": "   "}, "title", "Give the goal a name."),
    ({"title": "x" * 501}, "title", "The name is too long."),
    ({"measure": "nonsense"}, "measure", "Choose how it is counted"),
    ({"measure": "score"}, "items", "A score goal looks at one piece of work."),
    ({"items": []}, "items", "Choose the work that counts."),
    ({"items": ["99999999"]}, "items", "Some of the chosen work is not in this course now."),
    ({"items": ["one"]}, "items", "Some of the chosen work is not in this course now."),
    ({"items": ["9" * 5000]}, "items", "Some of the chosen work is not in this course now."),
    ({"baseline": "low"}, "baseline", "The start is a number from 0 to 100"),
    ({"baseline": "95", "baseline_reason": "A test"}, "baseline", "so a target of 90 is there already"),
    ({"target": ""}, "target", "The target is a number over 0 and up to 100"),
    ({"target": "NaN"}, "target", "The target is a number over 0 and up to 100"),
    ({"target": "1e999999"}, "target", "The target is a number over 0 and up to 100"),
    ({"target": "101"}, "target", "The target is a number over 0 and up to 100"),
    ({"target": "50"}, "target", "so a target of 50 is there already"),
    ({"due_on": ""}, "due_on", "Choose a date after today."),
    ({"due_on": "soon"}, "due_on", "Write the day like this"),
    ({"due_on": "1774224000"}, "due_on", "Write the day like this"),
    ({"due_on": "2026-13-01"}, "due_on", "Write the day like this"),
    ({"due_on": "2026-02-23"}, "due_on", "Choose a date after today."),
    ({"due_on": "2036-01-01"}, "due_on", "That is too far away."),
]


def test_each_mistake_is_said_beside_its_field_and_keeps_what_was_typed(rig: Rig) -> None:
    school = make_math8(rig)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    for wrong, field, sentence in WRONG:
        sent = fields(school, **wrong)
        page = maya.post("/goals/new", sent)
        assert page.status_code == 422, wrong
        assert f'id="{field}-error"' in page.text, wrong
        beside = page.text.split(f'id="{field}-error"')[1].split("</p>")[0]
        assert sentence in beside, wrong
        for name in ("title", "baseline", "target", "due_on"):
            assert f'value="{sent[name]}"' in page.text.split(f'name="{name}"')[1].split(">")[0], wrong
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Goal)) == 0


def test_a_goal_without_a_name_is_offered_one_to_take_over(rig: Rig) -> None:
    school = make_math8(rig)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    page = maya.post("/goals/new", fields(school, title=""))
    words = "I will raise my average in Math 8 from 67 to 90 by March 23."
    assert words in page.text
    taken = maya.post("/goals/new", fields(school, title="", use_title=words))
    assert taken.status_code == 200
    assert f'value="{words}"' in taken.text


def test_a_look_shows_how_it_is_counted_and_stores_nothing(rig: Rig) -> None:
    school = make_math8(rig)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    page = maya.post("/goals/new", fields(school, look="1", target="90,5"))
    assert page.status_code == 200
    assert "You reach this goal when the average of the 2 chosen pieces of work is 90.5 or more" in page.text
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Goal)) == 0


def test_addresses_of_nothing_are_not_found(rig: Rig) -> None:
    school = make_math8(rig)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    big = 10**30
    for path in (f"/students/{school.teacher.id}", f"/students/{big}", f"/goals/{big}", "/goals/0"):
        assert teacher.get(path).status_code == 404
    assert teacher.get(f"/students/{big}/goals/new").status_code == 404
