"""Canvas-like refusals, throttling headers, people and courses, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.sandbox.door import all_rows, canvas, listening
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import ApiToken, Enrolment, World

COURSE = f"/courses/{seed.CANVAS_COURSE}"
REALM = 'Bearer realm="canvas-lms"'
TEACHER = seed.CANVAS_TEACHER_TOKEN


@pytest.fixture
def world() -> World:
    return seed.seed_canvas("http://localhost")


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with listening(world) as address:
        yield address


def refusal(answer: requests.Response) -> tuple[int, str | None, str]:
    return (
        answer.status_code,
        answer.headers.get("WWW-Authenticate"),
        answer.json()["errors"][0]["message"],
    )


def token(world: World, person_id: int, **more: Any) -> str:
    name = f"7~another-{len(world.tokens)}"
    world.tokens[name] = ApiToken(name, person_id, **more)
    return name


def test_dead_tokens_are_refused_with_a_challenge(world: World, url: str) -> None:
    over = token(world, seed.CANVAS_TEACHER, expires_at=world.now() - timedelta(seconds=1))
    gone = token(world, seed.CANVAS_TEACHER, revoked=True)
    for dead in ("7~unknown", over, gone):
        assert refusal(canvas(url, COURSE, dead)) == (401, REALM, "Invalid access token.")
    nobody = requests.get(f"{url}/api/v1{COURSE}", timeout=60)
    assert nobody.headers["WWW-Authenticate"] == REALM


def test_no_permission_is_refused_without_a_challenge(world: World, url: str) -> None:
    stranger = token(world, seed.CANVAS_STUDENTS[0])
    answer = canvas(url, f"/courses/{seed.CANVAS_EMPTY_COURSE}", stranger)
    assert refusal(answer) == (401, None, "user not authorized to perform that action")


def test_a_missing_scope_is_refused_without_a_challenge(world: World, url: str) -> None:
    limited = token(world, seed.CANVAS_TEACHER, scopes=["url:GET|/api/v1/courses/:id"])
    assert canvas(url, COURSE, limited).status_code == 200
    answer = canvas(url, f"{COURSE}/assignments", limited)
    assert refusal(answer) == (401, None, "Insufficient scopes on access token.")


def test_includes_are_ignored_on_a_scoped_key_that_does_not_allow_them(world: World, url: str) -> None:
    scopes = ["url:GET|/api/v1/courses/:course_id/assignment_groups"]
    for allowed in (True, False):
        limited = token(world, seed.CANVAS_TEACHER, scopes=scopes, allow_includes=allowed)
        rows = canvas(url, f"{COURSE}/assignment_groups", limited, [("include[]", "assignments")]).json()
        assert all(("assignments" in row) is allowed for row in rows)


def test_the_token_may_be_a_parameter(url: str) -> None:
    answer = requests.get(f"{url}/api/v1{COURSE}", params={"access_token": TEACHER}, timeout=60)
    assert answer.json()["id"] == seed.CANVAS_COURSE


@pytest.mark.parametrize("path", ["/courses/999", "/courses/sis_course_id:nope", "/nothing/here", "/users/9"])
def test_what_is_not_there_is_a_json_404(url: str, path: str) -> None:
    answer = canvas(url, path, TEACHER)
    assert refusal(answer) == (404, None, "The specified resource does not exist.")


def test_every_answer_says_its_cost_and_what_remains(url: str) -> None:
    for answer in (
        canvas(url, COURSE, TEACHER),
        canvas(url, "/courses/999", TEACHER),
        canvas(url, COURSE, "x"),
    ):
        assert float(answer.headers["X-Request-Cost"]) >= 0
        assert 500 < float(answer.headers["X-Rate-Limit-Remaining"]) <= 600


def test_a_course_by_each_of_its_names(world: World, url: str) -> None:
    course = world.courses[seed.CANVAS_COURSE]
    for name in (str(course.id), f"lti_context_id:{course.lti_id}", f"sis_course_id:SIS-{course.label}"):
        row = canvas(url, f"/courses/{name}", TEACHER).json()
        assert (row["id"], row["name"], row["course_code"]) == (course.id, course.title, course.label)
        assert row["time_zone"] == course.time_zone


def test_assignments_with_drafts_for_a_teacher_and_without_for_a_student(world: World, url: str) -> None:
    rows = all_rows(url, f"{COURSE}/assignments", TEACHER)
    assert {row["id"]: row["published"] for row in rows}[209] is False
    kinds = {row["id"]: (row["grading_type"], row["points_possible"]) for row in rows}
    assert kinds[204] == ("letter_grade", 100.0)
    assert kinds[206] == ("not_graded", 0.0)
    assert {row["id"] for row in rows if row["post_manually"]} == {207}
    student = token(world, seed.CANVAS_STUDENTS[0])
    assert 209 not in {row["id"] for row in all_rows(url, f"{COURSE}/assignments", student)}


def test_enrolments_one_a_section_and_current_ones_only(world: World, url: str) -> None:
    course = world.courses[seed.CANVAS_COURSE]
    first, second = seed.CANVAS_STUDENTS[:2]
    course.enrolments[first].sections = ["1", "2"]
    course.enrolments[second].active = False
    rows = all_rows(url, f"{COURSE}/enrollments", TEACHER, [("per_page", 3)])
    assert sum(row["user_id"] == first for row in rows) == 2
    assert second not in {row["user_id"] for row in rows}
    assert len({row["id"] for row in rows}) == len(rows)
    gone = all_rows(url, f"{COURSE}/enrollments", TEACHER, [("state[]", "inactive")])
    assert [row["user_id"] for row in gone] == [second]


def test_an_observer_names_the_student_observed(url: str) -> None:
    params: list[tuple[str, str | int]] = [("type[]", "ObserverEnrollment"), ("include[]", "observed_users")]
    rows = all_rows(url, f"{COURSE}/enrollments", TEACHER, params)
    assert [row["associated_user_id"] for row in rows] == [seed.CANVAS_STUDENTS[0]]
    assert rows[0]["observed_user"]["id"] == seed.CANVAS_STUDENTS[0]


def test_grades_of_an_enrolment_are_for_staff_and_oneself(world: World, url: str) -> None:
    me = seed.CANVAS_STUDENTS[0]
    rows = all_rows(url, f"{COURSE}/enrollments", token(world, me), [("type[]", "StudentEnrollment")])
    assert {row["user_id"] for row in rows if "grades" in row} == {me}


def test_the_test_student_shows_only_when_asked_for(world: World, url: str) -> None:
    test = seed.CANVAS_TEST_STUDENT
    world.courses[seed.CANVAS_COURSE].enrolments[test] = Enrolment(test, "student")
    assert test not in {row["id"] for row in all_rows(url, f"{COURSE}/users", TEACHER)}
    asked = all_rows(url, f"{COURSE}/users", TEACHER, [("include[]", "test_student"), ("include[]", "email")])
    assert test in {row["id"] for row in asked}
    assert all("email" in row for row in asked)
    types = {row["user_id"]: row["type"] for row in all_rows(url, f"{COURSE}/enrollments", TEACHER)}
    assert types[test] == "StudentViewEnrollment"


def test_profiles_and_observees(world: World, url: str) -> None:
    ana = world.people[seed.CANVAS_STUDENTS[0]]
    profile = canvas(url, f"/users/lti_1_3_id:{ana.sub}/profile", TEACHER).json()
    assert (profile["id"], profile["primary_email"]) == (ana.id, ana.email)
    assert canvas(url, "/users/self", TEACHER).json()["id"] == seed.CANVAS_TEACHER
    parent = token(world, seed.CANVAS_OBSERVER)
    assert [row["id"] for row in all_rows(url, "/users/self/observees", parent)] == [ana.id]
    stranger = canvas(url, f"/users/{seed.CANVAS_OBSERVER}/observees", token(world, ana.id))
    assert refusal(stranger)[:2] == (401, None)


def test_sections_and_groups(world: World, url: str) -> None:
    course = world.courses[seed.CANVAS_COURSE]
    course.enrolments[seed.CANVAS_STUDENTS[0]].sections = ["2"]
    course.groups = {"Red & blue": seed.CANVAS_STUDENTS[:3]}
    sections = all_rows(url, f"{COURSE}/sections", TEACHER, [("include[]", "total_students")])
    assert [row["total_students"] for row in sections] == [9, 1]
    groups = all_rows(url, f"{COURSE}/groups", TEACHER)
    assert [(row["name"], row["members_count"]) for row in groups] == [("Red & blue", 3)]
    members = all_rows(url, f"/groups/{groups[0]['id']}/users", TEACHER)
    assert [row["id"] for row in members] == seed.CANVAS_STUDENTS[:3]
