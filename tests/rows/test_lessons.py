"""Lessons: rows A21, A22, A23, B3, B6, B9, B16 and B17 of domain.md §1."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.overview.talk_about import finished_lessons
from lti_tool.records import Base
from lti_tool.records.conference import Conference
from lti_tool.records.gradebook import Item, ResultVersion
from lti_tool.records.lesson import (
    Lesson,
    LessonCheck,
    LessonGiven,
    LessonPart,
    LessonPick,
    LessonQuestion,
    LessonRun,
)
from lti_tool.records.structure import LmsGroup, LmsGroupMember
from tests import factories
from tests.rows.people import as_student, as_teacher, refusals, statements, strangers
from tests.web.math8 import HOSTILE, Math8, add_own_goal, make_math8
from tests.web.rig import Opened, Rig
from tests.web.test_guardians import enter, make_guardian, sub_of
from tests.web.uploads import PDF

TOPIC = "Homework average in Math 8 to 80"


@pytest.fixture
def school(rig: Rig) -> Math8:
    return make_math8(rig)


_before: dict[Any, int] = {}
_forms = itertools.count(1)


@pytest.fixture(autouse=True)
def begin_anew(rig: Rig) -> None:
    """Rows of earlier tests in this tool are not this test's."""
    with rig.database.read() as session:
        for record in (Lesson, LessonPart, LessonQuestion, LessonGiven, LessonRun, LessonCheck, LessonPick):
            _before[record] = session.scalar(sa.select(sa.func.max(record.id))) or 0


def rows(rig: Rig, record: Any) -> list[Any]:
    with rig.database.read() as session:
        query = sa.select(record).where(record.id > _before.get(record, 0)).order_by(record.id)
        return list(session.scalars(query))


def make(rig: Rig, teacher: Opened, *, ready: bool = True, **fields: Any) -> int:
    """A lesson on signs, with two ways and three questions unless it is not ready yet."""
    head = {"title": "Signs", "aim": "I can tell what two minus signs make", "topic": TOPIC, **fields}
    answer = teacher.post("/lessons/new", {"once": f"once-{next(_forms)}", **head})
    assert answer.status_code == 303, answer.text[:3000]
    lesson: Lesson = rows(rig, Lesson)[-1]
    if ready:
        way(teacher, lesson.id, format="video", name="Signs, 4 minutes", url="https://video.example/signs")
        way(teacher, lesson.id, format="text", name="Page 12", url="https://book.example/12")
        ask(teacher, lesson.id, text="What is -2 - 3?", qkind="short", right="-5\nminus five")
        ask(teacher, lesson.id, text="Pick", options="one\ntwo\nthree", right="2", feedback="Count again")
        ask(teacher, lesson.id, text="Two minus signs make plus", qkind="true_false", right="true")
    return lesson.id


def way(teacher: Opened, lesson: int, **fields: Any) -> None:
    sent = {"once": f"once-{next(_forms)}", "kind": "link", **fields}
    answer = teacher.post(f"/lessons/{lesson}/parts", sent)
    assert answer.status_code == 303, answer.text[:3000]


def ask(teacher: Opened, lesson: int, **fields: Any) -> None:
    sent = {"once": f"once-{next(_forms)}", "qkind": "choice", **fields}
    answer = teacher.post(f"/lessons/{lesson}/questions", sent)
    assert answer.status_code == 303, answer.text[:3000]


def give(teacher: Opened, lesson: int, **to: Any) -> int:
    return teacher.post(f"/lessons/{lesson}/give", to).status_code


def answers(rig: Rig, *said: str, **more: str) -> dict[str, str]:
    """The fields of a self-check: question by question."""
    return {f"q{row.id}": text for row, text in zip(rows(rig, LessonQuestion), said, strict=False)} | more


def test_a21_a22_a23_a_lesson_is_done_in_two_sittings_and_talked_about(rig: Rig, school: Math8) -> None:
    teacher, maya = as_teacher(rig, school), as_student(rig, school)
    lesson = make(rig, teacher)
    assert maya.get(f"/lessons/{lesson}").status_code == 404, "nobody sees it before it is given"
    assert give(teacher, lesson, person=school.maya.id) == 303
    page = maya.get(f"/lessons/{lesson}").text
    for words in ("Signs, 4 minutes", "Watch", "Read", "What went well?", "It is no test and no grade"):
        assert words in page
    assert "minus five" not in page, "what is right is not in the page before an answer"
    path = f"/lessons/{lesson}"
    sent = answers(rig, "-4", "one", "true", once="first", well="I drew a line")
    for _time in range(2):
        assert maya.post(f"{path}/check", sent).status_code == 303
    (check,) = rows(rig, LessonCheck)
    assert (check.right, check.questions) == (1, 3), "sent twice, looked at once"
    page = maya.get(path).text
    assert "Count again" in page
    assert "1 of 3 right" in page
    assert "I drew a line" in page, "what was typed is there again in the second sitting"
    assert maya.post(f"{path}/check", {**sent, "once": "c", "finish": "1"}).status_code == 422
    rig.clock.move(days=1)
    teacher, maya = as_teacher(rig, school), as_student(rig, school)
    assert "I drew a line" in maya.get(path).text
    done = answers(rig, " -5.0 ", "two", "true", once="second", well="I drew a line", hard="Two signs")
    for _time in range(2):
        assert maya.post(f"{path}/check", {**done, "finish": "1"}).status_code == 303
    (run,) = rows(rig, LessonRun)
    assert (run.right, run.questions, run.well, run.hard) == (3, 3, "I drew a line", "Two signs")
    assert len(rows(rig, LessonCheck)) == 2
    assert "Done on" in maya.get("/lessons").text
    page = teacher.get(path).text
    for words in ("Maya Lindqvist", "3 of 3 right", "Two signs"):
        assert words in page
    talk_about(rig, school, teacher, maya)


def talk_about(rig: Rig, school: Math8, teacher: Opened, maya: Opened) -> None:
    """What was finished is on the agenda of the next conference, for the student as for the teacher."""
    registration, people = school.course.registration_id, [school.maya.id, school.ben.id]
    with rig.database.read() as session:
        found = finished_lessons(session, registration, people, school.course.id)
        (one,) = found[school.maya.id]
        assert (one.title, one.well, one.not_yet) == ("Signs", "I drew a line", [])
        later = finished_lessons(session, registration, people, None, since=one.finished_at)
    assert later == {}
    assert school.ben.id not in found
    page = teacher.get(f"/students/{school.maya.id}").text
    assert "Two signs" in page, "on the student's page, for staff"
    page = teacher.get(f"/check-ins/{school.maya.id}?course={school.course.id}").text
    said = "Lesson “Signs”. Went well: I drew a line. Was hard: Two signs. 3 of 3 right."
    assert said in page, "the draft of the next check-in has it"
    plan = {"first_at": "2026-02-25T14:30", "minutes": "20", "person": [school.maya.id]}
    assert teacher.post("/conferences", plan).status_code == 303
    with rig.database.read() as session:
        talk = session.scalar(sa.select(Conference.id).where(Conference.person_id == school.maya.id))
    for opened in (teacher, maya):
        page = opened.get(f"/conferences/{talk}").text
        assert "Lessons to talk about" in page
        assert "Two signs" in page


def test_a21_b16_a_lesson_without_two_ways_is_not_given(rig: Rig, school: Math8) -> None:
    teacher = as_teacher(rig, school)
    lesson = make(rig, teacher, ready=False)
    for number in range(2):
        way(teacher, lesson, format="text", name=f"Page {number}", url="https://book.example/1")
    answer = teacher.post(f"/lessons/{lesson}/give", {"person": school.maya.id})
    assert answer.status_code == 422
    assert "Offer at least two ways to learn this" in answer.text.split('id="parts-error"')[1]
    assert rows(rig, LessonGiven) == []
    item = str(school.items["quiz"].id)
    way(teacher, lesson, format="practice", kind="work", work=item)
    file = {"file": ("sheet.pdf", PDF, "application/pdf")}
    page = teacher.get(f"/lessons/{lesson}").text
    once = page.split('name="once" value="')[1].split('"')[0]
    sent = {"once": once, "kind": "file", "format": "picture"}
    for _time in range(2):
        assert teacher.post(f"/lessons/{lesson}/parts", sent, files=file).status_code == 303
    assert give(teacher, lesson, person=school.maya.id) == 303
    parts = rows(rig, LessonPart)
    assert [part.kind for part in parts] == ["link", "link", "work", "file"]
    maya, ben = as_student(rig, school), as_student(rig, school, school.ben)
    handed = maya.get(f"/lessons/{lesson}/parts/{parts[-1].id}/file")
    assert handed.content == PDF
    assert "attachment" in handed.headers["Content-Disposition"]
    assert ben.get(f"/lessons/{lesson}/parts/{parts[-1].id}/file").status_code == 404
    with rig.database.write() as session:
        session.get_one(Item, school.items["quiz"].id).published = False
    assert "Unit quiz" not in maya.get(f"/lessons/{lesson}").text
    teacher.post(f"/lessons/{lesson}/parts/{parts[-1].id}/move")
    teacher.post(f"/lessons/{lesson}/parts/{parts[0].id}/remove")
    page = maya.get(f"/lessons/{lesson}").text
    assert "Page 0" not in page
    assert page.index("sheet.pdf") > page.index("Page 1")


def test_b6_only_those_a_lesson_was_given_to_see_it(rig: Rig, school: Math8) -> None:
    teacher = as_teacher(rig, school)
    maya, ben = as_student(rig, school), as_student(rig, school, school.ben)
    lesson = make(rig, teacher)

    def seen() -> tuple[bool, bool]:
        pages = [one.get(f"/lessons/{lesson}").status_code == 200 for one in (maya, ben)]
        assert pages == ["Signs" in one.get("/lessons").text for one in (maya, ben)]
        return pages[0], pages[1]

    assert give(teacher, lesson, to=TOPIC) == 303
    assert seen() == (False, False), "nobody has such a goal yet"
    goal = add_own_goal(rig, school)
    assert seen() == (True, False)
    assert maya.get(f"/goals/{goal}/ways").status_code == 200
    given = rows(rig, LessonGiven)[0].id
    assert teacher.post(f"/lessons/given/{given}/end").status_code == 303
    assert seen() == (False, False)
    with rig.database.write() as session:
        group = LmsGroup(context_id=school.course.id, lms_id="7", name="Table <b>4</b>")
        session.add(group)
        session.flush()
        session.add(LmsGroupMember(group_id=group.id, person_id=school.ben.id, seen_at=rig.clock()))
    for _time in range(2):
        assert give(teacher, lesson, group=f"lms:{group.id}") == 303
    assert seen() == (False, True)
    assert len(rows(rig, LessonGiven)) == 2, "given to the same group twice is once"
    with rig.database.write() as session:
        session.execute(sa.delete(LmsGroupMember))
    assert seen() == (False, False), "the group of the LMS is the truth of who is in it"
    assert give(teacher, lesson, person=school.maya.id) == 303
    assert seen() == (True, False)
    assert teacher.post(f"/lessons/{lesson}/end").status_code == 303
    assert seen() == (False, False)
    assert give(teacher, lesson) == 422
    assert give(teacher, lesson, person=school.teacher.id) == 404
    assert give(teacher, lesson, group="lms:999") == 404
    assert give(teacher, lesson, group="junk") == 404


def test_b9_b16_a_way_is_chosen_and_written_down_and_the_measure_stays(rig: Rig, school: Math8) -> None:
    teacher, maya = as_teacher(rig, school), as_student(rig, school)
    goal = add_own_goal(rig, school)
    lesson = make(rig, teacher, shows=["write", "explain"])
    give(teacher, lesson, to=TOPIC)
    board = maya.get(f"/goals/{goal}/ways").text
    for words in ("Watch", "Read", "Explain it to someone", "your goal is counted the same"):
        assert words in board
    reach = board.split('class="sentence">')[1].split("</p>")[0]
    first, second = rows(rig, LessonPart)
    path = f"/lessons/{lesson}/way"
    for part in (first, first, second):
        assert maya.post(path, {"part": part.id, "goal": goal}).status_code == 303
    assert maya.post(path, {"show": "explain", "goal": goal}).status_code == 303
    picks = [(pick.part_id, pick.show, pick.goal_id) for pick in rows(rig, LessonPick)]
    assert picks == [(first.id, "", goal), (second.id, "", goal), (None, "explain", goal)]
    after = maya.get(f"/goals/{goal}/ways").text
    assert reach in after, "the same measure whichever way"
    assert "My way" in after
    assert maya.post(path, {"show": "draw"}).status_code == 404
    assert maya.post(path, {"part": 999}).status_code == 404
    assert maya.post(path, {"part": first.id, "goal": 999}).status_code == 404
    assert maya.post(path, {}).status_code == 404
    page = teacher.get(f"/lessons/{lesson}").text
    assert "Read, Explain it to someone" in page.replace("\n", "")


def test_b16_no_style_of_a_child_is_stored() -> None:
    """Formats are tags of resources and choices of a moment; no column names a kind of learner."""
    columns = {
        f"{table}.{column.name}" for table, of in Base.metadata.tables.items() for column in of.columns
    }
    assert not [name for name in columns if "style" in name or "learner_type" in name]


def test_b3_a_lesson_is_suggested_by_a_rule_that_is_shown(rig: Rig, school: Math8) -> None:
    teacher, maya, ben = (
        as_teacher(rig, school),
        as_student(rig, school),
        as_student(rig, school, school.ben),
    )
    quiz = school.items["quiz"].id
    lesson = make(rig, teacher, item_id=quiz, below="70")
    with rig.database.write() as session:
        factories.make_result(session, school.items["quiz"], school.maya, Decimal("6.2"), hidden=True)
        factories.make_result(session, school.items["quiz"], school.ben, 7)
    said = "Suggested because “Unit quiz” was 62%, under 70%."
    assert said not in maya.get("/lessons").text, "a hidden grade suggests nothing"
    with rig.database.write() as session:
        hidden = session.scalars(sa.select(ResultVersion).where(ResultVersion.hidden)).all()
        assert hidden
        factories.make_result(session, school.items["quiz"], school.maya, Decimal("6.2"))
    assert said in maya.get("/lessons").text
    assert said in maya.get().text, "and on the student's home"
    assert "Suggested" not in ben.get("/lessons").text, "70 is not under 70"
    assert maya.get(f"/lessons/{lesson}").status_code == 404, "nothing happens before the student says yes"
    assert ben.post(f"/lessons/{lesson}/suggestion", {"take": "yes"}).status_code == 404
    assert maya.post(f"/lessons/{lesson}/suggestion", {"take": "yes"}).status_code == 303
    assert maya.get(f"/lessons/{lesson}").status_code == 200
    (given,) = rows(rig, LessonGiven)
    assert given.because == {"percent": "62", "below": "70"}
    assert "took the suggestion" in teacher.get(f"/lessons/{lesson}").text
    second = make(rig, teacher, title="More signs", after_id=lesson, below="50")
    maya.post(f"/lessons/{lesson}/check", answers(rig, "-5", "one", "false", once="x"))
    page = maya.get("/lessons").text
    assert "Suggested because your self-check in “Signs” was 33.3%, under 50%." in page
    assert maya.post(f"/lessons/{second}/suggestion", {"take": "no"}).status_code == 303
    assert "More signs" not in maya.get("/lessons").text, "said no: not asked again"


def test_b6_the_whole_class_gets_it_and_the_family_sees_what_it_is(rig: Rig, school: Math8) -> None:
    teacher, maya = as_teacher(rig, school), as_student(rig, school)
    lesson = make(rig, teacher)
    assert maya.get(f"/lessons/{lesson}").status_code == 404
    for _time in range(2):
        assert teacher.post(f"/lessons/{lesson}/give", {"everyone": "1"}).status_code == 303
    assert len(rows(rig, LessonGiven)) == 1
    both = teacher.post(f"/lessons/{lesson}/give", {"everyone": "1", "person": str(school.maya.id)})
    assert both.status_code == 422
    assert "The whole class" in teacher.get(f"/lessons/{lesson}").text
    with rig.database.write() as session:
        late = factories.make_learner(session, school.course, name="Lea Later")
    for who in (maya, as_student(rig, school, school.ben), as_student(rig, school, late)):
        assert "Signs" in who.get("/lessons").text
    family = enter(rig, make_guardian(rig, school.course, sub_of(rig, school.maya)), school.course)
    path = f"/children/{school.course.id}/{school.maya.id}"
    assert "Not begun yet." in family.get(path).text
    sent = answers(rig, "-5", "one", "false", once="fam", well="The video", hard="Minus twice")
    assert maya.post(f"/lessons/{lesson}/check", {**sent, "finish": "1"}).status_code == 303
    page = family.get(path).text
    for words in ("Signs", "I can tell what two minus signs make", "Done on Monday, February 23"):
        assert words in page
    for words in ("The video", "Minus twice", "Self-check"):
        assert words not in page, "the reflections are for who talks it over with her"
    (given,) = rows(rig, LessonGiven)
    assert teacher.post(f"/lessons/given/{given.id}/end").status_code == 303
    assert "Signs" not in as_student(rig, school, late).get("/lessons").text


def test_b17_goals_come_first_and_say_which_lessons_they_need(rig: Rig, school: Math8) -> None:
    teacher = as_teacher(rig, school)
    with rig.database.write() as session:
        for name, group in (("h1", "Homework"), ("h2", "Homework"), ("quiz", "Quizzes")):
            session.get_one(Item, school.items[name].id).group_name = group
    add_own_goal(rig, school)
    add_own_goal(rig, school, title="Quiz to 90", measure="score", item_ids=[school.items["quiz"].id])
    page = teacher.get("/lessons/needed").text
    for topic in ("Homework", "Quizzes"):
        row = page.split(f"<bdi>{topic}</bdi></th>")[1].split("</tr>")[0]
        assert ">1</td>" in row
        assert "none yet" in row
    assert "Maya" not in page
    make(rig, teacher, topic="Quizzes")
    row = teacher.get("/lessons/needed").text.split("<bdi>Quizzes</bdi></th>")[1].split("</tr>")[0]
    assert "Signs" in row
    assert 'value="Homework"' in teacher.get("/lessons/new?topic=Homework").text


WRONG: list[tuple[str, dict[str, str], str, str]] = [
    ("new", {"title": " "}, "title", "Give the lesson a name."),
    ("new", {"below": "70"}, "item_id", "Choose what the score is of."),
    ("new", {"item_id": "7", "below": "0"}, "below", "Write a per cent, such as 70."),
    ("new", {"item_id": "999999", "below": "70"}, "item_id", "Choose work of this course."),
    ("new", {"after_id": "junk", "below": "70"}, "after_id", "Choose another lesson"),
    ("new", {"shows": "hypnosis"}, "shows", "Choose from the list."),
    ("parts", {"format": ""}, "format", "Say what it is made of."),
    ("parts", {"url": "javascript:alert(1)"}, "url", "Write an address"),
    ("parts", {"url": "https://user:pass@x.example/"}, "url", "Write an address"),
    ("parts", {"kind": "work", "work": "junk"}, "work", "Choose work of this course."),
    ("parts", {"kind": "file"}, "file", "Choose a file."),
    ("parts", {"name": ""}, "name", "Say what it is"),
    ("questions", {"text": ""}, "text", "Write the question."),
    ("questions", {"options": "one"}, "options", "Write two to eight answers"),
    ("questions", {"options": "one\ntwo", "right": "3"}, "right", "Write the number"),
    ("questions", {"qkind": "true_false", "right": "maybe"}, "right", "Write “true” or “false”."),
    ("questions", {"qkind": "essay", "right": "2"}, "qkind", "Choose from the list."),
]


def test_a21_each_mistake_is_said_beside_its_field_and_what_was_typed_stays(rig: Rig, school: Math8) -> None:
    teacher = as_teacher(rig, school)
    lesson = make(rig, teacher, ready=False, title=HOSTILE[:200])
    good = {
        "new": {"title": "Kept words"},
        "parts": {"kind": "link", "format": "text", "name": "Kept words", "url": "https://x.example"},
        "questions": {"qkind": "choice", "text": "Kept words", "options": "a\nb", "right": "1"},
    }
    for form, wrong, field, sentence in WRONG:
        to = "/lessons/new" if form == "new" else f"/lessons/{lesson}/{form}"
        page = teacher.post(to, {**good[form], "once": "z", **wrong})
        assert page.status_code == 422, (form, wrong, page.status_code)
        assert sentence in page.text.split(f'id="{field}-error"')[1].split("</p>")[0], (form, wrong)
        assert "Kept words" in page.text or wrong.get("title") or "name" in wrong or "text" in wrong
    assert (len(rows(rig, Lesson)), rows(rig, LessonPart), rows(rig, LessonQuestion)) == (1, [], [])
    assert "<script>alert" not in teacher.get(f"/lessons/{lesson}").text
    stale = {"title": "Mine", "version": "1"}
    assert teacher.post(f"/lessons/{lesson}", {**stale, "title": "Theirs"}).status_code == 303
    page = teacher.post(f"/lessons/{lesson}", stale)
    assert page.status_code == 409
    assert "Nothing is lost: both are here." in page.text
    assert 'value="Mine"' in page.text
    assert "Theirs" in page.text


def test_lessons_are_closed_to_everybody_else(rig: Rig, school: Math8) -> None:
    teacher = as_teacher(rig, school)
    lesson = make(rig, teacher)
    goal = add_own_goal(rig, school)
    give(teacher, lesson, person=school.maya.id)
    part, question = rows(rig, LessonPart)[0].id, rows(rig, LessonQuestion)[0].id
    own = f"/lessons/{lesson}"
    routes = {
        "pages.lesson": ("GET", own),
        "pages.lesson_file": ("GET", f"{own}/parts/{part}/file"),
        "pages.save_lesson": ("POST", own),
        "pages.end_lesson": ("POST", f"{own}/end"),
        "pages.add_part": ("POST", f"{own}/parts"),
        "pages.remove_part": ("POST", f"{own}/parts/{part}/remove"),
        "pages.move_part": ("POST", f"{own}/parts/{part}/move"),
        "pages.add_question": ("POST", f"{own}/questions"),
        "pages.remove_question": ("POST", f"{own}/questions/{question}/remove"),
        "pages.give_lesson": ("POST", f"{own}/give"),
        "pages.take_lesson_back": ("POST", f"/lessons/given/{rows(rig, LessonGiven)[0].id}/end"),
        "pages.pick_way": ("POST", f"{own}/way"),
        "pages.check_lesson": ("POST", f"{own}/check"),
        "pages.answer_lesson": ("POST", f"{own}/suggestion"),
        "pages.ways": ("GET", f"/goals/{goal}/ways"),
    }
    assert refusals(rig, strangers(rig, school), routes) == []
    for path in ("/lessons/needed", "/lessons/new"):
        assert as_student(rig, school).get(path).status_code == 403
    assert teacher.get(f"/lessons/{10**30}").status_code == 404
    assert teacher.post(f"{own}/way", {"part": part}).status_code == 403


def test_pages_of_lessons_take_a_constant_number_of_statements(rig: Rig, school: Math8) -> None:
    teacher, maya = as_teacher(rig, school), as_student(rig, school)
    goal = add_own_goal(rig, school)
    lesson = make(rig, teacher)
    give(teacher, lesson, to=TOPIC)
    pages = [
        (teacher, "/lessons"),
        (teacher, f"/lessons/{lesson}"),
        (teacher, "/lessons/needed"),
        (maya, "/lessons"),
        (maya, f"/lessons/{lesson}"),
        (maya, f"/goals/{goal}/ways"),
    ]
    maya.post(f"/lessons/{lesson}/way", {"part": rows(rig, LessonPart)[0].id})
    before = [statements(rig, *page) for page in pages]
    for number in range(3):
        give(teacher, make(rig, teacher, title=f"More {number}"), to=TOPIC)
    way(teacher, lesson, format="audio", name="Listen", url="https://x.example/a")
    with rig.database.write() as session:
        for number in range(3):
            factories.make_learner(session, school.course, name=f"New {number}")
    assert [statements(rig, *page) for page in pages] == before
    assert max(before) < 30
