"""Conferences through their pages: rows A7 and A9 of domain.md §1, and rounds (A25)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.planning.mentors import assign_counselor
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.profile import MAY_READ
from lti_tool.records.conference import Agreement, Conference, Invitee
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal
from lti_tool.records.history import Change
from lti_tool.records.platform import Registration
from lti_tool.records.profile import Round
from tests import factories
from tests.rows.people import statements
from tests.web.about import HIDDEN, as_maya, as_teacher, entries, send, write
from tests.web.math8 import Math8, make_math8
from tests.web.rig import Opened, Rig
from tests.web.test_guardians import make_guardian, sub_of
from tests.web.test_portfolio import add
from tests.web.test_profile import goal_fields
from tests.web.uploads import PDF, photo


@pytest.fixture
def school(rig: Rig) -> Math8:
    return make_math8(rig)


def plan(rig: Rig, school: Math8, *people: Any, **fields: Any) -> list[Conference]:
    """The teacher gives out times; from 24 February, 14:30 in Chicago."""
    sent = {
        "first_at": "2026-02-24T14:30",
        "minutes": "20",
        "person": [one.id for one in people or (school.maya,)],
        "role": ["guardian"],
        **fields,
    }
    answer = as_teacher(rig, school).post("/conferences", sent)
    assert answer.status_code == 303, answer.text[:3000]
    return conferences(rig)


def conferences(rig: Rig) -> list[Conference]:
    with rig.database.read() as session:
        return list(session.scalars(sa.select(Conference).order_by(Conference.id)))


def agree(teacher: Opened, conference_id: int, text: str, owner: str = "student") -> None:
    path = f"/conferences/{conference_id}"
    once = dict(HIDDEN.findall(teacher.get(path).text))["once"]
    sent = {"once": once, "owner": owner, "text": text, "when_words": "each homework"}
    for _time in range(2):
        assert teacher.post(path + "/agree", sent).status_code == 303


def test_a7_a_conference_from_agenda_to_next_date(rig: Rig, school: Math8) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    add(maya, "text", text="A poem", title="My poem", why="It rhymes", ready="1")
    add(maya, "text", text="secret", title="A draft")
    write(maya, "strength", "I keep trying")
    (row,) = plan(rig, school)
    page = teacher.get(f"/conferences/{row.id}").text
    for words in ("My poem", "It rhymes", "I keep trying", "February 24, 2:30", "Family"):
        assert words in page
    assert "A draft" not in page, "the agenda is what the student made ready"
    assert "Ben" not in page, "no other student is on the screen"
    assert (
        send(teacher, f"/conferences/{row.id}", notes="Talked of signs", summary="All well").status_code
        == 303
    )
    agree(teacher, row.id, "Circle every minus sign")
    agree(teacher, row.id, "Ask which sign once an evening", "guardian")
    done = teacher.post(
        f"/conferences/{row.id}/done", {"came": ["student", "teacher"], "next_on": "2026-03-23"}
    )
    assert done.status_code == 303
    own = maya.get(f"/conferences/{row.id}").text
    for words in (
        "Circle every minus sign",
        "each homework",
        "We meet again on Monday, March 23",
        "All well",
    ):
        assert words in own
    assert "Family (could not come)" in own
    assert "All well" in maya.get("/talks").text
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Agreement)) == 2, "each sent twice"


@pytest.mark.parametrize(
    ("band", "chosen", "asked"),
    [
        ("young", ["guardian", "mentor"], {"student", "teacher", "guardian"}),
        ("school", ["guardian", "counselor"], {"student", "teacher", "guardian", "counselor"}),
        ("school", [], {"student", "teacher"}),
        ("college", ["guardian", "counselor"], {"student", "teacher", "counselor"}),
    ],
)
def test_a7_who_is_asked_depends_on_the_age(
    rig: Rig, school: Math8, band: str, chosen: list[str], asked: set[str]
) -> None:
    with rig.database.write() as session:
        session.get_one(Context, school.course.id).age_band = band
    offered = as_teacher(rig, school).get("/conferences").text
    assert ('value="guardian"' in offered) == (band != "college")
    plan(rig, school, role=chosen)
    with rig.database.read() as session:
        assert set(session.scalars(sa.select(Invitee.role))) == asked


def test_a7_notes_are_versioned_and_two_teachers_lose_nothing(rig: Rig, school: Math8) -> None:
    (row,) = plan(rig, school)
    teacher, path = as_teacher(rig, school), f"/conferences/{row.id}"
    first = {"version": "1", "notes": "Signs are hard", "summary": ""}
    assert teacher.post(path, first).status_code == 303
    second = teacher.post(path, {**first, "notes": "Signs are fun"})
    assert second.status_code == 409
    assert "<del>hard</del><ins>fun</ins>" in second.text
    again = {**dict(HIDDEN.findall(second.text)), "notes": "Signs are hard and fun", "summary": ""}
    assert teacher.post(path, again).status_code == 303
    with rig.database.read() as session:
        said = session.scalars(
            sa.select(Change)
            .where(Change.subject == "conference", Change.what == "noted")
            .order_by(Change.id)
        ).all()
    assert [one.content["notes"] for one in said] == ["Signs are hard", "Signs are hard and fun"]
    assert {one.author_id for one in said} == {school.teacher.id}


def test_a7_who_could_not_come_reads_the_summary(rig: Rig, school: Math8) -> None:
    (row,) = plan(rig, school)
    teacher = as_teacher(rig, school)
    send(teacher, f"/conferences/{row.id}", notes="", summary="We look at signs until March.")
    agree(teacher, row.id, "Ask which sign", "guardian")
    teacher.post(f"/conferences/{row.id}/done", {"came": ["student", "teacher"], "next_on": ""})
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya))
    page = rig.open(guardian, school.course, Role.MENTOR).get().text
    assert "We look at signs until March." in page
    assert "Ask which sign" in page


def test_a9_from_the_table_to_a_goal_and_back_to_the_conference(rig: Rig, school: Math8) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    add(maya, "work", item_id=school.items["h6"].id, title="Homework 6", why="Signs again", ready="1")
    (row,) = plan(rig, school)
    turned = teacher.post("/artifacts/1/become", {"kind": "gap", "conference_id": row.id})
    assert turned.headers["Location"].endswith(f"/conferences/{row.id}#list")
    (gap,) = entries(rig)
    assert (gap.artifact_id, gap.conference_id) == (1, row.id)
    made = maya.post(f"/goals/new?gap={gap.id}", goal_fields(school))
    page = maya.follow(made).text
    assert "Homework 6" in page
    assert "From a conference" in page
    with rig.database.read() as session:
        assert session.scalars(sa.select(Goal.gap_id)).all() == [gap.id]


def test_a_noted_gap_comes_back_to_the_table(rig: Rig, school: Math8) -> None:
    (row,) = plan(rig, school)
    teacher = as_teacher(rig, school)
    path = f"/students/{school.maya.id}/add/gap?conference_id={row.id}"
    answer = send(teacher, path, text="Signs", expected="8 of 10")
    assert answer.headers["Location"].endswith(f"/conferences/{row.id}#list")
    assert "/goals/new?gap=" in teacher.get(f"/conferences/{row.id}").text
    other = make_math8(rig)
    theirs = send(teacher, f"/students/{school.maya.id}/add/gap?conference_id=999", text="x")
    assert theirs.status_code == 404
    assert as_teacher(rig, other).get(f"/conferences/{row.id}").status_code == 404


def test_the_student_undoes_what_was_agreed_for_seven_days(rig: Rig, school: Math8) -> None:
    (row,) = plan(rig, school)
    teacher = as_teacher(rig, school)
    agree(teacher, row.id, "Read every day")
    agree(teacher, row.id, "Write every day")
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    assert ben.post("/agreements/1/undo").status_code == 404
    assert teacher.post("/agreements/1/undo").status_code == 403
    assert as_maya(rig, school).post("/agreements/1/undo").status_code == 303
    assert "Read every day" not in teacher.get(f"/conferences/{row.id}").text
    rig.clock.move(days=8)
    late = as_maya(rig, school).post("/agreements/2/undo")
    assert late.status_code == 422
    assert "over a week ago" in late.text


def test_a24_what_was_agreed_is_reworded_and_nothing_is_lost(rig: Rig, school: Math8) -> None:
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    (row,) = plan(rig, school)
    agree(teacher, row.id, "Circle every minus sine")
    page = teacher.get(f"/conferences/{row.id}").text
    seen = dict(HIDDEN.findall(page))["seen"]
    with rig.database.read() as session:
        one = session.scalars(sa.select(Agreement)).one()
    path, sent = f"/agreements/{one.id}/reword", {"owner": "student", "when_words": "each homework"}
    none = teacher.post(path, {"seen": seen, "text": "", "owner": "cat"})
    assert none.status_code == 422
    assert "Write what you agree on. Choose who does it." in none.text
    assert maya.post(path, {**sent, "seen": seen, "text": "Mine"}).status_code == 403
    rig.clock.move(days=5)
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    for _twice in range(2):
        again = teacher.post(path, {**sent, "seen": seen, "text": "Circle every minus sign"})
        assert again.status_code == 303
    late = teacher.post(path, {**sent, "seen": seen, "text": "Circle all of them"})
    assert late.status_code == 409
    assert "Now it says: “Circle every minus sign”." in late.text
    assert 'value="Circle all of them"' in late.text
    rig.clock.move(days=5)
    maya, teacher = as_maya(rig, school), as_teacher(rig, school)
    own = maya.get(f"/conferences/{row.id}").text
    assert "It said before:" in own
    assert "Circle every minus sine" in own
    assert maya.post(f"/agreements/{one.id}/undo").status_code == 303  # seven days of the new words
    assert teacher.post(path, {**sent, "seen": seen, "text": "Again"}).status_code == 404


def test_a_round_shows_who_had_one_and_who_has_a_slot(rig: Rig, school: Math8) -> None:
    with rig.database.write() as session:
        factories.make_learner(session, school.course, name="Zoe Zimmer")
    teacher = as_teacher(rig, school)
    assert teacher.post("/rounds", {"kind": "start"}).status_code == 303
    assert "Look at yourself again: Start of the year" in as_maya(rig, school).get().text
    rows = plan(rig, school, school.ben, school.maya)
    with rig.database.read() as session:
        slots = session.scalars(sa.select(Conference.at).order_by(Conference.id)).all()
    assert [(at.hour, at.minute) for at in slots if at] == [(20, 30), (20, 50)], "Chicago's half past two"
    teacher.post(f"/conferences/{rows[0].id}/done", {"came": ["student"]})
    page = teacher.get("/conferences").text
    assert "1 had one, 1 have a time, 1 not yet." in page
    plan(rig, school, school.maya, first_at="2026-02-25T09:00")
    assert len(conferences(rig)) == 2, "a new time, not a second conference"
    assert teacher.post("/rounds", {"kind": "middle"}).status_code == 303
    assert "0 had one, 1 have a time, 2 not yet." in teacher.get("/conferences").text
    with rig.database.read() as session:
        kinds = session.execute(sa.select(Round.kind, Round.closed_at).order_by(Round.id)).all()
    assert [(kind, closed is not None) for kind, closed in kinds] == [("start", True), ("middle", False)]


def test_a_small_group_meets_at_one_time(rig: Rig, school: Math8) -> None:
    rows = plan(rig, school, school.ben, school.maya, together="1")
    assert rows[0].at == rows[1].at
    assert rows[0].together == rows[1].together != ""
    teacher = as_teacher(rig, school)
    page = teacher.get(f"/conferences/{rows[1].id}").text
    assert "Ben" not in page
    assert "Rose Okafor" in page  # who holds it, by name
    assert "ten or more" not in teacher.get("/conferences").text


def test_b7_a_group_of_ten_is_warned_of_before_and_after(rig: Rig, school: Math8) -> None:
    teacher = as_teacher(rig, school)
    with rig.database.write() as session:
        course = session.get_one(Context, school.course.id)
        ids = [factories.make_learner(session, course, name=f"Learner {n}").id for n in range(9)]
    sent = {
        "first_at": "2026-02-24T14:30",
        "minutes": "20",
        "person": [school.maya.id, *ids],
        "together": "1",
    }
    asked = teacher.post("/conferences", sent)
    assert asked.status_code == 422
    assert "Ten or more. In a group under ten everybody gets to speak." in asked.text
    assert asked.text.count(" checked") >= 11, "what was ticked stays"
    assert conferences(rig) == []
    again = teacher.post("/conferences", {**sent, **dict(HIDDEN.findall(asked.text))})
    assert again.status_code == 303
    assert len(conferences(rig)) == 10
    assert "A group of ten or more has one time." in teacher.get("/conferences").text
    assert teacher.post("/conferences", {**sent, "together": ""}).status_code == 303  # one after another
    assert "A group of ten or more" not in teacher.get("/conferences").text
    none = teacher.post("/rounds")
    assert none.status_code == 422
    assert "Choose which round it is." in none.text


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"person": []}, "people"),
        ({"first_at": "tomorrow"}, "first_at"),
        ({"first_at": "2031-01-01T10:00"}, "first_at"),
        ({"first_at": "2026-02-31T10:00"}, "first_at"),
        ({"minutes": "7"}, "minutes"),
        ({"minutes": "²"}, "minutes"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    rig: Rig, school: Math8, fields: dict[str, Any], place: str
) -> None:
    sent = {"first_at": "2026-02-24T14:30", "minutes": "20", "person": [school.maya.id], **fields}
    answer = as_teacher(rig, school).post("/conferences", sent)
    assert answer.status_code == 422
    assert f'id="{place}-error"' in answer.text
    assert conferences(rig) == []


@pytest.mark.parametrize("person", ["999", "-1", "x", str(10**30)])
def test_nobody_else_is_asked(rig: Rig, school: Math8, person: str) -> None:
    answer = as_teacher(rig, school).post("/conferences", {"minutes": "20", "person": [person]})
    assert answer.status_code == 404


def test_an_agreement_needs_words_and_an_owner(rig: Rig, school: Math8) -> None:
    (row,) = plan(rig, school)
    teacher = as_teacher(rig, school)
    for fields in ({"text": ""}, {"text": "x", "owner": "king"}, {"text": "x" * 4001}):
        sent = {"owner": "student", "once": "k", **fields}
        assert teacher.post(f"/conferences/{row.id}/agree", sent).status_code == 422
    late = teacher.post(f"/conferences/{row.id}/done", {"next_on": "2020-01-01"})
    assert late.status_code == 422
    assert 'id="next_on-error"' in late.text


def test_sheets_are_one_a_student_in_a_constant_number_of_statements(rig: Rig, school: Math8) -> None:
    teacher = as_teacher(rig, school)
    plan(rig, school)
    one = statements(rig, teacher, "/conferences/sheets")
    plan(rig, school, school.ben)
    with rig.database.write() as session:
        more = [factories.make_learner(session, school.course, name=f"More {n}") for n in range(4)]
    plan(rig, school, *more)
    assert statements(rig, teacher, "/conferences/sheets") == one
    page = teacher.get("/conferences/sheets").text
    assert page.count("sheet-page") == 6
    for path in ("/conferences", f"/conferences/{conferences(rig)[0].id}"):
        assert statements(rig, teacher, path) < 40


@pytest.mark.parametrize("path", ["/conferences", "/conferences/sheets"])
def test_the_courses_list_is_for_staff(rig: Rig, school: Math8, path: str) -> None:
    assert as_maya(rig, school).get(path).status_code == 403


def test_a_conference_is_its_own_students(rig: Rig, school: Math8) -> None:
    (row,) = plan(rig, school)
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    assert ben.get(f"/conferences/{row.id}").status_code == 404
    maya = as_maya(rig, school)
    assert maya.post(f"/conferences/{row.id}", {"notes": "mine", "version": "1"}).status_code == 403
    assert maya.post(f"/conferences/{row.id}/agree", {"text": "x"}).status_code == 403


def test_each_reader_finds_their_parts_and_no_draft(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    write(maya, "strength", "I keep trying")
    write(maya, "gap", "Signs")
    write(maya, "reflection", "only for me", topic="personal", share=False)
    add(maya, "text", text="A poem", title="My poem", why="It rhymes", ready="1")
    add(maya, "text", text="secret", title="A draft")
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya))
    with rig.database.write() as session:
        registration = session.get_one(Registration, school.course.registration_id)
        counselor = factories.make_person(session, registration, name="Nadia Counsel")
        boss = Actor(registration.id, school.teacher.id, Role.ADMIN, None, is_admin=True)
        assign_counselor(session, boss, counselor.id, student_id=school.maya.id, now=rig.clock())
    pages = (
        rig.open(guardian, school.course, Role.MENTOR).get(),
        rig.open(counselor, None, Role.NONE).get(f"/assigned/{school.maya.id}"),
    )
    for page in pages:
        assert page.text.index("I keep trying") < page.text.index("Signs")
        assert "It rhymes" in page.text
        assert "only for me" not in page.text
        assert "A draft" not in page.text
    assert MAY_READ["peer"] == frozenset(), "a peer mentor reads no part of it"
    own = rig.open(school.maya, None, Role.NONE).get().text
    assert "I keep trying" in own
    assert "only for me" in own


def test_a_guardian_sees_the_photo_of_a_ready_piece_and_no_other(rig: Rig, school: Math8) -> None:
    maya = as_maya(rig, school)
    add(maya, "photo", ("p.jpg", photo()), alt="A red wall", why="It is red", ready="1")
    add(maya, "photo", ("q.jpg", photo()), alt="A draft")
    add(maya, "file", ("a.pdf", PDF), why="y", ready="1")
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya))
    opened = rig.open(guardian, school.course, Role.MENTOR)
    base = f"/children/{school.course.id}/{school.maya.id}/artifacts"
    page = opened.get().text
    assert f"{base}/1/picture" in page
    assert 'alt="A red wall"' in page
    assert opened.get(f"{base}/1/picture").headers["Content-Type"] == "image/jpeg"
    download = opened.get(f"{base}/3/file")
    assert download.headers["Content-Disposition"].startswith("attachment")
    for path in ("2/picture", "3/picture", "9/picture", "1/else"):
        assert opened.get(f"{base}/{path}").status_code == 404
    other = f"/children/{school.course.id}/{school.ben.id}/artifacts/1/picture"
    assert opened.get(other).status_code == 404
