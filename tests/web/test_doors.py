"""Who gets in where: every route is in the table, and nobody reads what is not theirs."""

from __future__ import annotations

import pytest

from lti_tool.db import Database
from lti_tool.plans.access import ROUTES, Role
from tests import factories
from tests.web.course import Course, fill, make_course
from tests.web.rig import Rig


@pytest.fixture
def course(database: Database) -> Course:
    with database.write() as session:
        made = make_course(session)
        fill(session, made)
    return made


def test_every_route_is_in_the_table_and_only_they(rig: Rig) -> None:
    endpoints = {rule.endpoint for rule in rig.app.url_map.iter_rules()}
    assert endpoints == set(ROUTES)


def test_only_doors_without_people_are_open_to_all(rig: Rig) -> None:
    for rule in rig.app.url_map.iter_rules():
        inside = rule.rule.startswith("/s/") or rule.endpoint in {"grants.plan", "grants.file"}
        assert (ROUTES[rule.endpoint] is not None) == inside, rule.rule


@pytest.mark.parametrize("role", [Role.LEARNER, Role.MENTOR, Role.NONE])
@pytest.mark.parametrize("path", ["/board", "/setup", "/admin", "/progress", "/students/{other}"])
def test_only_staff_see_the_course(rig: Rig, course: Course, role: Role, path: str) -> None:
    me, other = course.students["on_track"], course.students["off_track"]
    answer = rig.open(me, course.context, role).get(path.format(other=other.id))
    assert answer.status_code == 403
    assert other.name not in answer.text
    assert "Number" not in answer.text
    assert "not for your role" in answer.text


@pytest.mark.parametrize("role", [Role.LEARNER, Role.MENTOR, Role.NONE])
@pytest.mark.parametrize("path", ["/start", "/sync"])
def test_only_staff_start_things(rig: Rig, course: Course, role: Role, path: str) -> None:
    answer = rig.open(course.students["on_track"], course.context, role).post(path)
    assert answer.status_code == 403


def test_staff_are_not_administrators(rig: Rig, course: Course) -> None:
    assert rig.open(course.teacher, course.context, Role.STAFF).get("/admin").status_code == 403


def test_an_administrator_sees_the_set_up_and_not_the_students(rig: Rig, course: Course) -> None:
    me = rig.open(course.teacher, course.context, Role.ADMIN, is_admin=True)
    page = me.get()
    assert page.status_code == 200
    assert course.registration.issuer in page.text
    assert "Grades come from Canvas." in page.text
    assert me.get("/board").status_code == 403
    assert me.get("/setup").status_code == 200


def test_a_teacher_who_is_an_administrator_sees_both(rig: Rig, course: Course) -> None:
    me = rig.open(course.teacher, course.context, Role.STAFF, is_admin=True)
    assert "Who needs me now" in me.get().text
    assert me.get("/admin").status_code == 200


def test_the_admin_page_lists_runs_with_their_errors(rig: Rig, course: Course) -> None:
    with rig.database.write() as session:
        factories.make_run(session, course.context, state="failed", error="<b>Canvas</b> was slow.", rows=7)
        other = make_course(session)
        factories.make_run(session, other.context, error="Of another school.")
    text = rig.open(course.teacher, None, Role.ADMIN, is_admin=True).get().text
    assert "&lt;b&gt;Canvas&lt;/b&gt; was slow." in text
    assert "Of another school." not in text


def test_others_are_told_that_there_is_nothing_yet(rig: Rig, course: Course) -> None:
    page = rig.open(course.students["on_track"], course.context, Role.NONE).get()
    assert page.status_code == 200
    assert "Nothing here for you yet" in page.text


def test_outside_a_course_there_is_no_course(rig: Rig, course: Course) -> None:
    page = rig.open(course.teacher, None, Role.NONE).get()
    assert page.status_code == 200
    assert "No course here" in page.text


def test_another_browser_does_not_get_in(rig: Rig, course: Course) -> None:
    mine = rig.open(course.teacher, course.context, Role.STAFF)
    theirs = rig.open(course.students["look"], course.context, Role.LEARNER)
    stolen = theirs.http.get(mine.address + "/board", timeout=60)
    assert stolen.status_code == 401
    assert "Who needs me now" not in stolen.text


def test_a_stale_launch_says_open_it_again(rig: Rig, course: Course) -> None:
    me = rig.open(course.teacher, course.context, Role.STAFF)
    rig.clock.move(minutes=rig.settings.session_idle_minutes + 1)
    answer = me.get()
    assert answer.status_code == 401
    assert "open Personal Plans again" in answer.text
    assert "Who needs me now" not in answer.text


def test_another_site_cannot_press_our_buttons(rig: Rig, course: Course) -> None:
    me = rig.open(course.teacher, course.context, Role.STAFF)
    assert me.post("/sync", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_course_of_another_registration_is_not_found(rig: Rig, course: Course) -> None:
    with rig.database.write() as session:
        other = make_course(session)
    mixed = rig.open(course.teacher, other.context, Role.STAFF)
    for path in ("/board", "/setup"):
        assert mixed.get(path).status_code == 404
    assert mixed.post("/sync").status_code == 404
