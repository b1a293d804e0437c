"""Submission review and data privacy: who is shown whose plan, and what is stored about a person."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from requests import Response

from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Context, Person, PersonAlias
from lti_tool.records.privacy import PrivacyRequest
from tests.launch.picking import ADMIN, BOTH, COURSE, LTI, STUDENTS, TEACHER, change_claims, words_of
from tests.launch.rig import Rig
from tests.sandbox_lms.client import LaunchClient
from tests.sandbox_lms.server import PracticeLms


class Lms:
    """One personality, registered; launches of any message."""

    def __init__(self, rig: Rig, both: PracticeLms, personality: str) -> None:
        self.rig, self.world, self.url = rig, both.worlds[personality], both.url(personality)
        self.course = COURSE[personality]
        self.teacher, self.admin = TEACHER[personality], ADMIN[personality]
        self.students = STUDENTS[personality]
        rig.register(self.world)

    def open(
        self, person: int, message: str = "", about: int | None = None, client: LaunchClient | None = None
    ) -> Response:
        more = {"for": str(about)} if about is not None else {}
        return (client or LaunchClient()).launch(self.url, self.course, person, message=message, **more)

    def person_id(self, person: int) -> int:
        with self.rig.database.read() as session:
            query = sa.select(PersonAlias.person_id).where(PersonAlias.value == self.world.people[person].sub)
            return session.scalars(query.where(PersonAlias.kind == "sub")).one()


@pytest.fixture(params=BOTH)
def place(rig: Rig, lms: PracticeLms, request: pytest.FixtureRequest) -> Lms:
    return Lms(rig, lms, request.param)


def start(place: Lms) -> None:
    with place.rig.database.write() as session:
        session.scalars(sa.select(Context)).one().started_at = place.rig.clock()


def test_a_teacher_reviews_the_plan_of_that_student(place: Lms) -> None:
    student = place.students[0]
    place.open(student)
    start(place)
    page = place.open(place.teacher, "submission-review", student)
    assert page.status_code == 200
    assert page.url.endswith(f"/students/{place.person_id(student)}")
    assert place.world.people[student].full_name in words_of(page)


def test_a_student_reviews_their_own(place: Lms) -> None:
    student = place.students[0]
    page = place.open(student, "submission-review", student)
    assert page.status_code == 200
    assert page.url.endswith("/")


def test_a_student_does_not_review_another(place: Lms) -> None:
    one, other = place.students[:2]
    place.open(other)
    page = place.open(one, "submission-review", other)
    assert page.status_code == 403
    assert "another person’s work" in words_of(page)
    assert place.world.people[other].full_name not in page.text


def test_somebody_we_do_not_know_is_not_invented(place: Lms) -> None:
    page = place.open(place.teacher, "submission-review", place.students[5])
    assert page.status_code == 404
    assert "do not know this student" in words_of(page)
    with place.rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0


@pytest.mark.parametrize(
    "claim", [None, {}, {"user_id": ""}, {"user_id": ["a"]}, "x", {"user_id": "a" * 300}]
)
def test_a_review_without_anybody_is_refused(rig: Rig, lms: PracticeLms, claim: object) -> None:
    place = Lms(rig, lms, "moodle")
    client = LaunchClient()
    form = client.ready(
        place.url,
        place.course,
        place.teacher,
        message="submission-review",
        **{"for": str(place.students[0])},
    )
    change_claims(place.world, form, lambda claims: claims.update({LTI + "for_user": claim}))
    assert client.send(form).status_code == 400


def test_a_number_is_as_good_as_its_digits(rig: Rig, lms: PracticeLms) -> None:
    place = Lms(rig, lms, "moodle")
    student = place.students[0]
    place.open(student)
    start(place)
    client = LaunchClient()
    form = client.ready(
        place.url, place.course, place.teacher, message="submission-review", **{"for": str(student)}
    )
    change_claims(place.world, form, lambda claims: claims.update({LTI + "for_user": {"user_id": student}}))
    assert client.send(form).url.endswith(f"/students/{place.person_id(student)}")


def test_a_student_reads_what_is_stored_and_asks_for_it(place: Lms) -> None:
    student, client = place.students[0], LaunchClient()
    place.open(student)
    page = place.open(student, "data-privacy", student, client)
    assert page.status_code == 200
    assert page.url.endswith("/privacy")
    words = words_of(page)
    assert "What is stored about you" in words
    assert "Courses 1" in words
    assert "Times Personal Plans was opened 2" in words
    assert "Plans 1" in words
    for kind in ("copy", "copy", "erasure"):
        asked = client.browser.post(page.url, data={"kind": kind}, timeout=60)
        assert asked.status_code == 200
        assert "Asked for on" in words_of(asked)
    assert client.browser.post(page.url, data={"kind": "everything"}, timeout=60).status_code == 400
    with place.rig.database.read() as session:
        rows = session.scalars(sa.select(PrivacyRequest).order_by(PrivacyRequest.id)).all()
        assert [(row.kind, row.person_id, row.asked_by_id) for row in rows] == [
            (kind, place.person_id(student), place.person_id(student)) for kind in ("copy", "erasure")
        ]
        acts = session.scalars(sa.select(AuditEntry.act).where(AuditEntry.act.like("asked for%"))).all()
        assert sorted(acts) == ["asked for copy of data", "asked for erasure of data"]


def test_an_administrator_reads_what_is_stored_about_another(place: Lms) -> None:
    student, client = place.students[0], LaunchClient()
    place.open(student)
    page = place.open(place.admin, "data-privacy", student, client)
    assert page.status_code == 200
    assert f"What is stored about {place.world.people[student].full_name}" in words_of(page)
    client.browser.post(page.url, data={"kind": "erasure"}, timeout=60)
    with place.rig.database.read() as session:
        row = session.scalars(sa.select(PrivacyRequest)).one()
        assert (row.person_id, row.asked_by_id) == (place.person_id(student), place.person_id(place.admin))


def test_an_administrator_asks_about_somebody_who_was_never_here(place: Lms) -> None:
    client = LaunchClient()
    page = place.open(place.admin, "data-privacy", place.students[3], client)
    assert page.status_code == 200
    assert "Nothing is stored about this person" in words_of(page)
    assert client.browser.post(page.url, data={"kind": "copy"}, timeout=60).status_code == 404


@pytest.mark.parametrize("who", ["teacher", "student"])
def test_others_do_not_ask_about_somebody_else(place: Lms, who: str) -> None:
    about, other = place.students[:2]
    place.open(about)
    page = place.open(place.teacher if who == "teacher" else other, "data-privacy", about)
    assert page.status_code == 403
    assert "an administrator asks" in words_of(page)
    assert place.world.people[about].full_name not in page.text
