"""Requests about one's own data: asked for, seen with their deadline, answered, read by who asked."""

from __future__ import annotations

import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Person
from lti_tool.records.platform import Registration
from lti_tool.records.privacy import PrivacyRequest
from tests import factories
from tests.launch.picking import words_of
from tests.web.math8 import HOSTILE, make_math8
from tests.web.rig import Rig


def requests(rig: Rig) -> list[PrivacyRequest]:
    with rig.database.read() as session:
        return list(session.scalars(sa.select(PrivacyRequest).order_by(PrivacyRequest.id)))


def an_admin(rig: Rig, registration_id: int) -> Person:
    with rig.database.write() as session:
        return factories.make_person(session, session.get_one(Registration, registration_id), name="Ada Min")


def test_from_the_request_to_the_answer(rig: Rig) -> None:
    school = make_math8(rig)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    ada = an_admin(rig, school.course.registration_id)
    admin = rig.open(ada, None, Role.ADMIN, is_admin=True)
    assert "Nobody has asked for a copy or for erasure." in admin.get("/admin").text
    assert f"{maya.address}/privacy".removeprefix(rig.url) in maya.get().text  # found without being told
    asked = words_of(maya.follow(maya.post("/privacy", {"kind": "copy"})))
    assert "They have until Mar 23, 2026 (one month)." in asked
    assert "Schools in the US have until Apr 9, 2026 (45 days)." in asked
    maya.post("/privacy", {"kind": "erasure"})

    listed = words_of(admin.get("/admin"))
    assert "A copy for Maya" in listed
    assert "Erasure for Maya" in listed
    assert "To be answered by Mar 23, 2026 (one month, GDPR)." in listed
    assert listed.count("45 days, FERPA") == 1
    assert "Late." not in listed
    rig.clock.move(days=29)
    admin = rig.open(ada, None, Role.ADMIN, is_admin=True)
    assert words_of(admin.get("/admin")).count("Late.") == 2

    first = requests(rig)[0]
    answered = admin.post(f"/admin/privacy/{first.id}", {"note": f" Handed over on paper.\n{HOSTILE} "})
    page = admin.follow(answered)
    assert "Handed over on paper." in words_of(page)
    assert "<script>alert" not in page.text
    mine = words_of(rig.open(school.maya, school.course, Role.LEARNER).get("/privacy"))
    assert "Answered on" in mine
    assert "Handed over on paper." in mine
    assert "Ask for a copy" in mine  # and may ask again
    assert "Ask for erasure" not in mine
    rows = requests(rig)
    assert (rows[0].answered_at, rows[1].answered_at) == (rig.clock(), None)
    with rig.database.read() as session:
        act = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.act == "answered a privacy request")
        ).one()
        assert (act.subject, act.details) == (f"person:{school.maya.id}", {"request": first.id})


def test_a_note_is_needed_and_nothing_typed_is_lost(rig: Rig) -> None:
    school = make_math8(rig)
    rig.open(school.maya, school.course, Role.LEARNER).post("/privacy", {"kind": "copy"})
    admin = rig.open(an_admin(rig, school.course.registration_id), None, Role.ADMIN, is_admin=True)
    number = requests(rig)[0].id
    for typed, why in ((" \n ", "Say in a sentence"), ("x" * 1001, "longer than 1000")):
        page = admin.post(f"/admin/privacy/{number}", {"note": typed})
        assert page.status_code == 400
        assert why in page.text
        assert typed.strip() in page.text
    assert admin.post(f"/admin/privacy/{number}", {}).status_code == 400
    assert requests(rig)[0].answered_at is None
    assert admin.post(f"/admin/privacy/{number}", {"note": "Done."}).status_code == 303
    assert admin.post(f"/admin/privacy/{number}", {"note": "Other."}).status_code == 303
    assert requests(rig)[0].note == "Done."


def test_only_administrators_of_the_same_registration_answer(rig: Rig) -> None:
    school = make_math8(rig)
    rig.open(school.maya, school.course, Role.LEARNER).post("/privacy", {"kind": "copy"})
    number = requests(rig)[0].id
    for person, role in ((school.teacher, Role.STAFF), (school.maya, Role.LEARNER)):
        me = rig.open(person, school.course, role)
        assert me.post(f"/admin/privacy/{number}", {"note": "x"}).status_code == 403
    with rig.database.write() as session:
        elsewhere = factories.make_registration(session)
        stranger = factories.make_person(session, elsewhere, name="Other Admin")
        factories.make_context(session, elsewhere)
    other = rig.open(stranger, None, Role.ADMIN, is_admin=True)
    assert other.post(f"/admin/privacy/{number}", {"note": "x"}).status_code == 404
    assert other.post(f"/admin/privacy/{2**40}", {"note": "x"}).status_code == 404
    assert "Maya" not in other.get("/admin").text
