"""Letting in people without an LMS account: the sheet, the door, the code, the end of it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Membership
from lti_tool.records.support import AccessGrant
from tests.web.math8 import Math8, add_own_goal, make_math8
from tests.web.rig import Opened, Rig

SAME = {"Sec-Fetch-Site": "same-origin"}
FORM = {"name": "Grandmother Inés", "reader": "guardian", "kind": "link", "days": "30"}


@pytest.fixture
def school(rig: Rig) -> Math8:
    made = make_math8(rig)
    add_own_goal(rig, made)
    return made


@pytest.fixture
def staff(rig: Rig, school: Math8) -> Opened:
    return rig.open(school.teacher, school.course, Role.STAFF)


def make(staff: Opened, school: Math8, **more: str) -> tuple[str, str]:
    """(address, code) of a new grant, read off the sheet."""
    sheet = staff.post(f"/students/{school.maya.id}/access", {**FORM, **more})
    assert sheet.status_code == 200, sheet.text[:800]
    address = re.search(r"http://127\.0\.0\.1:\d+/g/[a-z0-9]{10}", sheet.text)
    code = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b", sheet.text)
    assert address
    assert code
    return address.group(), code.group()


def typed(http: requests.Session, address: str, code: str, **more: str) -> requests.Response:
    data = {"code": code, **more}
    return http.post(address, data=data, headers=SAME, timeout=60, allow_redirects=False)


def test_the_sheet_has_the_address_as_a_picture_and_the_code_nowhere_else(
    rig: Rig, school: Math8, staff: Opened
) -> None:
    sheet = staff.post(f"/students/{school.maya.id}/access", FORM)
    assert "<svg" in sheet.text
    assert 'class="qr"' in sheet.text
    assert "style=" not in sheet.text
    code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", sheet.text)
    assert code
    again = staff.get(f"/students/{school.maya.id}/access")
    assert code.group() not in again.text
    assert "Grandmother Inés" in again.text
    with rig.database.read() as session:
        row = session.scalars(sa.select(AccessGrant)).one()
        plain = code.group().replace("-", "")
        assert plain not in " ".join(str(value) for value in vars(row).values())


def test_the_code_opens_the_plan_and_only_the_plan(rig: Rig, school: Math8, staff: Opened) -> None:
    address, code = make(staff, school)
    http = requests.Session()
    door = http.get(address, timeout=60)
    assert door.status_code == 200
    for words in ("Maya", "Math 8", "Grandmother", "Passphrase"):
        assert words not in door.text
    assert "frame-ancestors 'none'" in door.headers["Content-Security-Policy"]
    answer = typed(http, address, code.lower().replace("-", " "))
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert "SameSite=Strict" in cookie
    assert "HttpOnly" in cookie
    assert f"Path=/g/{address[-10:]}" in cookie
    page = http.get(rig.url + answer.headers["Location"], timeout=60)
    assert page.url == address + "/plan"
    assert "Homework average in Math 8 to 80" in page.text
    assert "Maya started at 68" in page.text
    assert "Ben" not in page.text
    assert "<script" not in page.text
    assert http.get(address, timeout=60).url == address + "/plan"
    with rig.database.read() as session:
        acts = session.execute(sa.select(AuditEntry.act, AuditEntry.actor_role).order_by(AuditEntry.id)).all()
    expected = [("made a guardian's grant", "staff"), ("came in by a grant", "guardian")]
    assert [tuple(row) for row in acts if "launch" not in row.act][-4:-2] == expected
    assert tuple(acts[-1]) == ("read a plan", "guardian")


def test_the_address_alone_opens_nothing(rig: Rig, school: Math8, staff: Opened) -> None:
    address, _code = make(staff, school)
    page = requests.get(address + "/plan", timeout=60)
    assert page.url == address
    assert "Maya" not in page.text
    for path in ("/g/short", "/g/AAAAAAAAAA", "/g/aaaaaaaaaa/plan/x"):
        assert requests.get(rig.url + path, timeout=60).status_code == 404
    stranger = requests.get(rig.url + "/g/aaaaaaaaaa", timeout=60)
    assert (stranger.status_code, stranger.text.replace("aaaaaaaaaa", "")) == (
        200,
        requests.get(address, timeout=60).text.replace(address[-10:], ""),
    )


def test_wrong_codes_wait_longer_each_time_and_end_the_grant(rig: Rig, school: Math8, staff: Opened) -> None:
    address, code = make(staff, school)
    http = requests.Session()
    assert typed(http, address, "wrong").status_code == 403
    assert typed(http, address, code).status_code == 429
    rig.clock.move(seconds=2)
    assert typed(http, address, "wrong again").status_code == 403
    rig.clock.move(seconds=2)
    assert typed(http, address, code).status_code == 429
    rig.clock.move(seconds=3)
    assert typed(http, address, code).status_code == 303
    for _ in range(20):
        rig.clock.move(minutes=16)
        assert typed(requests.Session(), address, "x" * 300).status_code == 403
    rig.clock.move(minutes=16)
    assert "does not work any more" in typed(requests.Session(), address, code).text


def test_many_tries_at_once_are_one(rig: Rig, school: Math8, staff: Opened) -> None:
    address, _code = make(staff, school)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: typed(requests.Session(), address, f"guess{n}"), range(24)))
    assert sorted(answer.status_code for answer in answers) == [403] + [429] * 23


def test_a_one_time_code_needs_the_passphrase_and_works_once(rig: Rig, school: Math8, staff: Opened) -> None:
    address, code = make(staff, school, kind="once", passphrase="Blue  Kettle")
    http = requests.Session()
    assert "Passphrase" in http.get(address, timeout=60).text
    assert typed(http, address, code, passphrase="red kettle").status_code == 403
    rig.clock.move(minutes=1)
    assert typed(http, address, code, passphrase="blue kettle").status_code == 303
    assert http.get(address + "/plan", timeout=60).status_code == 200
    other = typed(requests.Session(), address, code, passphrase="blue kettle")
    assert "does not work any more" in other.text
    rig.clock.move(hours=rig.settings.session_max_hours)
    assert "Maya" not in http.get(address + "/plan", timeout=60).text


def test_one_time_codes_let_in_one_of_many(rig: Rig, school: Math8, staff: Opened) -> None:
    address, code = make(staff, school, kind="once", passphrase="blue kettle")
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _n: typed(requests.Session(), address, code, passphrase="blue kettle"), range(12))
        )
    assert [answer.status_code for answer in answers].count(303) == 1


def test_ending_a_grant_closes_open_pages(rig: Rig, school: Math8, staff: Opened) -> None:
    address, code = make(staff, school)
    http = requests.Session()
    typed(http, address, code)
    with rig.database.read() as session:
        grant_id = session.scalars(sa.select(AccessGrant.id)).one()
    path = f"/students/{school.maya.id}/access/{grant_id}/end"
    assert staff.post(f"/students/{school.ben.id}/access/{grant_id}/end").status_code == 404
    assert staff.post(path).status_code == 303
    assert staff.post(path).status_code == 303
    assert http.get(address + "/plan", timeout=60).url == address
    assert typed(http, address, code).status_code == 403


def test_it_ends_on_its_day_and_by_hand(rig: Rig, school: Math8, staff: Opened) -> None:
    address, code = make(staff, school, days="7")
    http = requests.Session()
    typed(http, address, code)
    assert http.post(address + "/leave", headers=SAME, timeout=60).url == address
    assert http.get(address + "/plan", timeout=60).url == address
    typed(http, address, code)
    rig.clock.move(days=8)
    assert http.get(address + "/plan", timeout=60).url == address
    assert typed(http, address, code).status_code == 403


def test_a_registration_switched_off_closes_every_door(rig: Rig, school: Math8, staff: Opened) -> None:
    address, code = make(staff, school)
    http = requests.Session()
    typed(http, address, code)
    with rig.database.write() as session:
        session.execute(sa.text("UPDATE registration SET active = 0"))
    assert http.get(address + "/plan", timeout=60).url == address
    assert typed(http, address, code).status_code == 403


def test_another_site_cannot_post_a_code(rig: Rig, school: Math8, staff: Opened) -> None:
    address, code = make(staff, school)
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert requests.post(address, data={"code": code}, headers=headers, timeout=60).status_code == 403


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " \u200f ", "Write for whom"),
        ("kind", "forever", "Choose one of these"),
        ("days", "9999", "Choose how long"),
        ("days", "²", "Choose how long"),
        ("kind", "once", "at least 6 letters"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    rig: Rig, school: Math8, staff: Opened, field: str, value: str, words: str
) -> None:
    answer = staff.post(f"/students/{school.maya.id}/access", {**FORM, field: value})
    assert answer.status_code == 422
    assert words in answer.text
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AccessGrant)) == 0


def test_staff_of_another_course_or_school_make_and_see_none(rig: Rig, school: Math8, staff: Opened) -> None:
    make(staff, school)
    other = make_math8(rig)
    stranger = rig.open(other.teacher, other.course, Role.STAFF)
    assert stranger.get(f"/students/{school.maya.id}/access").status_code == 404
    assert stranger.post(f"/students/{school.maya.id}/access", FORM).status_code == 404
    assert staff.post(f"/students/{school.teacher.id}/access", FORM).status_code == 404
    student = rig.open(school.maya, school.course, Role.LEARNER)
    assert student.get(f"/students/{school.maya.id}/access").status_code == 403
    assert student.post(f"/students/{school.maya.id}/access", FORM).status_code == 403


def test_a_name_from_outside_is_shown_escaped_everywhere(rig: Rig, school: Math8, staff: Opened) -> None:
    hostile = "<script>alert(1)</script> & \u202e «x»"
    sheet = staff.post(f"/students/{school.maya.id}/access", {**FORM, "name": hostile})
    page = staff.get(f"/students/{school.maya.id}/access")
    for text in (sheet.text, page.text):
        assert "<script>alert(1)" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_a_student_who_left_keeps_their_plan_and_gets_no_new_sheet(
    rig: Rig, school: Math8, staff: Opened
) -> None:
    address, code = make(staff, school)
    with rig.database.write() as session:
        session.execute(
            sa.update(Membership).where(Membership.person_id == school.maya.id).values(left_at=rig.clock())
        )
    assert staff.post(f"/students/{school.maya.id}/access", FORM).status_code == 404
    http = requests.Session()
    typed(http, address, code)
    assert "is not in this course now" in http.get(address + "/plan", timeout=60).text
