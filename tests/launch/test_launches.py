"""Launches that must be let in, from both personalities, and what is stored of them (lti.md §2)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool.launch.session import COOKIE, PLAIN
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Context, ContextService, Membership, Person, PersonAlias, ResourceLink
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.launch import LaunchSession, LoginState
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Connection, Deployment, Registration
from tests.launch.rig import Rig
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import LaunchClient
from tests.sandbox_lms.server import PracticeLms

WHO = {
    "canvas": (seed.CANVAS_COURSE, seed.CANVAS_TEACHER, seed.CANVAS_STUDENTS[0]),
    "moodle": (seed.MOODLE_COURSE, seed.MOODLE_TEACHER, seed.MOODLE_STUDENTS[0]),
}


def launch_user(page: object) -> str:
    found = re.search(r'data-launch-user="([^"]*)"', page.text)
    assert found, page.text[:500]
    return found.group(1)


@pytest.mark.parametrize("personality", ["canvas", "moodle"])
def test_teacher_and_student_come_in(rig: Rig, lms: PracticeLms, personality: str) -> None:
    world = lms.worlds[personality]
    rig.register(world)
    course, teacher, student = WHO[personality]
    for person, role in ((teacher, "staff"), (student, "learner")):
        page = LaunchClient().launch(lms.url(personality), course, person)
        assert page.status_code == 200
        assert re.fullmatch(re.escape(rig.url) + r"/s/[\w-]+/(\w+)?", page.url)
        assert launch_user(page) == world.people[person].sub
        with rig.database.read() as session:
            session_row = session.scalars(
                sa.select(LaunchSession).where(LaunchSession.sub == world.people[person].sub)
            ).one()
            assert session_row.role == role


@pytest.mark.parametrize("personality", ["canvas", "moodle"])
def test_a_launch_leaves_the_rows_that_later_work_needs(rig: Rig, lms: PracticeLms, personality: str) -> None:
    world = lms.worlds[personality]
    rig.register(world)
    course_id, _, student = WHO[personality]
    LaunchClient().launch(lms.url(personality), course_id, student)
    person_in_lms, course = world.people[student], world.courses[course_id]
    with rig.database.read() as session:
        registration = session.scalars(sa.select(Registration)).one()
        assert registration.product_family == personality
        assert registration.platform_guid
        context = session.scalars(sa.select(Context)).one()
        assert (context.lms_id, context.title) == (course.lti_id, course.title)
        assert context.lms_course_id == str(course_id)
        service = session.scalars(sa.select(ContextService)).one()
        assert service.nrps_url
        assert service.nrps_url.startswith(world.issuer)
        assert any("contextmembership" in scope for scope in service.scopes)
        assert session.scalar(sa.select(sa.func.count()).select_from(ResourceLink)) == 1
        person = session.scalars(sa.select(Person)).one()
        assert person.name == person_in_lms.full_name
        aliases = {a.kind: a.value for a in session.scalars(sa.select(PersonAlias))}
        number = "canvas_user_id" if personality == "canvas" else "moodle_id"
        assert aliases == {"sub": person_in_lms.sub, number: str(student)}
        assert session.scalars(sa.select(Membership)).one().role == "learner"
        assert session.scalars(sa.select(Plan)).one().person_id == person.id
        assert session.scalars(sa.select(Deployment)).one().frame_origins == [world.issuer]
        assert session.scalars(sa.select(AuditEntry)).one().act == "launch"
        assert session.scalars(sa.select(LoginState)).one().used_at is not None


def test_the_same_person_twice_is_one_person(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    course, _, student = WHO["moodle"]
    for _ in range(2):
        assert LaunchClient().launch(lms.url("moodle"), course, student).status_code == 200
    with rig.database.read() as session:
        for table, rows in ((Person, 1), (Membership, 1), (Plan, 1), (Context, 1), (LaunchSession, 2)):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == rows


def test_staff_have_no_plan(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    course, teacher, _ = WHO["moodle"]
    LaunchClient().launch(lms.url("moodle"), course, teacher)
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Plan)) == 0


def test_cookies_belong_to_the_launch(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    course, teacher, _ = WHO["canvas"]
    client = LaunchClient()
    answer = client.send(client.ready(lms.url("canvas"), course, teacher), follow=False)
    assert answer.status_code == 303
    path = answer.headers["Location"].rstrip("/")
    cookies = answer.raw.headers.getlist("Set-Cookie")
    ours = next(cookie for cookie in cookies if cookie.startswith("plans_launch="))
    for part in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", f"Path={path}"):
        assert part in ours, ours
    twin = next(cookie for cookie in cookies if cookie.startswith("plans_launch_plain="))
    assert "Secure" not in twin
    assert "SameSite=Lax" in twin
    secret = ours.split("=", 1)[1].split(";")[0]
    assert secret not in answer.headers["Location"]
    with rig.database.read() as session:
        assert session.scalars(sa.select(LaunchSession)).one().secret_hash != secret


def test_a_cookie_thrown_in_by_another_page_keeps_nobody_out(rig: Rig, lms: PracticeLms) -> None:
    """A page of the same host can set a cookie of our name on a shorter path; the right one still counts."""
    rig.register(lms.worlds["canvas"])
    client = LaunchClient()
    for name in (COOKIE, COOKIE + PLAIN):
        client.browser.cookies.set(name, "thrown in", domain="127.0.0.1", path="/")
    page = client.launch(lms.url("canvas"), seed.CANVAS_COURSE, seed.CANVAS_TEACHER)
    assert page.status_code == 200
    kept = [cookie for cookie in client.browser.cookies if cookie.path.startswith("/s/")]
    assert kept
    assert "thrown in" not in {cookie.value for cookie in kept}


def test_the_id_in_the_path_is_worth_nothing_alone(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    course, teacher, _ = WHO["canvas"]
    page = LaunchClient().launch(lms.url("canvas"), course, teacher)
    other = LaunchClient().browser.get(page.url, timeout=60)
    assert other.status_code == 401
    assert "data-launch-user" not in other.text


@pytest.mark.parametrize("wait", [timedelta(minutes=121), timedelta(hours=13)])
def test_a_session_ends(rig: Rig, lms: PracticeLms, wait: timedelta) -> None:
    rig.register(lms.worlds["canvas"])
    course, teacher, _ = WHO["canvas"]
    client = LaunchClient()
    page = client.launch(lms.url("canvas"), course, teacher)
    assert client.browser.get(page.url, timeout=60).status_code == 200
    rig.clock.ahead = wait
    ended = client.browser.get(page.url, timeout=60)
    assert ended.status_code == 401
    assert "open Personal Plans again" in ended.text


def test_two_people_side_by_side_in_one_browser_never_mix(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    course, teacher, student = WHO["canvas"]
    client = LaunchClient()
    first = client.launch(lms.url("canvas"), course, teacher)
    second = client.launch(lms.url("canvas"), course, student)
    subs = [launch_user(client.browser.get(page.url, timeout=60)) for page in (first, second)]
    assert subs == [lms.worlds["canvas"].people[person].sub for person in (teacher, student)]


def test_pages_may_be_framed_by_their_own_platform_only(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    course, teacher, _ = WHO["canvas"]
    page = LaunchClient().launch(lms.url("canvas"), course, teacher)
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert policy.endswith(f"frame-ancestors 'self' {lms.url('canvas')}")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "no-store"


def test_a_launch_with_old_grades_asks_for_new_ones(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    course, teacher, student = WHO["canvas"]
    client = LaunchClient()
    client.launch(lms.url("canvas"), course, teacher)
    assert rig.jobs.asked == []  # plans are not started here yet
    with rig.database.write() as session:
        context = session.scalars(sa.select(Context)).one()
        context.started_at = rig.clock()
        session.add(
            Connection(
                registration_id=context.registration_id,
                kind="canvas",
                api_url=lms.url("canvas"),
                created_at=rig.clock(),
            )
        )
    client.launch(lms.url("canvas"), course, student)
    (asked,) = rig.jobs.asked
    assert (asked["kind"], asked["trigger"]) == ("changes", "launch")
    with rig.database.write() as session:
        session.scalars(sa.select(Context)).one().grades_read_at = rig.clock()
    client.launch(lms.url("canvas"), course, teacher)
    assert len(rig.jobs.asked) == 1


def test_a_job_engine_that_fails_keeps_nobody_out(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    course, teacher, _ = WHO["canvas"]
    LaunchClient().launch(lms.url("canvas"), course, teacher)
    with rig.database.write() as session:
        context = session.scalars(sa.select(Context)).one()
        context.started_at = rig.clock()
        session.add(
            Connection(
                registration_id=context.registration_id, kind="canvas", api_url="x", created_at=rig.clock()
            )
        )
    rig.jobs.broken = True
    assert LaunchClient().launch(lms.url("canvas"), course, teacher).status_code == 200
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SyncRun)) == 0


def test_login_by_get_as_well_as_by_post(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    course, teacher, _ = WHO["moodle"]
    for method in ("get", "post"):
        client = LaunchClient()
        form = client.initiate(lms.url("moodle"), course, teacher)
        form.method = method
        answer = client.login(form)
        page = client.send(client.authorize(answer.headers["Location"]))
        assert page.status_code == 200


def test_login_without_client_id_where_the_issuer_has_one_registration(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["moodle"])
    course, teacher, _ = WHO["moodle"]
    client = LaunchClient()
    form = client.initiate(lms.url("moodle"), course, teacher)
    del form.fields["client_id"]
    assert client.login(form).status_code == 302
    rig.register(lms.worlds["moodle"])
    refused = client.login(form)
    assert refused.status_code == 400
    assert "registered more than once" in refused.text


def test_keys_rotate_at_the_platform_between_launches(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["canvas"]
    rig.register(world)
    course, teacher, _ = WHO["canvas"]
    assert LaunchClient().launch(lms.url("canvas"), course, teacher).status_code == 200
    before = sum(1 for request in world.requests if "jwks" in request["path"])
    assert LaunchClient().launch(lms.url("canvas"), course, teacher).status_code == 200
    assert sum(1 for request in world.requests if "jwks" in request["path"]) == before
    world.lti.rotate(world.now())
    early = LaunchClient().launch(lms.url("canvas"), course, teacher)
    assert early.status_code == 400  # asked for the set less than a minute ago
    rig.clock.ahead = timedelta(seconds=20)
    world.clock = rig.clock
    assert LaunchClient().launch(lms.url("canvas"), course, teacher).status_code == 400
    rig.clock.ahead = timedelta(seconds=75)
    assert LaunchClient().launch(lms.url("canvas"), course, teacher).status_code == 200
