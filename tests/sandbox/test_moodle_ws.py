"""The practice LMS's Moodle web services over HTTP: what they show, to whom, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.sandbox.door import flatten, listening, moodle
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import ApiToken, World

COURSE, TOKEN = seed.MOODLE_COURSE, seed.MOODLE_WS_TOKEN
FIRST, LAST = seed.MOODLE_STUDENTS[0], seed.MOODLE_STUDENTS[-1]
REPORT = "gradereport_user_get_grade_items"


@pytest.fixture
def world() -> World:
    return seed.seed_moodle("http://localhost")


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with listening(world) as address:
        yield address


def users(url: str, *options: tuple[str, str | int], token: str = TOKEN) -> list[dict[str, Any]]:
    asked = [{"name": name, "value": value} for name, value in options]
    found = moodle(url, token, "core_enrol_get_enrolled_users", courseid=COURSE, options=asked)
    assert isinstance(found, list), found
    return found


def report(url: str, token: str = TOKEN, **params: int) -> dict[int, dict[str, dict[str, Any]]]:
    """user id → item name → row; the course total under ""."""
    answer = moodle(url, token, REPORT, courseid=COURSE, **params)
    return {
        row["userid"]: {item["itemname"] or "": item for item in row["gradeitems"]}
        for row in answer["usergrades"]
    }


def assign_grades(url: str, *instances: int, since: int = 0) -> dict[tuple[int, int], dict[str, Any]]:
    """(assignment, user) → row."""
    answer = moodle(url, TOKEN, "mod_assign_get_grades", assignmentids=list(instances), since=since)
    return {(a["assignmentid"], row["userid"]): row for a in answer["assignments"] for row in a["grades"]}


def test_the_token_goes_in_the_body_or_the_query_never_in_a_header(url: str) -> None:
    address = f"{url}/webservice/rest/server.php"
    asked = {"wsfunction": "core_webservice_get_site_info", "moodlewsrestformat": "json"}
    in_header = requests.post(address, data=asked, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
    assert in_header.json()["errorcode"] == "invalidtoken"
    in_query = requests.get(address, params=asked | {"wstoken": TOKEN}, timeout=60)
    assert in_query.json()["userid"] == seed.MOODLE_WS_USER


def test_without_a_format_the_answer_and_the_errors_are_xml(url: str) -> None:
    address = f"{url}/webservice/rest/server.php"
    asked = {"wsfunction": "core_webservice_get_site_info", "wstoken": TOKEN}
    answer = requests.post(address, data=asked, timeout=60)
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8" ?>\n<RESPONSE>\n<SINGLE>')
    error = requests.post(address, data=asked | {"wstoken": "no"}, timeout=60)
    assert '<EXCEPTION class="moodle_exception">' in error.text


def test_site_info_names_the_functions_of_the_service(url: str) -> None:
    info = moodle(url, TOKEN, "core_webservice_get_site_info")
    assert [row["name"] for row in info["functions"]] == seed.MOODLE_FUNCTIONS


def test_debug_info_only_where_debugging_is_on(world: World, url: str) -> None:
    assert "debuginfo" not in moodle(url, TOKEN, "core_enrol_get_enrolled_users")
    world.debug = True
    assert "debuginfo" in moodle(url, TOKEN, "core_enrol_get_enrolled_users")


def test_suspended_users_come_unmarked_unless_only_active_ones_are_asked(world: World, url: str) -> None:
    world.courses[COURSE].enrolments[FIRST].active = False
    assert FIRST in {row["id"] for row in users(url)}
    assert FIRST not in {row["id"] for row in users(url, ("onlyactive", 1))}
    assert [row["id"] for row in users(url, ("onlysuspended", 1))] == [FIRST]
    assert FIRST not in report(url)


def test_users_by_pages_and_chosen_fields(url: str) -> None:
    everyone = [row["id"] for row in users(url)]
    paged: list[int] = []
    for start in range(0, len(everyone), 4):
        rows = users(url, ("limitfrom", start), ("limitnumber", 4), ("userfields", "id,roles"))
        assert {frozenset(row) for row in rows} == {frozenset({"id", "roles"})}
        paged += [row["id"] for row in rows]
    assert paged == everyone
    assert users(url, ("limitfrom", 100), ("limitnumber", 4)) == []


def test_idnumbers_and_user_names_need_a_capability(world: World, url: str) -> None:
    world.tokens["details"] = ApiToken("details", seed.MOODLE_WS_USER, extra=["moodle/user:viewalldetails"])
    assert not {"idnumber", "username"} & set(users(url)[0])
    assert {"idnumber", "username"} <= set(users(url, token="details")[0])


def test_group_and_activity_names_are_escaped_and_the_report_is_not(url: str) -> None:
    groups = moodle(url, TOKEN, "core_group_get_course_groups", courseid=COURSE)
    assert [group["name"] for group in groups] == ["Red &amp; blue", "Green"]
    raw = moodle(url, TOKEN, "core_group_get_course_groups", courseid=COURSE, moodlewssettingraw="true")
    assert [group["name"] for group in raw] == ["Red & blue", "Green"]
    found = moodle(url, TOKEN, "mod_assign_get_assignments", courseids=[COURSE], includenotenrolledcourses=1)
    assert "Reading &amp; writing" in {row["name"] for row in found["courses"][0]["assignments"]}
    assert "Reading & writing" in report(url)[FIRST]


def test_members_of_groups(url: str) -> None:
    groups = moodle(url, TOKEN, "core_group_get_course_groups", courseid=COURSE)
    members = moodle(url, TOKEN, "core_group_get_group_members", groupids=[g["id"] for g in groups])
    assert [row["userids"] for row in members] == [seed.MOODLE_STUDENTS[:5], seed.MOODLE_STUDENTS[5:]]
    assert list(report(url, groupid=groups[1]["id"])) != []
    assert set(report(url, groupid=groups[1]["id"])) == set(seed.MOODLE_STUDENTS[5:])
    gone = moodle(url, TOKEN, "core_group_get_group_members", groupids=[999])
    assert gone["errorcode"] == "invalidrecord"


def test_without_all_groups_a_token_sees_its_own_groups_without_a_word(world: World, url: str) -> None:
    course = world.courses[COURSE]
    course.groups["Red & blue"].append(seed.MOODLE_TA)
    world.tokens["ta"] = ApiToken("ta", seed.MOODLE_TA)
    world.tokens["narrow"] = ApiToken("narrow", seed.MOODLE_WS_USER, lacks=["moodle/site:accessallgroups"])
    assert set(report(url, token="ta")) == set(seed.MOODLE_STUDENTS[:5])
    assert report(url, token="narrow") == {}
    assert {row["id"] for row in users(url, token="ta")} == {*seed.MOODLE_STUDENTS[:5], seed.MOODLE_TA}


def test_assignments_of_a_course_one_is_not_enrolled_in_must_be_asked_for(world: World, url: str) -> None:
    world.tokens["teacher"] = ApiToken("teacher", seed.MOODLE_TEACHER)
    own = moodle(url, "teacher", "mod_assign_get_assignments", courseids=[COURSE])
    assert [course["id"] for course in own["courses"]] == [COURSE]
    other = moodle(url, TOKEN, "mod_assign_get_assignments", courseids=[COURSE])
    assert (other["courses"], other["warnings"][0]["warningcode"]) == ([], "2")


def test_a_scale_is_a_negative_grade_and_a_word_in_the_report(url: str) -> None:
    found = moodle(url, TOKEN, "mod_assign_get_assignments", courseids=[COURSE], includenotenrolledcourses=1)
    assert {row["name"]: row["grade"] < 0 for row in found["courses"][0]["assignments"]}["Effort"]
    rows = report(url)
    words = [rows[number]["Effort"] for number in seed.MOODLE_STUDENTS[:4]]
    assert [row["graderaw"] for row in words] == [1, 2, 3, 4]
    assert [row["gradeformatted"] for row in words] == ["Not yet", "Nearly there", "Good", "Great"]
    assert [row["percentageformatted"] for row in words][1] == "33.33 %"
    assert {(row["grademin"], row["grademax"], row["scaleid"]) for row in words} == {(1, 4, None)}


def test_assignment_grades_are_strings_of_five_places(world: World, url: str) -> None:
    world.set_score(world.courses[COURSE], 31, FIRST, Decimal("77.33"))
    assert assign_grades(url, 1)[(1, FIRST)]["grade"] == "77.33000"


def test_a_cleared_grade_is_minus_one_and_shows_in_since(world: World, url: str) -> None:
    later = world.now() + timedelta(hours=1)
    world.clock = lambda: later
    world.set_score(world.courses[COURSE], 31, FIRST, None)
    rows = assign_grades(url, 1, 2, since=int(later.timestamp()))
    assert {key: row["grade"] for key, row in rows.items()} == {(1, FIRST): "-1.00000"}


def test_since_takes_the_same_second_and_not_the_one_before(world: World, url: str) -> None:
    whole = assign_grades(url, 1)
    edge = max(row["timemodified"] for row in whole.values())
    assert assign_grades(url, 1, since=edge)
    assert assign_grades(url, 1, since=edge + 1) == {}


def test_an_override_shows_in_the_report_only(world: World, url: str) -> None:
    course = world.courses[COURSE]
    before = assign_grades(url, 1)[(1, FIRST)]
    world.grade(course, 31, FIRST).overridden = True
    world.set_score(course, 31, FIRST, Decimal(99))
    after = assign_grades(url, 1)[(1, FIRST)]
    assert after["grade"] == before["grade"]
    row = report(url, userid=FIRST)[FIRST]["Homework 1"]
    assert (row["graderaw"], row["gradeisoverridden"]) == (99, True)


def test_hidden_grades_and_hidden_columns_are_in_the_report_and_say_so(url: str) -> None:
    rows = report(url)[FIRST]
    assert (rows["Unit test"]["graderaw"], rows["Unit test"]["gradeishidden"]) == (25, True)
    assert rows["Reading & writing"]["gradeishidden"] is True
    assert rows["Homework 1"]["gradeishidden"] is False


def test_an_excluded_grade_is_dropped_and_an_absent_one_novalue(url: str) -> None:
    assert report(url)[LAST]["Homework 2"]["status"] == "dropped"
    assert report(url)[LAST]["Project"]["status"] == "novalue"
    assert report(url)[LAST]["Project"]["gradeformatted"] == "-"


def test_a_report_ends_in_the_course_total(url: str) -> None:
    answer = moodle(url, TOKEN, REPORT, courseid=COURSE, userid=FIRST)
    total = answer["usergrades"][0]["gradeitems"][-1]
    assert (total["itemtype"], total["itemname"]) == ("course", None)
    got = [
        row["graderaw"] for name, row in report(url)[FIRST].items() if name and row["graderaw"] is not None
    ]
    assert total["graderaw"] == pytest.approx(sum(got))


def test_someone_who_does_not_exist_is_an_invalid_user(url: str) -> None:
    assert moodle(url, TOKEN, REPORT, courseid=COURSE, userid=987)["errorcode"] == "invaliduser"


def test_a_student_reads_their_own_report_without_what_is_hidden(world: World, url: str) -> None:
    world.tokens["student"] = ApiToken("student", FIRST)
    assert moodle(url, "student", REPORT, courseid=COURSE)["errorcode"] == "nopermissiontoviewgrades"
    own = report(url, token="student", userid=FIRST)[FIRST]
    assert "Homework 1" in own
    assert not {"Unit test", "Reading & writing"} & set(own)


def test_a_token_that_lost_its_rights_is_told_so(world: World, url: str) -> None:
    world.tokens["blind"] = ApiToken("blind", seed.MOODLE_WS_USER, lacks=["moodle/grade:viewall"])
    assert moodle(url, "blind", REPORT, courseid=COURSE)["errorcode"] == "nopermissiontoviewgrades"
    world.tokens["grouped"] = ApiToken("grouped", seed.MOODLE_TA)
    refused = moodle(url, "grouped", "core_group_get_course_groups", courseid=COURSE)
    assert refused["errorcode"] == "nopermissions"


def test_malformed_arrays_are_invalid_parameters(url: str) -> None:
    address = f"{url}/webservice/rest/server.php"
    form = {"wstoken": TOKEN, "moodlewsrestformat": "json", "wsfunction": "mod_assign_get_grades"}
    for bad in (
        {"assignmentids": "1"},
        {"assignmentids[0][x]": "1"},
        {"assign[": "1"},
        {"assignmentids[]": "x"},
    ):
        answer = requests.post(address, data=form | bad, timeout=60)
        assert (answer.status_code, answer.json()["errorcode"]) == (200, "invalidparameter"), bad


def test_links_and_activities_are_in_the_contents(url: str) -> None:
    sections = moodle(url, TOKEN, "core_course_get_contents", courseid=COURSE)
    modules = [module for section in sections for module in section["modules"]]
    assert [(m["modname"], m["instance"]) for m in modules][:2] == [("lti", 1), ("assign", 1)]
    only = moodle(
        url,
        TOKEN,
        "core_course_get_contents",
        courseid=COURSE,
        options=[{"name": "modname", "value": "quiz"}],
    )
    assert [module["modname"] for section in only for module in section["modules"]] == ["quiz"]


def test_flattening_is_moodles() -> None:
    assert flatten({"options": [{"name": "a", "value": 1}], "ids": [4, 5]}) == {
        "options[0][name]": "a",
        "options[0][value]": "1",
        "ids[0]": "4",
        "ids[1]": "5",
    }
