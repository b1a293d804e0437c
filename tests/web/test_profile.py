"""The profile through its pages: rows A2–A4, A6, A9, A25, B10, B11 of domain.md §1."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal
from lti_tool.records.gradebook import Item
from lti_tool.records.history import Change, Draft
from lti_tool.records.platform import Registration
from tests import factories
from tests.web.about import HIDDEN, as_maya, as_teacher, entries, send, write
from tests.web.math8 import HOSTILE, Math8, add_own_goal, make_math8
from tests.web.rig import Rig


@pytest.fixture
def school(rig: Rig) -> Math8:
    return make_math8(rig)


def goal_fields(school: Math8) -> dict[str, object]:
    return {
        "title": "Homework average in Math 8 to 80",
        "measure": "average",
        "items": [item.id for name, item in school.items.items() if name != "quiz"],
        "baseline": "68",
        "baseline_reason": "Last year's report",
        "target": "80",
        "due_on": "2026-03-23",
    }


def test_a2_the_teachers_view_stands_beside_the_students_words_and_never_over_them(
    rig: Rig, school: Math8
) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    write(maya, "strength", "I draw a problem")
    (own,) = entries(rig)
    refused = teacher.post(f"/entries/{own.id}", {"text": "She guesses", "version": "1"})
    assert refused.status_code == 403
    assert teacher.post(f"/entries/{own.id}/retire").status_code == 403
    path = f"/students/{school.maya.id}/add/strength?beside={own.id}"
    assert send(teacher, path, text="and you explain it to others").status_code == 303
    for page in (maya.get("/about"), teacher.get(f"/students/{school.maya.id}/about")):
        assert "I draw a problem" in page.text
        assert "<bdi>Rose Okafor</bdi> adds: “<bdi>and you explain it to others</bdi>”" in page.text
    view = entries(rig, beside_id=own.id)[0]
    assert maya.post(f"/entries/{view.id}", {"text": "mine now", "version": "1"}).status_code == 403
    assert entries(rig, id=own.id)[0].text == "I draw a problem"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("skill", {"text": "often", "topic": "organise"}),
        ("dream", {"text": "A game"}),
        ("reflection", {"text": "A calm year", "topic": "personal"}),
        ("gap", {"text": "Signs"}),
    ],
)
def test_a2_a_view_can_stand_beside_anything(
    rig: Rig, school: Math8, kind: str, more: dict[str, str]
) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    write(maya, kind, **more)
    (own,) = entries(rig)
    path = f"/students/{school.maya.id}/add/{kind}?beside={own.id}"
    assert send(teacher, path, text="I see it too").status_code == 303
    view = entries(rig, beside_id=own.id)[0]
    assert send(teacher, f"/entries/{view.id}", text="I saw it on Monday").status_code == 303
    assert "I saw it on Monday" in maya.get("/about").text
    assert "I saw it on Monday" in maya.get(f"/entries/{view.id}").text
    assert 'name="text"' not in maya.get(f"/entries/{view.id}").text


def test_a2_every_word_keeps_its_history(rig: Rig, school: Math8) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    write(maya, "strength", "first, only for me", share=False)
    (own,) = entries(rig)
    assert send(maya, f"/entries/{own.id}", text="second, shared", share="1").status_code == 303
    rig.clock.move(minutes=5)
    assert send(maya, f"/entries/{own.id}", text="third").status_code == 303
    mine, theirs = maya.get(f"/entries/{own.id}").text, teacher.get(f"/entries/{own.id}").text
    assert all(words in mine for words in ("first, only for me", "second, shared", "third"))
    assert "second, shared" in theirs
    assert "third" in theirs
    assert "first, only for me" not in theirs, "what was never shared stays its author's"
    with rig.database.read() as session:
        rows = session.scalars(sa.select(Change).where(Change.subject_id == own.id).order_by(Change.number))
        assert [(row.number, row.what, row.author_role) for row in rows] == [
            (1, "made", "student"),
            (2, "shared", "student"),
            (3, "saved", "student"),
        ]


def test_a2_a_draft_is_its_authors_alone_until_shared(rig: Rig, school: Math8) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    write(maya, "strength", "a secret so far", share=False)
    (own,) = entries(rig)
    assert "Only you, until you share it" in maya.get("/about").text
    assert "a secret so far" not in teacher.get(f"/students/{school.maya.id}/about").text
    assert teacher.get(f"/entries/{own.id}").status_code == 404
    assert maya.post("/about/share").status_code == 303
    assert "a secret so far" in teacher.get(f"/students/{school.maya.id}/about").text


def test_a2_the_self_assessment_goes_step_by_step(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    steps = {
        "strengths": {"strengths-0": "I keep trying", "strengths-1": "Drawing"},
        "skills": {"keep_trying": "often", "keep_trying-more": "the relay", "organise": "not_yet"},
        "not-yet": {"not-yet-0": "Signs in equations"},
        "reflections": {"academic": "A calm year in math"},
        "dream": {"text": "Make my own game", "more": "Finish a level in coding club by June"},
        "done": {"share": "1"},
    }
    for step, fields in steps.items():
        assert send(maya, f"/about/assess/{step}", **fields).status_code == 303, step
    page = as_teacher(rig, school).get(f"/students/{school.maya.id}/about").text
    for words in ("I keep trying", "Drawing", "the relay", "Signs in equations", "Finish a level"):
        assert words in page
    again = maya.get("/about/assess/reflections").text
    assert "A calm year in math" in again


@pytest.mark.parametrize(
    ("band", "words"),
    [
        ("young", "What can you do well?"),
        (None, "What are you good at?"),
        ("college", "Which strengths do you bring?"),
    ],
)
def test_a2_the_words_fit_the_age(rig: Rig, school: Math8, band: str | None, words: str) -> None:
    with rig.database.write() as session:
        session.get_one(Context, school.course.id).age_band = band
    assert words in as_maya(rig, school).get("/about/assess/strengths").text


def test_a_college_speaks_to_adults_and_of_no_family(rig: Rig, school: Math8) -> None:
    with rig.database.write() as session:
        session.execute(sa.update(Registration).values(age_band="college"))
    maya, teacher, goal = as_maya(rig, school), as_teacher(rig, school), add_own_goal(rig, school)
    write(maya, "strength", "I keep trying")
    own = ["/", "/about", "/about/add/gap", "/about/assess/strengths", "/portfolio", "/portfolio/add/text"]
    own += ["/talks", "/goals/new", f"/goals/{goal}", f"/goals/{goal}/steps/new"]
    theirs = [f"/students/{school.maya.id}/about", f"/goals/{goal}", f"/goals/{goal}/steps/new"]
    theirs += [f"/students/{school.maya.id}/goals/new", f"/students/{school.maya.id}/add/gap"]
    wrong = re.compile(r"[^.<>]*\b(?:guardians?|family|adult at school|outside school|by June)\b[^.<>]*")
    for opened, paths in ((maya, own), (teacher, theirs)):
        for path in paths:
            page = opened.get(path)
            assert page.status_code == 200, path
            assert wrong.findall(page.text) == [], path
    assert "counselors who are assigned to you" in maya.get("/about").text
    assert "Talk to someone at your college" in maya.get("/").text
    dream = maya.post("/goals/new", {"title": "Join the NBA", "measure": "average"})
    assert "What could you reach by the end of this year?" in dream.text


def test_a3_a_gap_from_an_assignment_group_shows_its_numbers_and_no_hidden_grade(
    rig: Rig, school: Math8
) -> None:
    with rig.database.write() as session:
        for item in session.scalars(sa.select(Item).where(Item.context_id == school.course.id)):
            item.group_name = "Homework"
    maya = as_maya(rig, school)
    form = maya.get("/about/add/gap/grades").text
    assert "now 73.9" in form, "the hidden test's 13 of 50 is in no number"
    assert "9 grades" in form
    path = "/about/add/gap/grades"
    assert "Say what was expected" in send(maya, path, group="Homework", expected="lots").text
    assert "The grades are there already" in send(maya, path, group="Homework", expected="60").text
    assert send(maya, path, group="Homework", expected="80").status_code == 303
    page = as_teacher(rig, school).get(f"/students/{school.maya.id}/about").text
    assert "Expected: 80. Now: 73.9" in page
    assert "9 grades count" in page
    assert "Homework 9" in page
    assert "Hidden test" not in page


def test_a3_a_teacher_of_another_course_reads_the_gap_without_its_numbers(rig: Rig, school: Math8) -> None:
    with rig.database.write() as session:
        for item in session.scalars(sa.select(Item).where(Item.context_id == school.course.id)):
            item.group_name = "Homework"
        registration = session.get_one(Registration, school.course.registration_id)
        other = factories.make_context(session, registration, title="Science", started_at=rig.clock())
        factories.make_member(session, other, Role.LEARNER, school.maya)
        colleague = factories.make_teacher(session, other, name="Sam Lee")
    assert (
        send(as_maya(rig, school), "/about/add/gap/grades", group="Homework", expected="80").status_code
        == 303
    )
    page = rig.open(colleague, other, Role.STAFF).get(f"/students/{school.maya.id}/about").text
    assert "Homework" in page
    assert "73.9" not in page
    assert "Homework 9" not in page
    assert "the numbers are seen there" in page


def test_a4_strengths_come_before_gaps_and_nothing_blocks_a_goal(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    empty = maya.get("/about").text
    assert "One small thing is enough, and it can wait" in empty
    assert "You can make a goal without any of these." in maya.get().text
    made = maya.post("/goals/new", goal_fields(school))
    assert made.status_code == 303, "no strength, no reflection, no dream: the goal is made"
    write(maya, "gap", "Signs")
    write(maya, "strength", "Drawing")
    for page in (maya.get("/about"), as_teacher(rig, school).get(f"/students/{school.maya.id}/about")):
        assert page.text.index("Drawing") < page.text.index("Signs")
    home = maya.get().text
    assert home.index("What I am good at") < home.index("What I am aiming at")


def test_a4_finishing_without_a_strength_is_fine(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    assert send(maya, "/about/assess/strengths").status_code == 303
    assert "That is fine" in maya.get("/about/assess/done").text
    assert send(maya, "/about/assess/done").status_code == 303


def test_a6_a_goal_can_be_linked_to_a_skill_that_no_grade_measures(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    write(maya, "skill", "not_yet", topic="organise", more="I lose my sheets")
    (skill,) = entries(rig)
    assert f"/goals/new?gap={skill.id}" in maya.get("/about").text
    assert maya.post(f"/goals/new?gap={skill.id}", goal_fields(school)).status_code == 303
    with rig.database.read() as session:
        assert session.scalars(sa.select(Goal.gap_id)).all() == [skill.id]
    assert "Has a goal" in maya.get("/about").text


def test_a9_a_gap_becomes_a_goal_in_one_click_and_the_link_is_kept(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    write(maya, "gap", "Signs in equations")
    (gap,) = entries(rig)
    assert 'value="Signs in equations"' in maya.get(f"/goals/new?gap={gap.id}").text
    answer = maya.post(f"/goals/new?gap={gap.id}", goal_fields(school))
    assert "Signs in equations" in maya.follow(answer).text


def test_a9_a_gap_of_somebody_else_is_not_found(rig: Rig, school: Math8) -> None:
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    write(as_maya(rig, school), "gap", "Signs")
    (gap,) = entries(rig)
    assert ben.get(f"/goals/new?gap={gap.id}").status_code == 404
    assert ben.post(f"/goals/new?gap={gap.id}", goal_fields(school)).status_code == 404
    with rig.database.read() as session:
        assert session.scalars(sa.select(Goal)).all() == []


def test_a25_two_rounds_show_what_changed(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    write(maya, "strength", "Drawing")
    write(maya, "reflection", "A calm year", topic="academic")
    send(maya, "/about/assess/done", share="1")
    rig.clock.move(days=90)
    maya = as_maya(rig, school)
    write(maya, "strength", "Explaining")
    first = entries(rig, text="Drawing")[0]
    maya.post(f"/entries/{first.id}/retire")
    send(maya, "/about/assess/reflections", academic="A brave year")
    send(maya, "/about/assess/done", share="1")
    for page in (
        maya.get("/about/rounds").text,
        as_teacher(rig, school).get(f"/students/{school.maya.id}/rounds").text,
    ):
        assert page.index("New") < page.index("Explaining") < page.index("Said differently")
        assert page.index("A calm year") < page.index("A brave year") < page.index("Drawing")


def test_a25_a_goal_shows_the_round_it_came_from(rig: Rig, school: Math8) -> None:
    teacher, maya = as_teacher(rig, school), as_maya(rig, school)
    teacher.post("/rounds", {"kind": "middle"})
    send(maya, "/about/assess/not-yet", **{"not-yet-0": "Signs"})
    (gap,) = entries(rig)
    page = maya.follow(maya.post(f"/goals/new?gap={gap.id}", goal_fields(school))).text
    assert "From the round: Middle of the year" in page


def test_b10_reflections_are_offered_until_written(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    write(maya, "strength", "Drawing")
    assert "Write what you want from this year" in maya.get().text
    fields = {"personal": "Sleep", "academic": "Math", "career": "Games"}
    assert send(maya, "/about/assess/reflections", **fields).status_code == 303
    assert "Write what you want from this year" not in maya.get().text


def test_b11_the_student_says_which_strength_helps_with_a_goal(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    goal_id = add_own_goal(rig, school)
    write(maya, "strength", "I keep trying")
    (strength,) = entries(rig)
    assert "Which of my strengths helps me here?" in maya.get(f"/goals/{goal_id}").text
    assert maya.post(f"/goals/{goal_id}/strength", {"strength_id": strength.id}).status_code == 303
    assert "My strength here: <bdi>I keep trying</bdi>" in maya.get().text
    assert maya.post(f"/goals/{goal_id}/strength", {"strength_id": 999}).status_code == 404


def test_two_windows_the_second_is_shown_the_difference(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    write(maya, "dream", "A game")
    (dream,) = entries(rig)
    assert (
        maya.post(f"/entries/{dream.id}", {"text": "A big game", "more": "", "version": "1"}).status_code
        == 303
    )
    second = maya.post(f"/entries/{dream.id}", {"text": "A small game", "more": "", "version": "1"})
    assert second.status_code == 409
    assert "<del>big</del><ins>small</ins>" in second.text
    assert ">A small game</textarea>" in second.text, "what was typed is in the field"
    again = {**dict(HIDDEN.findall(second.text)), "text": "A small game", "more": ""}
    assert maya.post(f"/entries/{dream.id}", again).status_code == 303
    assert entries(rig)[0].text == "A small game"
    assert "A big game" in maya.get(f"/entries/{dream.id}").text, "the other is in the history"


def test_what_is_typed_is_kept_for_its_author_alone(rig: Rig, school: Math8) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    form = f"new:{school.maya.id}:strength:"
    kept = maya.post("/drafts", {"form": form, "f-text": "half a sen", "f-version": "0"})
    assert kept.status_code == 204
    page = maya.get("/about/add/strength").text
    assert 'value="half a sen"' in page
    assert "This is what you typed last time" in page
    assert teacher.post("/drafts", {"form": form, "f-text": "x"}).status_code == 204
    assert "half a sen" not in teacher.get(f"/students/{school.maya.id}/add/strength").text
    write(maya, "strength", "half a sentence")
    with rig.database.read() as session:
        assert session.scalars(sa.select(Draft.author_id)).all() == [school.teacher.id]


def test_a_draft_can_be_thrown_away_and_leads_nowhere_else(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    maya.post("/drafts", {"form": "assess:dream", "f-text": "x"})
    away = maya.post("/drafts/drop", {"drop": "assess:dream", "back": "https://elsewhere.example/"})
    assert away.headers["Location"].startswith(f"/s/{maya.launch_id}/")
    with rig.database.read() as session:
        assert session.scalars(sa.select(Draft)).all() == []


@pytest.mark.parametrize(
    "fields", [{}, {"form": "x" * 65}, {"form": "é"}, {"form": "a", "f-text": "x" * 60_001}]
)
def test_a_draft_that_cannot_be_kept_is_refused(rig: Rig, school: Math8, fields: dict[str, str]) -> None:
    assert as_maya(rig, school).post("/drafts", fields).status_code == 404


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4001, "a\x00b"])
def test_words_that_cannot_be_kept_are_said_beside_the_field(rig: Rig, school: Math8, text: str) -> None:
    answer = send(as_maya(rig, school), "/about/add/strength", text=text, share="1")
    assert answer.status_code == 422
    assert 'id="text-error"' in answer.text
    assert entries(rig) == []


def test_hostile_words_stay_words(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    write(maya, "strength", HOSTILE)
    page = maya.get("/about").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_same_form_twice_makes_one_entry(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    for _time in range(2):
        assert maya.post("/about/add/gap", {"text": "Signs", "once": "abc"}).status_code == 303
    assert len(entries(rig)) == 1
    teacher = as_teacher(rig, school)
    for student in (school.maya, school.ben, school.ben):
        typed = {"text": "Asks", "once": "x" * 70}
        assert teacher.post(f"/students/{student.id}/add/strength", typed).status_code == 303
    assert len({entry.person_id for entry in entries(rig)}) == 2, "one form's key is no other student's"


@pytest.mark.parametrize(
    "path", ["/about", "/about/add/strength", "/about/assess/strengths", "/about/rounds"]
)
def test_a_profile_page_is_the_students_own(rig: Rig, school: Math8, path: str) -> None:
    assert as_teacher(rig, school).get(path).status_code == 403


def test_staff_of_another_school_find_no_profile(rig: Rig, school: Math8) -> None:
    write(as_maya(rig, school), "strength", "Drawing")
    (own,) = entries(rig)
    other = make_math8(rig)
    teacher = as_teacher(rig, other)
    assert teacher.get(f"/students/{school.maya.id}/about").status_code == 404
    assert teacher.get(f"/entries/{own.id}").status_code == 404
    assert rig.open(school.ben, school.course, Role.LEARNER).get(f"/entries/{own.id}").status_code == 404


def test_each_student_page_says_whom_to_talk_to(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    assert "a teacher you trust, a counselor, or the school office." in maya.get("/about").text
    boss = rig.open(school.teacher, None, Role.ADMIN, is_admin=True)
    fields = {"age_band": "school", "talk_words": "Talk to Ms. Reyes", "talk_to": "+1 (555) 010-2030"}
    assert boss.post("/admin/school", fields).status_code == 303
    for path in ("/", "/about", "/about/assess/dream", "/goals/new"):
        page = maya.get(path).text
        assert 'href="tel:+15550102030"' in page, path
        assert "Talk to Ms. Reyes" in page
    wrong = boss.post("/admin/school", {**fields, "age_band": "old"})
    assert wrong.status_code == 422
    assert maya.post("/admin/school", fields).status_code == 403


@pytest.mark.parametrize("to", ["javascript:alert(1)", "data:text/html,x", 'https://x.example/" onclick='])
def test_the_talk_link_leads_to_a_page_or_a_phone_alone(rig: Rig, school: Math8, to: str) -> None:
    boss = rig.open(school.teacher, None, Role.ADMIN, is_admin=True)
    boss.post("/admin/school", {"age_band": "school", "talk_words": "Talk", "talk_to": to})
    page = as_maya(rig, school).get("/about").text
    assert f'href="{to}' not in page
    assert "onclick=" not in page.replace("&#34; onclick=", "")
