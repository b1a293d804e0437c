"""The practice LMS's Moodle answers have the shape of a real Moodle 4.2's (shared/recordings)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.door import listening, moodle
from tests.sandbox.shapes import Shape, differences, is_note, learn
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import ApiToken, World

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "moodle-4.2"
pytestmark = pytest.mark.skipif(
    not RECORDINGS.is_dir(),
    reason=f"NO RECORDINGS at {RECORDINGS}, so nothing here is compared with a real Moodle",
)
COURSE = seed.MOODLE_COURSE
DETAILS = "details"  # the name of the token that has moodle/user:viewalldetails


@pytest.fixture
def world() -> World:
    world = seed.seed_moodle("http://localhost")
    prepare(world)
    return world


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with listening(world) as address:
        yield address


def prepare(world: World) -> None:
    """Something of each sort a recording has: overridden, locked, commented, a tool's column."""
    course = world.courses[COURSE]
    first = seed.MOODLE_STUDENTS[0]
    world.grade(course, 31, first).overridden = True
    world.grade(course, 31, first).comment = "Well done"
    world.grade(course, 35, first).locked = True
    world.set_score(course, 31, seed.MOODLE_STUDENTS[1], Decimal("77.333339"))
    world.tokens[DETAILS] = ApiToken(DETAILS, seed.MOODLE_WS_USER, extra=["moodle/user:viewalldetails"])


def recorded(*names: str) -> list[Any]:
    return [json.loads((RECORDINGS / f"ws-{name}.json").read_text())["response"] for name in names]


def shape_of(*names: str) -> Shape:
    shape = Shape()
    for response in recorded(*names):
        learn(shape, response)
    return shape


CALLS: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("core_webservice_get_site_info", {}, ("site_info",)),
    (
        "core_enrol_get_enrolled_users",
        {"courseid": COURSE},
        ("enrolled_users", "enrolled_users_onlyactive", "enrolled_users_as_teacher"),
    ),
    (
        "core_enrol_get_enrolled_users",
        {
            "courseid": COURSE,
            "options": [
                {"name": "limitfrom", "value": 3},
                {"name": "limitnumber", "value": 5},
                {"name": "sortby", "value": "id"},
                {"name": "userfields", "value": "id,fullname,email,idnumber,roles,groups"},
            ],
        },
        ("enrolled_users_page",),
    ),
    ("core_group_get_course_groups", {"courseid": COURSE}, ("groups",)),
    ("core_group_get_group_members", {"groupids": [201, 202]}, ("group_members",)),
    (
        "mod_assign_get_assignments",
        {"courseids": [COURSE], "includenotenrolledcourses": 1},
        ("assignments",),
    ),
    ("mod_assign_get_assignments", {"courseids": [COURSE]}, ("assignments_not_enrolled_default",)),
    ("mod_assign_get_grades", {"assignmentids": [1, 2, 4, 6]}, ("assign_grades",)),
    (
        "mod_assign_get_grades",
        {"assignmentids": [1, 2], "since": 4_000_000_000},
        ("assign_grades_since_future",),
    ),
    ("core_course_get_contents", {"courseid": COURSE}, ("contents",)),
    (
        "core_course_get_contents",
        {"courseid": COURSE, "options": [{"name": "modname", "value": "assign"}]},
        ("contents_hidden_as_wssync",),
    ),
    ("core_grades_get_gradeitems", {"courseid": COURSE}, ("gradeitems_core",)),
    ("core_course_get_courses_by_field", {"field": "id", "value": COURSE}, ("courses_by_id",)),
    (
        "core_course_get_courses_by_field",
        {"field": "shortname", "value": "ALG1"},
        ("courses_by_shortname", "courses_by_idnumber"),
    ),
]


@pytest.mark.parametrize(("function", "params", "names"), CALLS, ids=[call[2][0] for call in CALLS])
def test_an_answer_has_the_recorded_shape(
    world: World, url: str, function: str, params: dict[str, Any], names: tuple[str, ...]
) -> None:
    world.tokens["all"] = ApiToken("all", seed.MOODLE_WS_USER)
    answer = moodle(url, "all", function, **params)
    assert answer, "an empty answer would compare with anything"
    assert list(differences(shape_of(*names), answer)) == []


def test_users_with_all_their_details(world: World, url: str) -> None:
    answer = moodle(url, DETAILS, "core_enrol_get_enrolled_users", courseid=COURSE)
    assert list(differences(shape_of("enrolled_users_viewalldetails"), answer)) == []


def test_the_order_of_keys_is_the_recorded_one(world: World, url: str) -> None:
    """Not that anyone may rely on it; it shows that the rows were written beside the recordings."""
    answer = moodle(url, seed.MOODLE_WS_TOKEN, "mod_assign_get_grades", assignmentids=[1])
    row = recorded("assign_grades")[0]["assignments"][0]["grades"][0]
    assert list(answer["assignments"][0]["grades"][0]) == list(row)


def report_shapes() -> tuple[Shape, dict[str, Shape]]:
    """(of a user's row without its items, of an item's row by its sort)."""
    user, items = Shape(), dict[str, Shape]()
    outside = json.loads((RECORDINGS / "ws-errors.json").read_text())["user_not_in_course"]["response"]
    for response in [*recorded("grade_items_all", "grade_items_user", "grade_items_group"), outside]:
        for row in response["usergrades"]:
            if is_note(row):
                continue
            learn(user, {key: value for key, value in row.items() if key != "gradeitems"})
            for item in row["gradeitems"]:
                if not is_note(item):
                    learn(items.setdefault(item["itemtype"], Shape()), item)
    return user, items


def report(url: str, **params: int) -> list[dict[str, Any]]:
    """The usergrades of one call."""
    function = "gradereport_user_get_grade_items"
    answer = moodle(url, seed.MOODLE_WS_TOKEN, function, courseid=COURSE, **params)
    assert set(answer) == set(recorded("grade_items_all")[0])
    assert answer["warnings"] == []
    assert answer["usergrades"]
    return list(answer["usergrades"])


def report_differences(row: dict[str, Any], sorts: set[str]) -> list[str]:
    user, items = report_shapes()
    found = list(differences(user, {key: value for key, value in row.items() if key != "gradeitems"}))
    for item in row["gradeitems"]:
        if item["itemtype"] in sorts:
            found += differences(items[item["itemtype"]], item, item["itemname"] or "total")
    return found


@pytest.mark.parametrize("params", [{}, {"userid": seed.MOODLE_STUDENTS[0]}, {"groupid": 202}])
def test_the_grade_report_has_the_recorded_shape(world: World, url: str, params: dict[str, int]) -> None:
    for row in report(url, **params):
        assert report_differences(row, {"mod", "manual", "course"}) == []


def test_the_grade_report_of_someone_outside_the_course_is_empty_rows(world: World, url: str) -> None:
    """Recorded for activities (the list was trimmed before its manual items)."""
    (row,) = report(url, userid=seed.MOODLE_ADMIN)
    assert report_differences(row, {"mod"}) == []
    assert {item["graderaw"] for item in row["gradeitems"]} == {None}
    assert not any("weightraw" in item or "status" in item for item in row["gradeitems"])


ERRORS: list[tuple[str, str, dict[str, Any], str]] = [
    ("bad_token", "core_webservice_get_site_info", {}, "0000"),
    ("expired_token", "core_webservice_get_site_info", {}, "expired"),
    ("no_rest_capability", "core_webservice_get_site_info", {}, "norest"),
    ("function_not_in_service", "core_enrol_get_enrolled_users", {"courseid": 2}, "tiny"),
    ("unknown_function", "core_grades_get_grades", {"courseid": 2}, "all"),
    ("invalid_course", "core_enrol_get_enrolled_users", {"courseid": 999}, "all"),
    ("invalid_course_grades", "gradereport_user_get_grade_items", {"courseid": 999}, "all"),
    ("invalid_course_contents", "core_course_get_contents", {"courseid": 999}, "all"),
    ("not_enrolled_weak", "core_enrol_get_enrolled_users", {"courseid": 2}, "weak"),
    ("grades_weak", "gradereport_user_get_grade_items", {"courseid": 2, "userid": 0}, "weak"),
    ("groups_weak", "core_group_get_course_groups", {"courseid": 2}, "weak"),
    ("assign_grades_weak", "mod_assign_get_grades", {"assignmentids": [1]}, "weak"),
    ("assignments_weak", "mod_assign_get_assignments", {"courseids": [2]}, "weak"),
    ("assignments_bad_course", "mod_assign_get_assignments", {"courseids": [2, 999]}, "all"),
    ("missing_param", "core_enrol_get_enrolled_users", {}, "all"),
    ("bad_param_type", "core_enrol_get_enrolled_users", {"courseid": "abc"}, "all"),
    ("extra_param", "core_enrol_get_enrolled_users", {"courseid": 2, "foo": 1}, "all"),
]


def weak_tokens(world: World) -> None:
    person = 999
    world.people[person] = seed._person(world, person, "Weak", "Service", "wsweak")
    tokens = [
        ApiToken("expired", seed.MOODLE_WS_USER, expires_at=world.now()),
        ApiToken("norest", seed.MOODLE_WS_USER, lacks=["webservice/rest:use"]),
        ApiToken("tiny", seed.MOODLE_WS_USER, functions=["core_webservice_get_site_info"]),
        ApiToken("weak", person, lacks=["moodle/course:view"]),
        ApiToken("all", seed.MOODLE_WS_USER),
    ]
    world.tokens |= {token.token: token for token in tokens}


@pytest.mark.parametrize(("name", "function", "params", "token"), ERRORS, ids=[e[0] for e in ERRORS])
def test_an_error_is_the_recorded_one_word_for_word(
    world: World, url: str, name: str, function: str, params: dict[str, Any], token: str
) -> None:
    weak_tokens(world)
    error = json.loads((RECORDINGS / "ws-errors.json").read_text())[name]
    assert moodle(url, token, function, **params) == error["response"]


def test_a_name_with_a_bare_less_than_fails_the_whole_report(world: World, url: str) -> None:
    world.courses[COURSE].items[32].name = "Problem set 2: x < y & z"
    error = json.loads((RECORDINGS / "ws-err-grade-items-invalidresponse.json").read_text())
    for userid in (0, seed.MOODLE_STUDENTS[0]):
        answer = moodle(
            url,
            seed.MOODLE_WS_TOKEN,
            "gradereport_user_get_grade_items",
            courseid=COURSE,
            userid=userid,
        )
        assert answer == error["response_debug_off"]
