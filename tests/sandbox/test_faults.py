"""The practice LMS told to fail, seen as a client sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.door import all_rows, canvas, links, listening, moodle, moodle_raw
from tests.sandbox_lms import seed
from tests.sandbox_lms.canvas_api_throttle import Throttle
from tests.sandbox_lms.world import Fault, World

PATH = f"/courses/{seed.CANVAS_COURSE}/students/submissions"
ALL = ("student_ids[]", "all")
TOKEN = seed.CANVAS_TEACHER_TOKEN


@pytest.fixture
def world() -> World:
    return seed.seed_canvas("http://localhost")


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with listening(world) as address:
        yield address


@pytest.fixture
def moodle_world() -> World:
    return seed.seed_moodle("http://localhost")


@pytest.fixture
def moodle_url(moodle_world: World) -> Iterator[str]:
    with listening(moodle_world) as address:
        yield address


def test_an_error_once_and_then_the_answer(world: World, url: str) -> None:
    world.faults.append(Fault("error", path="/students/submissions", status=502))
    assert canvas(url, PATH, TOKEN, [ALL]).status_code == 502
    assert canvas(url, PATH, TOKEN, [ALL]).status_code == 200
    assert world.faults == []


def test_an_error_on_one_page_until_it_is_taken_away(world: World, url: str) -> None:
    fault = Fault("error", path="/students/submissions", page=3, times=None)
    world.faults.append(fault)
    for _ in range(2):
        page = canvas(url, PATH, TOKEN, [ALL])
        page = canvas(url, links(page)["next"], TOKEN)
        third = links(page)["next"]
        assert [canvas(url, third, TOKEN).status_code for _ in range(2)] == [500, 500]
    world.faults.clear()
    assert canvas(url, third, TOKEN).status_code == 200


def test_other_doors_are_left_alone(world: World, url: str) -> None:
    world.faults.append(Fault("error", path="/students/submissions", times=None))
    assert canvas(url, f"/courses/{seed.CANVAS_COURSE}", TOKEN).status_code == 200


@pytest.mark.parametrize("status", [403, 429])
def test_throttled_as_canvas_does_it(world: World, url: str, status: int) -> None:
    world.faults.append(Fault("throttle", status=status))
    answer = canvas(url, PATH, TOKEN, [ALL])
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Rate-Limit-Remaining"] == "0.0"
    assert answer.text.strip() == "403 Forbidden (Rate Limit Exceeded)"
    assert "Retry-After" not in answer.headers


def test_a_throttle_may_say_when_to_come_back(world: World, url: str) -> None:
    world.faults.append(Fault("throttle", status=429, seconds=2))
    assert canvas(url, PATH, TOKEN, [ALL]).headers["Retry-After"] == "2"


def test_slow(world: World, url: str) -> None:
    world.faults.append(Fault("slow", seconds=0.3))
    start = time.monotonic()
    assert canvas(url, PATH, TOKEN, [ALL]).status_code == 200
    assert time.monotonic() - start >= 0.3


def test_a_slow_answer_holds_up_nobody_else(world: World, url: str) -> None:
    world.faults.append(Fault("slow", path="/students", seconds=60))
    with pytest.raises(requests.Timeout):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        requests.get(f"{url}/api/v1{PATH}", headers=headers, timeout=0.1)
    other = f"/courses/{seed.CANVAS_COURSE}"
    assert canvas(url, other, TOKEN).status_code == 200
    assert [row["path"] for row in world.requests] == [f"/api/v1{other}"], "the slow one is not answered yet"


def test_a_token_expires_in_the_middle(world: World, url: str) -> None:
    world.faults.append(Fault("expire_token", path="/students/submissions", page=2))
    first = canvas(url, PATH, TOKEN, [ALL])
    second = canvas(url, links(first)["next"], TOKEN)
    assert (second.status_code, second.headers["WWW-Authenticate"]) == (401, 'Bearer realm="canvas-lms"')
    assert canvas(url, PATH, TOKEN, [ALL]).status_code == 401


def test_a_body_cut_short_with_a_length_of_its_own_is_broken_json(world: World, url: str) -> None:
    world.faults.append(Fault("truncate"))
    answer = canvas(url, PATH, TOKEN, [ALL])
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises(ValueError):
        answer.json()


def test_a_body_cut_short_under_the_whole_length_is_a_broken_connection(world: World, url: str) -> None:
    world.faults.append(Fault("truncate", right_length=False))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        canvas(url, PATH, TOKEN, [ALL])


def test_html_instead_of_json(world: World, url: str) -> None:
    world.faults.append(Fault("html"))
    answer = canvas(url, PATH, TOKEN, [ALL])
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_a_huge_answer_comes_in_pieces(world: World, url: str) -> None:
    world.faults.append(Fault("huge", size=3_000_000))
    answer = canvas(url, PATH, TOKEN, [ALL])
    assert "Content-Length" not in answer.headers
    assert len(answer.content) > 3_000_000
    assert isinstance(answer.json(), list)


def test_every_answered_request_is_written_down(world: World, url: str) -> None:
    world.faults.append(Fault("error", path="/students/submissions"))
    canvas(url, PATH, TOKEN, [ALL])
    canvas(url, f"/courses/{seed.CANVAS_COURSE}", "nobody")
    rows = [(row["method"], row["path"], row["status"]) for row in world.requests]
    assert rows == [
        ("GET", f"/api/v1{PATH}", "500"),
        ("GET", f"/api/v1/courses/{seed.CANVAS_COURSE}", "401"),
    ]
    assert TOKEN not in str(world.requests)


def test_moodle_faults_by_function_and_by_page(moodle_world: World, moodle_url: str) -> None:
    moodle_world.faults.append(Fault("error", path="wsfunction=core_enrol_get_enrolled_users", page=2))
    statuses = []
    for start in (0, 5, 10):
        options = [{"name": "limitfrom", "value": start}, {"name": "limitnumber", "value": 5}]
        answer = moodle_raw(
            moodle_url,
            seed.MOODLE_WS_TOKEN,
            "core_enrol_get_enrolled_users",
            courseid=seed.MOODLE_COURSE,
            options=options,
        )
        statuses.append(answer.status_code)
    assert statuses == [200, 500, 200]
    assert {row["function"] for row in moodle_world.requests} == {"core_enrol_get_enrolled_users"}


def test_a_moodle_token_expires(moodle_world: World, moodle_url: str) -> None:
    moodle_world.faults.append(Fault("expire_token"))
    answer = moodle(moodle_url, seed.MOODLE_WS_TOKEN, "core_webservice_get_site_info")
    assert answer["errorcode"] == "accessexception"


def test_twelve_requests_at_once_are_what_an_idle_token_has_room_for() -> None:
    bucket = Throttle(clock=lambda: 0.0)
    assert [bucket.enter("token") for _ in range(13)] == [True] * 12 + [False]
    assert bucket.enter("another token")
    cost, remaining = bucket.leave("token", seconds=0.2)
    assert (cost, round(remaining)) == (0.2, 50)
    assert bucket.enter("token")


def test_one_by_one_there_is_always_room(url: str) -> None:
    assert len(all_rows(url, PATH, TOKEN, [ALL, ("per_page", 2)])) == 80
