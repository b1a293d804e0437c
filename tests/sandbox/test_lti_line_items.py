"""Line items, results and scores: own items only, addresses with a query, timestamps that must move on."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.tool import Caller
from tests.sandbox_lms import seed
from tests.sandbox_lms.paths import line_item_url, line_items_url

CONTAINER = "application/vnd.ims.lis.v2.lineitemcontainer+json"
ITEM = "application/vnd.ims.lis.v2.lineitem+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"


def course_of(caller: Caller) -> int:
    return seed.CANVAS_COURSE if caller.world.personality == "canvas" else seed.MOODLE_COURSE


def student_of(caller: Caller) -> str:
    students = seed.CANVAS_STUDENTS if caller.world.personality == "canvas" else seed.MOODLE_STUDENTS
    return caller.world.people[students[0]].sub


def make_item(caller: Caller, **more: Any) -> str:
    body = {"label": "Progress & plan", "scoreMaximum": 50, "tag": "plan", "resourceId": "r1", **more}
    answer = caller.call(
        line_items_url(caller.world, course_of(caller)),
        method="POST",
        json=body,
        headers={"Content-Type": ITEM},
        accept=None,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def under(url: str, what: str) -> str:
    """/scores and /results come before the question mark."""
    root, mark, query = url.partition("?")
    return f"{root}/{what}{mark}{query}"


def post_score(caller: Caller, item: str, **changed: Any) -> requests.Response:
    body = {
        "userId": student_of(caller),
        "scoreGiven": 40,
        "scoreMaximum": 100,
        "timestamp": "2026-01-02T03:04:05.678Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        **changed,
    }
    body = {name: value for name, value in body.items() if value is not None}
    headers = {"Content-Type": SCORE}
    return caller.call(under(item, "scores"), method="POST", json=body, headers=headers, accept=None)


def results(caller: Caller, item: str) -> list[dict[str, Any]]:
    answer = caller.call(under(item, "results"), accept=RESULTS)
    assert answer.status_code == 200
    return list(answer.json())


def test_a_tool_lists_its_own_items_only(caller: Caller) -> None:
    url = line_items_url(caller.world, course_of(caller))
    assert caller.call(url, accept=CONTAINER).json() == []
    made = make_item(caller)
    listed = caller.call(url, accept=CONTAINER).json()
    assert [(row["id"], row["label"]) for row in listed] == [(made, "Progress & plan")]


def test_a_score_is_scaled_and_comes_back(caller: Caller) -> None:
    item = make_item(caller)
    assert post_score(caller, item).status_code == 200
    row = results(caller, item)[0]
    assert (row["userId"], row["resultScore"], row["resultMaximum"]) == (student_of(caller), 20, 50)


def test_an_old_timestamp_is_a_conflict(caller: Caller) -> None:
    item = make_item(caller)
    assert post_score(caller, item).status_code == 200
    assert post_score(caller, item, scoreGiven=99).status_code == 409
    assert post_score(caller, item, timestamp="2026-01-02T03:04:05Z").status_code == 409
    assert post_score(caller, item, timestamp="2026-01-02T03:04:05.679Z").status_code == 200


def test_over_the_maximum_is_cut_and_pending_is_no_grade(caller: Caller) -> None:
    item = make_item(caller)
    post_score(caller, item, scoreGiven=500)
    assert results(caller, item)[0]["resultScore"] == 50
    pending = {"gradingProgress": "PendingManual", "timestamp": "2026-01-03T00:00:00Z"}
    post_score(caller, item, **pending)
    assert results(caller, item)[0].get("resultScore") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"userId": "nobody"},
        {"timestamp": "yesterday"},
        {"gradingProgress": None},
        {"activityProgress": "Dreaming"},
    ],
)
def test_a_bad_score_is_refused(caller: Caller, changed: dict[str, Any]) -> None:
    expected = 422 if caller.world.personality == "canvas" else 400
    assert post_score(caller, make_item(caller), **changed).status_code == expected


def test_a_teacher_gets_no_score(caller: Caller) -> None:
    teacher = seed.CANVAS_TEACHER if caller.world.personality == "canvas" else seed.MOODLE_TEACHER
    answer = post_score(caller, make_item(caller), userId=caller.world.people[teacher].sub)
    assert answer.status_code in (400, 422)


def test_canvas_hides_other_columns(canvas_tool: Caller) -> None:
    url = line_item_url(canvas_tool.world, seed.CANVAS_COURSE, 201)
    assert canvas_tool.call(url, accept=ITEM).status_code == 404
    assert canvas_tool.call(under(url, "results"), accept=RESULTS).status_code == 404
    assert post_score(canvas_tool, url).status_code == 404


def test_canvas_answers_404_for_a_concluded_course(canvas_tool: Caller) -> None:
    canvas_tool.world.courses[seed.CANVAS_COURSE].concluded = True
    url = line_items_url(canvas_tool.world, seed.CANVAS_COURSE)
    assert canvas_tool.call(url, accept=CONTAINER).status_code == 404


def test_moodle_addresses_carry_a_query(moodle_tool: Caller) -> None:
    item = make_item(moodle_tool)
    assert item.endswith("/lineitem?type_id=1")
    headers = {"Content-Type": SCORE}
    wrong = moodle_tool.call(f"{item}/scores", method="POST", json={}, headers=headers, accept=None)
    assert wrong.status_code == 400


def test_moodle_lets_a_tool_reach_a_teachers_column(moodle_tool: Caller) -> None:
    """A trap of the real one (specs/moodle.md): the tool must only use ids of its own list."""
    url = line_item_url(moodle_tool.world, seed.MOODLE_COURSE, 31)
    assert moodle_tool.call(url, accept=ITEM).json()["label"] == "Homework 1"


def test_moodle_results_crash_with_a_limit(moodle_tool: Caller) -> None:
    url = under(make_item(moodle_tool), "results") + "&limit=3"
    answer = moodle_tool.call(url, accept=RESULTS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_moodle_paged_items_have_crooked_links(moodle_tool: Caller) -> None:
    make_item(moodle_tool)
    make_item(moodle_tool, tag="two")
    url = line_items_url(moodle_tool.world, seed.MOODLE_COURSE) + "&limit=1"
    link = moodle_tool.call(url, accept=CONTAINER).headers["Link"].encode("latin-1").decode()
    assert "rel=\u201cnext\u201d" in link
    assert "&amp;from=1" in link


def test_moodle_keeps_a_teachers_override_and_fails_on_a_lock(moodle_tool: Caller) -> None:
    item = make_item(moodle_tool)
    post_score(moodle_tool, item)
    course = moodle_tool.world.courses[seed.MOODLE_COURSE]
    grade = next(g for g in course.grades.values() if g.last_score_timestamp)
    grade.overridden = True
    assert post_score(moodle_tool, item, timestamp="2026-02-01T00:00:00Z", scoreGiven=1).status_code == 200
    assert results(moodle_tool, item)[0]["resultScore"] == 20
    grade.locked = True
    assert post_score(moodle_tool, item, timestamp="2026-02-02T00:00:00Z").status_code == 500


def test_a_link_with_one_item_shows_it_at_launch(moodle_tool: Caller) -> None:
    made = make_item(moodle_tool, resourceLinkId=seed.MOODLE_LINK)
    assert made
    refused = moodle_tool.call(
        line_items_url(moodle_tool.world, seed.MOODLE_COURSE),
        method="POST",
        json={"label": "x", "scoreMaximum": 1, "resourceLinkId": "99"},
        headers={"Content-Type": ITEM},
        accept=None,
    )
    assert refused.status_code == 403
