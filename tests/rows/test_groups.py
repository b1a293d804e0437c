"""Groups and those who lead them: rows A20, B7 and B8 of domain.md §1."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.course import Context, Person
from lti_tool.records.group import Facilitator, GroupMember, PeerNote, SharedGoal, StudentGroup
from lti_tool.records.structure import LmsGroup, LmsGroupMember
from tests import factories
from tests.rows.people import as_student, as_teacher, refusals, send, statements, strangers
from tests.web.edge_story import plain
from tests.web.math8 import HOSTILE, Math8, add_own_goal, make_math8
from tests.web.rig import Opened, Rig
from tests.web.test_steps import fields

_forms = itertools.count(1)


@pytest.fixture
def school(rig: Rig) -> Math8:
    return make_math8(rig)


def of_course(rig: Rig, school: Math8) -> list[StudentGroup]:
    with rig.database.read() as session:
        query = sa.select(StudentGroup).where(StudentGroup.context_id == school.course.id)
        return list(session.scalars(query.order_by(StudentGroup.id)))


def make(rig: Rig, school: Math8, *people: Person, name: str = "Table 4") -> int:
    ids = [one.id for one in people or (school.maya, school.ben)]
    sent = {"name": name, "person": ids, "once": f"group-{next(_forms)}"}
    assert as_teacher(rig, school).post("/groups", sent).status_code == 303
    return of_course(rig, school)[-1].id


def named(school: Math8, rig: Rig, group: int, person: Person, **more: Any) -> None:
    answer = as_teacher(rig, school).post(f"/groups/{group}/leaders", {"person": person.id, **more})
    assert answer.status_code == 303


def goal_with_steps(rig: Rig, school: Math8) -> int:
    goal = add_own_goal(rig, school)
    maya = as_student(rig, school)
    maya.post(f"/goals/{goal}/steps/new", fields(title="Redo two problems"))
    maya.post(f"/goals/{goal}/steps/new", fields(token="b", owner="guardian", title="Quiet half hour"))
    return goal


def another_teacher(rig: Rig, school: Math8) -> tuple[Person, Opened]:
    """Somebody who teaches another course of the school, and opens the tool there."""
    with rig.database.write() as session:
        registration = session.get_one(Context, school.course.id).registration_id
        other = Context(
            registration_id=registration, lms_id="art", title="Art", created_at=rig.clock(), read_only=False
        )
        session.add(other)
        session.flush()
        person = factories.make_teacher(session, other, name="Theo Marsh")
    return person, rig.open(person, other, Role.STAFF)


def test_b7_switching_the_approach_keeps_every_group(rig: Rig, school: Math8) -> None:
    teacher, maya = as_teacher(rig, school), as_student(rig, school)
    group = make(rig, school)
    page = teacher.get("/groups").text
    assert "Table 4" in page
    assert 'value="hybrid" checked' in page, "the first group of a course that never chose makes it both"
    assert "Table 4" in maya.get("/groups").text
    for approach in ("full", "small"):
        before = members_of(rig, group)
        assert teacher.post("/groups/approach", {"approach": approach}).status_code == 303
        assert members_of(rig, group) == before
        assert "Table 4" in teacher.get("/groups").text
        assert ("Table 4" in maya.get("/groups").text) == (approach == "small")
        status = 200 if approach == "small" else 404
        assert maya.get(f"/together/{group}").status_code == status
        assert ("Table 4" in teacher.get("/board").text) == (approach == "small")
    with rig.database.write() as session:
        factories.make_learner(session, school.course, name="In No Group")
    narrowed = teacher.get(f"/board?team={group}").text
    assert "In No Group" not in narrowed
    assert "Maya Lindqvist" in narrowed
    assert "In No Group" in teacher.get("/board?team=999999").text
    assert "In no group yet:</b> <bdi>In No Group" in teacher.get("/groups").text
    assert teacher.post("/groups/approach", {"approach": "chaos"}).status_code == 404


def members_of(rig: Rig, group: int) -> list[tuple[int, Any]]:
    with rig.database.read() as session:
        query = sa.select(GroupMember.person_id, GroupMember.left_at).where(GroupMember.group_id == group)
        return [(row[0], row[1]) for row in session.execute(query.order_by(GroupMember.person_id))]


def test_b7_a_group_of_ten_is_warned_of_and_one_of_the_lms_stays_the_lmss(rig: Rig, school: Math8) -> None:
    teacher = as_teacher(rig, school)
    with rig.database.write() as session:
        more = [factories.make_learner(session, school.course, name=f"More {n}") for n in range(8)]
        theirs = LmsGroup(context_id=school.course.id, lms_id="g1", name="Blue <b>table</b>")
        session.add(theirs)
        session.flush()
        session.add(LmsGroupMember(group_id=theirs.id, person_id=school.maya.id, seen_at=rig.clock()))
    group = make(rig, school, school.maya, *more)
    warning = "Ten or more."
    assert warning not in teacher.get("/groups").text
    for _time in range(2):
        teacher.post(f"/groups/{group}/members", {"person": school.ben.id})
    assert warning in teacher.get("/groups").text
    assert len(members_of(rig, group)) == 10
    for _time in range(2):
        assert teacher.post("/groups", {"theirs": f"lms:{theirs.id}"}).status_code == 303
    assert len(of_course(rig, school)) == 2, "taken over once"
    taken = of_course(rig, school)[-1].id
    page = teacher.get(f"/groups/{taken}").text
    assert "Maya Lindqvist" in page
    assert "Blue &lt;b&gt;table" in page
    assert teacher.post(f"/groups/{taken}/members", {"person": school.ben.id}).status_code == 404
    with rig.database.write() as session:
        session.add(LmsGroupMember(group_id=theirs.id, person_id=school.ben.id, seen_at=rig.clock()))
    assert "Ben" in teacher.get(f"/groups/{taken}").text.split("Who leads it")[0]


def test_b8_a_peer_leads_with_narrow_rights_and_cannot_open_grades(rig: Rig, school: Math8) -> None:
    goal = goal_with_steps(rig, school)
    group = make(rig, school)
    named(school, rig, group, school.ben)
    ben, maya, teacher = (
        as_student(rig, school, school.ben),
        as_student(rig, school),
        as_teacher(rig, school),
    )
    teacher.post(f"/groups/{group}", {"name": "Table 4", "agenda": "Warm up\nSwap", "version": "1"})
    page = ben.get(f"/together/{group}").text
    for words in ("Warm up", "Swap", "Maya Lindqvist", "shows nothing now"):
        assert words in page
    assert "Homework average" not in page, "nothing is shown before the student shares it"
    assert maya.post(f"/together/{group}/share", {"goal": goal}).status_code == 303
    page = ben.get(f"/together/{group}").text
    assert "Homework average in Math 8 to 80" in page
    assert "Redo two problems" in page
    for words in ("Quiet half hour", "73.9", "68", "on track"):
        assert words not in plain(page), words  # an address may hold any number
    for address in ("/goals/", "/students/"):
        assert address not in page, address
    closed = [
        f"/goals/{goal}",
        f"/goals/{goal}/ways",
        f"/students/{school.maya.id}",
        f"/students/{school.maya.id}/about",
        f"/students/{school.maya.id}/portfolio",
        "/board",
        "/doubts",
        "/conferences",
        "/scores",
        f"/groups/{group}",
        "/groups/alike",
        "/notes",
        f"/check-ins/{school.maya.id}?course={school.course.id}",
    ]
    for path in closed:
        assert ben.get(path).status_code in (403, 404), path
    assert maya.post(f"/together/{group}/share", {}).status_code == 303
    assert "Homework average" not in ben.get(f"/together/{group}").text, "taken back works at once"
    with rig.database.read() as session:
        rows = session.scalars(sa.select(SharedGoal).where(SharedGoal.group_id == group)).all()
        assert [row.ended_at is not None for row in rows] == [True]
    assert ben.post(f"/together/{group}/share", {"goal": goal}).status_code == 404, "another's goal"


def test_b8_a_teacher_of_another_course_leads_until_it_ends(rig: Rig, school: Math8) -> None:
    goal = goal_with_steps(rig, school)
    group = make(rig, school, school.maya)
    person, theo = another_teacher(rig, school)
    teacher, maya = as_teacher(rig, school), as_student(rig, school)
    assert "Theo Marsh" in teacher.get(f"/groups/{group}").text
    assert theo.get(f"/together/{group}").status_code == 404
    named(school, rig, group, person, until="2026-02-24")
    maya.post(f"/together/{group}/share", {"goal": goal})
    assert "Table 4" in theo.get("/groups").text
    assert "Redo two problems" in theo.get(f"/together/{group}").text
    for path in (f"/goals/{goal}", f"/students/{school.maya.id}", f"/groups/{group}"):
        assert theo.get(path).status_code == 404, path
    rig.clock.move(days=2)
    theo = rig.open(person, rig_context(rig, person), Role.STAFF)
    assert theo.get(f"/together/{group}").status_code == 404, "the last day is over"
    named(school, rig, group, person)
    assert theo.get(f"/together/{group}").status_code == 200
    with rig.database.read() as session:
        (leading,) = session.scalars(sa.select(Facilitator).where(Facilitator.group_id == group))
    assert as_teacher(rig, school).post(f"/groups/leaders/{leading.id}/end").status_code == 303
    assert theo.get(f"/together/{group}").status_code == 404, "ended works at once"


def rig_context(rig: Rig, person: Person) -> Context:
    with rig.database.read() as session:
        found = session.scalar(
            sa.select(Context).where(
                Context.lms_id == "art", Context.registration_id == person.registration_id
            )
        )
        assert found is not None
        return found


def test_b8_b14_please_check_on_somebody_reaches_the_teachers_list(rig: Rig, school: Math8) -> None:
    group = make(rig, school)
    ben, teacher, maya = (
        as_student(rig, school, school.ben),
        as_teacher(rig, school),
        as_student(rig, school),
    )
    sent = {"about": school.maya.id, "words": HOSTILE, "once": f"note-{group}"}
    assert ben.post(f"/together/{group}/note", sent).status_code == 404, "who does not lead does not ask"
    named(school, rig, group, school.ben)
    for _time in range(2):
        assert ben.post(f"/together/{group}/note", sent).status_code == 303
    assert "1 note asks you to check" in teacher.get("/board").text
    page = teacher.get("/notes").text
    assert "<script>alert" not in page
    assert "Maya Lindqvist" in page
    assert maya.get("/notes").status_code == 403
    empty = ben.post(f"/together/{group}/note", {**sent, "words": " ", "once": "z"})
    assert empty.status_code == 422
    assert "Say what you noticed" in empty.text.split('id="words-error"')[1]
    for about in (school.ben.id, school.teacher.id, 10**30):
        assert ben.post(f"/together/{group}/note", {**sent, "about": about}).status_code == 404
    with rig.database.read() as session:
        query = sa.select(PeerNote).where(PeerNote.context_id == school.course.id)
        (note,) = session.scalars(query)
    for _time in range(2):
        assert teacher.post(f"/notes/{note.id}/settle").status_code == 303
    assert "asks you to check" not in teacher.get("/board").text
    assert "looked after on February 23" in teacher.get("/notes").text


def test_a20_students_with_goals_alike_meet_and_nobody_learns_why(rig: Rig, school: Math8) -> None:
    teacher, maya = as_teacher(rig, school), as_student(rig, school)
    goal = goal_with_steps(rig, school)
    with rig.database.write() as session:
        cleo = factories.make_learner(session, school.course, name="Cleo Park")
    for person in (school.ben, cleo):
        add_own_goal(rig, Math8(school.course, school.teacher, person, school.ben, school.items))
    page = teacher.get("/groups/alike").text
    card = page.split("Homework average in Math 8 to 80</bdi></legend>")[1].split("</fieldset>")[0]
    for name in ("Maya", "Ben", "Cleo"):
        assert name in card
    assert maya.get("/groups/alike").status_code == 403, "only staff see the finder"
    answer = send(teacher, "/groups/alike", person=[school.maya.id, cleo.id])
    assert answer.status_code == 303
    (row,) = of_course(rig, school)
    assert (row.kind, row.name) == ("session", "Session of February 23")
    assert teacher.post("/groups/approach", {"approach": "full"}).status_code == 303
    other = as_student(rig, school, cleo)
    screen = other.get(f"/together/{row.id}").text
    assert "Swap work. Read it once without a pen." in screen, "a session does not rest"
    assert "Maya Lindqvist" in screen
    for words in ("Homework", "Ben", "Redo two problems"):
        assert words not in screen, "they see each other and what is shared, and nothing else"
    maya.post(f"/together/{row.id}/share", {"goal": goal})
    assert "Redo two problems" in other.get(f"/together/{row.id}").text
    assert as_student(rig, school, school.ben).get(f"/together/{row.id}").status_code == 404
    assert teacher.post(f"/groups/{row.id}/members/{school.maya.id}/remove").status_code == 303
    assert maya.get(f"/together/{row.id}").status_code == 404
    teacher.post(f"/groups/{row.id}/members", {"person": school.maya.id})
    assert "Redo two problems" not in other.get(f"/together/{row.id}").text, "back in: shown anew or not"
    nobody = teacher.post("/groups/alike", {"once": "n"})
    assert nobody.status_code == 422
    assert "Tick at least one student." in nobody.text


def test_groups_are_closed_to_everybody_else(rig: Rig, school: Math8) -> None:
    group = make(rig, school, school.maya)
    named(school, rig, group, school.ben)
    with rig.database.read() as session:
        leading = session.scalar(sa.select(Facilitator.id).where(Facilitator.group_id == group))
    routes = {
        "pages.group": ("GET", f"/groups/{group}"),
        "pages.end_group": ("POST", f"/groups/{group}/end"),
        "pages.remove_member": ("POST", f"/groups/{group}/members/{school.maya.id}/remove"),
        "pages.name_leader": ("POST", f"/groups/{group}/leaders"),
        "pages.end_leading": ("POST", f"/groups/leaders/{leading}/end"),
        "pages.settle_note": ("POST", "/notes/999999/settle"),
        "pages.together": ("GET", f"/together/{group}"),
        "pages.ask_to_check": ("POST", f"/together/{group}/note"),
        "pages.share_with_group": ("POST", f"/together/{group}/share"),
    }
    assert refusals(rig, strangers(rig, school), routes) == []
    teacher, maya = as_teacher(rig, school), as_student(rig, school)
    for method, path in (
        ("GET", "/groups/alike"),
        ("GET", "/notes"),
        ("POST", "/groups"),
        ("POST", "/groups/approach"),
        ("POST", f"/groups/{group}/members"),
    ):
        answer = maya.get(path) if method == "GET" else maya.post(path, {})
        assert answer.status_code == 403, path
    assert teacher.post(f"/groups/{group}/leaders", {"person": school.teacher.id + 10**6}).status_code == 404
    wrong = teacher.post("/groups", {"name": " ", "once": "w"})
    assert wrong.status_code == 422
    assert "Give the group a name." in wrong.text.split('id="name-error"')[1]
    assert "Tick at least one student." in wrong.text.split('id="people-error"')[1]
    stale = teacher.post(f"/groups/{group}", {"name": "Mine", "agenda": "", "version": "7"})
    assert stale.status_code == 409
    assert "Nothing is lost" in stale.text


def test_pages_of_groups_take_a_constant_number_of_statements(rig: Rig, school: Math8) -> None:
    teacher, maya = as_teacher(rig, school), as_student(rig, school)
    goal = goal_with_steps(rig, school)
    group = make(rig, school)
    maya.post(f"/together/{group}/share", {"goal": goal})
    pages = [
        (teacher, "/groups"),
        (teacher, f"/groups/{group}"),
        (teacher, "/groups/alike"),
        (maya, "/groups"),
        (maya, f"/together/{group}"),
    ]
    before = [statements(rig, *page) for page in pages]
    with rig.database.write() as session:
        more = [factories.make_learner(session, school.course, name=f"More {n}") for n in range(4)]
    make(rig, school, school.maya, *more, name="Table 5")
    teacher.post(f"/groups/{group}/members", {"person": [one.id for one in more]})
    assert [statements(rig, *page) for page in pages] == before
    assert max(before) < 30
