"""Steps of a goal through the pages: who writes, who ticks, one list per adult (domain.md A17–A20)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from lti_tool.planning.guardians import block_guardian
from lti_tool.planning.step_dates import follow_item_dates
from lti_tool.plans.access import Actor, Role
from lti_tool.records.gradebook import Item
from lti_tool.records.history import Change
from lti_tool.records.step import Step, StepDone, StepVersion
from tests import factories
from tests.web.math8 import Math8, add_own_goal, make_math8
from tests.web.rig import Rig
from tests.web.test_guardians import enter, make_guardian, sub_of
from tests.web.uploads import PDF, photo


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


def the_step(rig: Rig) -> Step:
    with rig.database.read() as session:
        return session.scalars(sa.select(Step)).one()


def test_a17_a_student_writes_a_step_and_ticks_it(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    assert "A goal with a first step gets done more often." in maya.get(f"/goals/{goal}").text
    page = maya.follow(maya.post(f"/goals/{goal}/steps/new", fields()))
    assert "Go to tutoring" in page.text
    assert "once a week" in page.text
    maya.post(f"/goals/{goal}/steps/new", fields())  # sent twice
    step = the_step(rig)
    assert (step.state, step.owner_id) == ("active", school.maya.id)
    ticked = maya.follow(maya.post(f"/steps/{step.id}/done", {"goal": str(goal), "after": "0"}))
    maya.post(f"/steps/{step.id}/done", {"goal": str(goal), "after": "0"})
    assert "Take the tick back: Go to tutoring" in ticked.text
    assert "Done 1 of 1 times so far." in ticked.text
    with rig.database.read() as session:
        assert [row.by_role for row in session.scalars(sa.select(StepDone))] == ["learner"]
    undone = maya.follow(maya.post(f"/steps/{step.id}/undo", {"goal": str(goal)}))
    assert "I did this today: Go to tutoring" in undone.text


def test_a17_staff_steps_wait_for_the_student_and_their_own_do_not(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    page = teacher.follow(teacher.post(f"/goals/{goal}/steps/new", fields()))
    assert "Rose Okafor proposes this step." in page.text
    step = the_step(rig)
    assert teacher.post(f"/steps/{step.id}/answer", {"accept": "yes"}).status_code == 403
    assert teacher.post(f"/steps/{step.id}/done", {}).status_code == 404
    neither = maya.post(f"/steps/{step.id}/answer", {"goal": str(goal)})
    assert neither.status_code == 422
    assert "Choose yes or no." in neither.text
    assert the_step(rig).state == "proposed"
    seen = maya.get(f"/goals/{goal}").text
    assert "Rose Okafor proposes this step." in seen
    maya.post(f"/steps/{step.id}/answer", {"accept": "yes", "goal": str(goal)})
    assert the_step(rig).state == "active"
    teacher.post(f"/goals/{goal}/steps/new", fields(token="own", owner="teacher", title="Review the guide"))
    listed = teacher.get("/todo").text
    assert "Review the guide" in listed
    assert "Maya Lindqvist" in listed
    assert "Go to tutoring" not in listed
    with rig.database.read() as session:
        versions = (
            session.execute(sa.select(Change.what).where(Change.subject == "step").order_by(Change.id))
            .scalars()
            .all()
        )
    assert versions == ["proposed", "accepted", "made"]


def test_a24_what_happened_to_steps_is_read_from_both_places(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    teacher.post(f"/goals/{goal}/steps/new", fields())
    step = the_step(rig)
    maya.post(f"/steps/{step.id}/answer", {"accept": "no", "goal": str(goal), "reason": "Not on Mondays"})
    with rig.database.write() as session:  # as a database of before kept it
        session.add(
            StepVersion(
                step_id=step.id,
                number=0,
                author_id=school.teacher.id,
                author_role="staff",
                what="made",
                content={"title": "An older title", "due_on": None},
                at=rig.clock(),
            )
        )
    page = maya.get(f"/goals/{goal}/versions").text
    for words in ("Rose Okafor proposed it.", "You said no.", "“Not on Mondays”", "An older title"):
        assert words in page
    assert "Maya Lindqvist said no." in teacher.get(f"/goals/{goal}/versions").text
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    assert ben.get(f"/goals/{goal}/versions").status_code == 404


WRONG = [
    ({"title": " "}, "title", "Say what will be done."),
    ({"title": "x" * 301}, "title", "That is too long."),
    ({"helps": ""}, "helps", "Say how this helps the goal."),
    ({"owner": "cat"}, "owner", "Choose who does it."),
    ({"rhythm": "often"}, "rhythm", "Choose how often."),
    ({"times": "many"}, "times", "Choose from 1 to 7 times a week."),
    ({"times": "8"}, "times", "Choose from 1 to 7 times a week."),
    ({"rhythm": "days"}, "weekdays", "Choose the days of the week."),
    ({"rhythm": "days", "weekdays": ["9"]}, "weekdays", "Choose the days of the week."),
    ({"rhythm": "once", "due_on": "2020-01-01"}, "due_on", "Choose today or a later day."),
    ({"rhythm": "once", "due_on": "soon"}, "due_on", "Choose today or a later day."),
    ({"rhythm": "relative", "item": "999999"}, "item", "Choose work of this course that students can see."),
    ({"rhythm": "relative", "offset": "some"}, "offset", "The days are a whole number, such as 3."),
    ({"amount": "a lot"}, "amount", "The amount is a number over 0"),
    ({"amount": "-1"}, "amount", "The amount is a number over 0"),
    ({"link": "javascript:alert(1)"}, "link", "That is no address we can open."),
    ({"link": "https://user:pass@x.example/"}, "link", "That is no address we can open."),
]


def test_a19_each_mistake_is_said_beside_its_field_and_nothing_is_stored(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    for wrong, field, sentence in WRONG:
        page = maya.post(f"/goals/{goal}/steps/new", fields(**wrong))
        assert page.status_code == 422, wrong
        beside = page.text.split(f'id="{field}-error"')[1].split("</p>")[0]
        assert sentence in beside, wrong
        assert 'value="a-token"' in page.text
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Step)) == 0


def test_a19_ideas_are_words_to_take_over(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    page = maya.get(f"/goals/{goal}/steps/new?take=tutoring").text
    assert 'value="Go to tutoring"' in page
    assert 'value="Somebody shows me another way to do it."' in page


def relative(rig: Rig, school: Math8, goal: int) -> None:
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    item = str(school.items["later2"].id)
    sent = fields(rhythm="relative", item=item, offset="3", before="before", title="Review the guide")
    assert maya.post(f"/goals/{goal}/steps/new", sent).status_code == 303


def test_a20_a_step_before_a_test_moves_with_it_and_says_so(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    relative(rig, school, goal)
    before = the_step(rig).item_due_on
    registration = school.course.registration_id
    with rig.database.write() as session:
        assert follow_item_dates(session, registration, school.course.id, now=rig.clock()) == 0
        item = session.get(Item, school.items["later2"].id)
        assert item is not None
        assert item.due_at is not None
        item.due_at += timedelta(days=5)
    for expected in (1, 0):
        with rig.database.write() as session:
            assert follow_item_dates(session, registration, school.course.id, now=rig.clock()) == expected
    after = the_step(rig).item_due_on
    assert before is not None
    assert after == before + timedelta(days=5)
    with rig.database.read() as session:
        newest = session.scalars(
            sa.select(Change).where(Change.subject == "step").order_by(Change.id.desc())
        ).first()
        assert newest is not None
        assert (newest.what, newest.author_role) == ("moved", "system")


def test_somebody_elses_steps_are_not_there(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    relative(rig, school, goal)
    step = the_step(rig)
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    assert ben.post(f"/goals/{goal}/steps/new", fields()).status_code == 404
    for verb in ("done", "undo", "end", "answer"):
        assert ben.post(f"/steps/{step.id}/{verb}", {"accept": "yes"}).status_code == 404
    assert ben.get("/todo").status_code == 403
    assert ben.post(f"/steps/{10**30}/done", {}).status_code == 404


def test_this_week_stands_on_the_students_home(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    assert "This week" not in maya.get().text
    maya.post(f"/goals/{goal}/steps/new", fields())
    home = maya.get().text
    assert "This week" in home
    assert "I did this today: Go to tutoring" in home
    page = maya.follow(maya.post(f"/steps/{the_step(rig).id}/done", {"from": "home"}))
    assert "Take the tick back: Go to tutoring" in page.text


def test_a17_a_guardian_ticks_the_familys_step_and_no_other(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    maya.post(f"/goals/{goal}/steps/new", fields(owner="guardian", title="Quiet half hour"))
    maya.post(f"/goals/{goal}/steps/new", fields(token="b"))
    with rig.database.read() as session:
        steps = {step.title: step.id for step in session.scalars(sa.select(Step))}
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya))
    stranger = make_guardian(rig, school.course, sub_of(rig, school.ben), name="Someone Else")
    me, other = enter(rig, guardian, school.course), enter(rig, stranger, school.course)
    page = me.get().text
    assert "I did this today: Quiet half hour" in page
    assert page.index("What you agreed to do") < page.rindex("I did this today: Quiet half hour")
    assert "Go to tutoring" in page
    assert "I did this today: Go to tutoring" not in page
    sent = {"from": "child", "context": str(school.course.id), "person": str(school.maya.id)}
    ticked = me.follow(me.post(f"/steps/{steps['Quiet half hour']}/done", sent))
    assert "Take the tick back: Quiet half hour" in ticked.text
    assert me.post(f"/steps/{steps['Go to tutoring']}/done", sent).status_code == 404
    assert other.post(f"/steps/{steps['Quiet half hour']}/done", sent).status_code == 404
    assert maya.post(f"/steps/{steps['Quiet half hour']}/done", {}).status_code == 404
    operator = Actor(school.course.registration_id, None, Role.ADMIN)
    with rig.database.write() as session:
        block_guardian(session, operator, school.maya.id, guardian_id=guardian.id, name="", now=rig.clock())
    assert me.post(f"/steps/{steps['Quiet half hour']}/undo", sent).status_code == 404


def test_b13_a_proposed_step_is_taken_in_ones_own_words_and_changed_later(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    teacher.post(f"/goals/{goal}/steps/new", fields())
    step = the_step(rig)
    path = f"/steps/{step.id}/change"
    assert "Yes, but in my own words" in maya.get(f"/goals/{goal}").text
    assert teacher.get(path).status_code == 404  # it is hers now, to take or to leave
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    assert ben.post(path, fields()).status_code == 404
    form = maya.get(path).text
    assert 'value="Go to tutoring"' in form
    seen = re.search(r'name="version" value="(\d+)"', form)
    assert seen
    mine = fields(title="Ask Sam on Mondays", rhythm="days", weekdays=["0"], version=seen[1], owner="teacher")
    wrong = maya.post(path, {**mine, "helps": ""})
    assert wrong.status_code == 422
    assert "Say how this helps the goal." in wrong.text
    for _twice in range(2):
        assert maya.post(path, mine).status_code == 303
    now = the_step(rig)
    assert (now.title, now.state, now.weekdays, now.owner_role) == (
        "Ask Sam on Mondays",
        "active",
        1,
        "student",
    )
    late = maya.post(path, {**mine, "title": "Something else"})
    assert late.status_code == 409
    assert "Now it says: “Ask Sam on Mondays”." in late.text
    assert 'value="Something else"' in late.text
    versions = maya.get(f"/goals/{goal}/versions").text
    assert versions.index("You changed it.") < versions.index("Rose Okafor proposed it.")
    maya.post(f"/steps/{now.id}/end", {"goal": str(goal)})
    assert maya.get(path).status_code == 404


def test_a20_a_step_comes_with_a_file_for_those_who_read_it(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    new = f"/goals/{goal}/steps/new"
    odd = teacher.post(new, fields(), files={"file": ("guide.html", b"<script>alert(1)</script>")})
    assert odd.status_code == 422
    assert 'id="file-error"' in odd.text
    assert "Choose the file again: nothing was saved yet." in odd.text
    sent = fields(owner="guardian", title="Review the guide")
    for _twice in range(2):
        guide = {"file": ("Study guide.pdf", PDF)}
        assert teacher.post(new, sent, files=guide).status_code == 303
    step = the_step(rig)
    file = f"/steps/{step.id}/file"
    pat = enter(rig, make_guardian(rig, school.course, sub_of(rig, school.maya)), school.course)
    other = enter(rig, make_guardian(rig, school.course, sub_of(rig, school.ben), name="X"), school.course)
    for opened, status in ((teacher, 200), (maya, 200), (pat, 200), (ben, 404), (other, 404)):
        answer = opened.get(file)
        assert answer.status_code == status
        if status == 200:
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert answer.content == PDF
    assert "Study guide.pdf" in maya.get(f"/goals/{goal}").text
    picture = {"file": ("IMG_1.jpg", photo(size=(64, 32)))}
    assert maya.post(new, fields(token="photo"), files=picture).status_code == 303
    with rig.database.read() as session:
        mine = session.scalars(sa.select(Step.id).where(Step.token == "photo")).one()
    kept = maya.get(f"/steps/{mine}/file").content
    assert b"Exif" not in kept
    assert maya.get("/steps/99999/file").status_code == 404
    maya.post(f"/steps/{step.id}/answer", {"accept": "no"})
    assert pat.get(file).status_code == 404


def test_work_a_student_cannot_see_is_not_there_to_follow(rig: Rig) -> None:
    school = make_math8(rig)
    goal = add_own_goal(rig, school)
    with rig.database.write() as session:
        item = factories.make_item(session, school.course, "A surprise test", 10, published=False)
    sent = fields(rhythm="relative", item=str(item.id), offset="3")
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    page = maya.post(f"/goals/{goal}/steps/new", sent)
    assert page.status_code == 422
    assert "Choose work of this course that students can see." in page.text
    assert "A surprise test" not in page.text
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    assert teacher.post(f"/goals/{goal}/steps/new", sent).status_code == 422
    relative(rig, school, goal)
    name = school.items["later2"].name
    assert f"with “{name}”" in maya.get(f"/goals/{goal}").text
    with rig.database.write() as session:
        session.execute(sa.update(Item).where(Item.id == school.items["later2"].id).values(published=False))
    steps = maya.get(f"/goals/{goal}").text.split('id="step-list"')[1].split("</ul>")[0]
    assert name not in steps
