"""Peer mentors: row B14 of domain.md §1. Both say yes, a last day, only what is shared, revoked at once."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.group import PeerMentor, PeerNote
from tests import factories
from tests.rows.people import as_student, as_teacher, refusals, statements, strangers
from tests.rows.test_groups import goal_with_steps
from tests.web.edge_story import plain
from tests.web.math8 import Math8, make_math8
from tests.web.rig import Opened, Rig


@pytest.fixture
def school(rig: Rig) -> Math8:
    return make_math8(rig)


class Elder:
    """A student of another course and grade of the same school, who opens the tool there."""

    def __init__(self, rig: Rig, school: Math8) -> None:
        with rig.database.write() as session:
            registration = session.get_one(Context, school.course.id).registration_id
            self.course = Context(
                registration_id=registration,
                lms_id="math12",
                title="Math 12",
                started_at=rig.clock(),
                created_at=rig.clock(),
            )
            session.add(self.course)
            session.flush()
            self.person: Person = factories.make_learner(session, self.course, name="Noor Haddad")
        self.rig = rig

    def opens(self) -> Opened:
        return self.rig.open(self.person, self.course, Role.LEARNER)


def ask(rig: Rig, school: Math8, who: Person, **more: Any) -> Any:
    sent = {"mentor": who.id, "mentee": school.maya.id, "until": "2026-06-12", **more}
    return as_teacher(rig, school).post("/peers", sent)


def the_pair(rig: Rig, school: Math8) -> PeerMentor:
    with rig.database.read() as session:
        query = sa.select(PeerMentor).where(PeerMentor.context_id == school.course.id)
        return session.scalars(query.order_by(PeerMentor.id.desc())).all()[0]


def test_b14_a_peer_mentor_sees_what_is_shared_and_nothing_else(rig: Rig, school: Math8) -> None:
    goal = goal_with_steps(rig, school)
    elder = Elder(rig, school)
    maya, noor = as_student(rig, school), elder.opens()
    assert ask(rig, school, elder.person).status_code == 404, "of another course, and never offered to help"
    assert noor.post("/peers/offer", {"offer": "1"}).status_code == 303
    assert "Noor Haddad (Math 12)" in as_teacher(rig, school).get("/peers").text
    for _time in range(2):
        assert ask(rig, school, elder.person).status_code == 303
    pair = the_pair(rig, school).id
    path = f"/peers/{pair}"
    assert noor.get(path).status_code == 404, "nobody said yes"
    assert noor.post(f"{path}/answer", {"yes": "1"}).status_code == 303
    assert noor.get(path).status_code == 404, "one yes is not two"
    assert maya.post(f"{path}/share", {"goal": goal}).status_code == 404, "not before one's own yes"
    assert "They would see only goals that you choose to show" in maya.get("/groups").text
    assert maya.post(f"{path}/answer", {"yes": "1"}).status_code == 303
    assert "They show nothing now" in noor.get(path).text
    assert maya.post(f"{path}/share", {"goal": goal}).status_code == 303
    page = noor.get(path).text
    for words in ("Homework average in Math 8 to 80", "Redo two problems", "Maya Lindqvist"):
        assert words in page
    for words in ("Quiet half hour", "73.9", "68", "on track"):
        assert words not in plain(page), words  # an address may hold any number
    for address in ("/goals/", "/students/"):
        assert address not in page, address
    for closed in (
        f"/goals/{goal}",
        f"/goals/{goal}/ways",
        f"/students/{school.maya.id}",
        f"/students/{school.maya.id}/about",
        f"/assigned/{school.maya.id}",
        f"/children/{school.course.id}/{school.maya.id}",
        "/board",
        "/peers",
        "/notes",
    ):
        assert noor.get(closed).status_code in (403, 404), closed
    assert noor.post(f"{path}/share", {"goal": goal}).status_code == 404
    reads = maya.get("/reads").text
    assert "peer mentor: goals that were shown" in reads
    assert "Noor Haddad" in reads


def agreed(rig: Rig, school: Math8) -> tuple[int, Opened, Opened, int]:
    """(pair, mentee, mentor, goal) where both said yes and one goal is shown; Ben mentors."""
    goal = goal_with_steps(rig, school)
    assert ask(rig, school, school.ben).status_code == 303
    pair = the_pair(rig, school).id
    maya, ben = as_student(rig, school), as_student(rig, school, school.ben)
    for one in (maya, ben):
        one.post(f"/peers/{pair}/answer", {"yes": "1"})
    maya.post(f"/peers/{pair}/share", {"goal": goal})
    assert "Redo two problems" in ben.get(f"/peers/{pair}").text
    return pair, maya, ben, goal


@pytest.mark.parametrize("who", ["mentee", "mentor", "teacher"])
def test_b14_ending_works_at_once_whoever_ends_it(rig: Rig, school: Math8, who: str) -> None:
    pair, maya, ben, goal = agreed(rig, school)
    ends = {"mentee": maya, "mentor": ben, "teacher": as_teacher(rig, school)}[who]
    assert ends.post(f"/peers/{pair}/end").status_code == 303
    assert ben.get(f"/peers/{pair}").status_code == 404
    assert maya.post(f"/peers/{pair}/share", {"goal": goal}).status_code == 404
    assert ben.post(f"/peers/{pair}/note", {"words": "x", "once": "x"}).status_code == 404
    assert ask(rig, school, school.ben).status_code == 303
    again = the_pair(rig, school)
    assert again.id != pair, "begun anew, both are asked anew"
    assert (again.mentor_yes_at, again.mentee_yes_at) == (None, None)


def test_b14_it_ends_on_its_day_and_when_one_leaves_and_a_goal_is_taken_back(rig: Rig, school: Math8) -> None:
    pair, maya, ben, _goal = agreed(rig, school)
    assert maya.post(f"/peers/{pair}/share", {}).status_code == 303
    assert "Redo two problems" not in ben.get(f"/peers/{pair}").text, "taken back works at once"
    with rig.database.write() as session:
        session.get_one(PeerMentor, pair).until = rig.clock().date()
    assert ben.get(f"/peers/{pair}").status_code == 200
    rig.clock.move(days=1)
    ben = as_student(rig, school, school.ben)
    assert ben.get(f"/peers/{pair}").status_code == 404
    assert "I mentor" not in ben.get("/groups").text
    rig.clock.move(days=-1)
    with rig.database.write() as session:
        session.execute(
            sa.update(Membership).where(Membership.person_id == school.maya.id).values(left_at=rig.clock())
        )
    assert as_student(rig, school, school.ben).get(f"/peers/{pair}").status_code == 404


def test_b14_no_is_no_and_the_mentor_tells_the_teacher(rig: Rig, school: Math8) -> None:
    pair, maya, ben, _goal = agreed(rig, school)
    sent = {"words": "She seems sad", "once": f"peer-{pair}"}
    for _time in range(2):
        assert ben.post(f"/peers/{pair}/note", sent).status_code == 303
    with rig.database.read() as session:
        query = sa.select(sa.func.count()).where(PeerNote.context_id == school.course.id)
        assert session.scalar(query) == 1
    page = as_teacher(rig, school).get("/notes").text
    assert "She seems sad" in page
    assert maya.post(f"/peers/{pair}/note", {**sent, "once": "m"}).status_code == 404
    empty = ben.post(f"/peers/{pair}/note", {"words": "", "once": "e"})
    assert empty.status_code == 422
    assert "Say what you noticed" in empty.text.split('id="words-error"')[1]
    assert maya.post(f"/peers/{pair}/end").status_code == 303
    assert ask(rig, school, school.ben).status_code == 303
    new = the_pair(rig, school).id
    assert maya.post(f"/peers/{new}/answer", {"yes": "0"}).status_code == 303
    assert ben.post(f"/peers/{new}/answer", {"yes": "1"}).status_code == 404


WRONG = [
    ({"until": "2026-02-23"}, "until", "Choose a last day within the next year."),
    ({"until": "someday"}, "until", "Choose a last day within the next year."),
    ({"until": "2036-01-01"}, "until", "Choose a last day within the next year."),
    ({"mentor": ""}, "mentor", "Choose a student."),
    ({"mentee": ""}, "mentee", "Choose a student."),
]


def test_peers_are_closed_to_everybody_else(rig: Rig, school: Math8) -> None:
    pair, maya, _ben, _goal = agreed(rig, school)
    routes = {
        "pages.mentee": ("GET", f"/peers/{pair}"),
        "pages.answer_pair": ("POST", f"/peers/{pair}/answer"),
        "pages.share_with_mentor": ("POST", f"/peers/{pair}/share"),
        "pages.end_pair": ("POST", f"/peers/{pair}/end"),
        "pages.mentor_asks_to_check": ("POST", f"/peers/{pair}/note"),
    }
    who = strangers(rig, school)
    assert refusals(rig, who, routes) == []
    assert the_pair(rig, school).ended_at is None
    for opened in (maya, *who.roles.values()):
        assert opened.get("/peers").status_code == 403
        assert opened.post("/peers", {}).status_code == 403
    assert as_teacher(rig, school).post("/peers/offer", {"offer": "1"}).status_code == 403
    for wrong, field, sentence in WRONG:
        page = ask(rig, school, school.ben, **wrong)
        assert page.status_code == 422, wrong
        assert sentence in page.text.split(f'id="{field}-error"')[1].split("</p>")[0], wrong
    assert ask(rig, school, school.maya).status_code == 422
    assert ask(rig, school, school.ben, mentee=10**9).status_code == 404


def test_pages_of_peers_take_a_constant_number_of_statements(rig: Rig, school: Math8) -> None:
    pair, maya, ben, _goal = agreed(rig, school)
    pages = [(as_teacher(rig, school), "/peers"), (maya, "/groups"), (ben, f"/peers/{pair}")]
    before = [statements(rig, *page) for page in pages]
    with rig.database.write() as session:
        more = [factories.make_learner(session, school.course, name=f"More {n}") for n in range(3)]
    for person in more:
        assert ask(rig, school, person).status_code == 303
    assert [statements(rig, *page) for page in pages] == before
    assert max(before) < 30
