"""The people's page, the control door, the state file, and the whole thing as a process."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from tests.demo import free_port
from tests.sandbox.tool import Caller
from tests.sandbox_lms import seed
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.store import BadState, load, save
from tests.sandbox_lms.world import World

ROOT = Path(__file__).resolve().parents[2]


def test_the_first_page_says_what_to_do_next(caller: Caller) -> None:
    url, browser = caller.world.issuer, requests.Session()
    assert "Choose who you are" in browser.get(url, timeout=60).text
    teacher = next(p for p in caller.world.people.values() if p.given_name == "Tina")
    page = browser.post(f"{url}/who", data={"person_id": teacher.id}, timeout=60)
    assert page.status_code == 200
    assert "Open Personal Plans" in page.text
    assert "Algebra I" in page.text
    assert "Léa &lt;3 Dupont" in page.text


def test_a_person_types_a_grade_and_hides_it(caller: Caller) -> None:
    canvas = caller.world.personality == "canvas"
    course_id, item, student = (
        (seed.CANVAS_COURSE, 201, seed.CANVAS_STUDENTS[0])
        if canvas
        else (seed.MOODLE_COURSE, 31, seed.MOODLE_STUDENTS[0])
    )
    url = f"{caller.world.issuer}/courses/{course_id}/gradebook"
    requests.post(url, data={f"score-{item}-{student}": "12,5", "do": "save"}, timeout=60)
    grade = caller.world.courses[course_id].grades[item, student]
    assert grade.score == Decimal("12.5")
    requests.post(url, data={"do": f"hide-{item}-{student}"}, timeout=60)
    assert (grade.posted_at is None) if canvas else grade.hidden
    requests.post(url, data={"do": f"excuse-{item}-{student}"}, timeout=60)
    assert grade.excused
    page = requests.post(url, data={f"score-{item}-{student}": "<b>ten</b>"}, timeout=60)
    assert "&lt;b&gt;ten&lt;/b&gt;” is not a number" in page.text


def test_students_come_and_go(caller: Caller) -> None:
    course_id = seed.CANVAS_COURSE if caller.world.personality == "canvas" else seed.MOODLE_COURSE
    course, url = caller.world.courses[course_id], f"{caller.world.issuer}/courses/{course_id}/people"
    before = len(course.enrolments)
    requests.post(url, data={"do": "add", "given_name": "New & bright", "family_name": ""}, timeout=60)
    assert len(course.enrolments) == before + 1
    newest = list(course.enrolments)[-1]
    requests.post(url, data={"do": "drop", "person_id": newest}, timeout=60)
    assert not course.enrolments[newest].active
    requests.post(url, data={"do": "back", "person_id": newest}, timeout=60)
    assert course.enrolments[newest].active


def test_a_fault_is_set_by_a_button_and_strikes(caller: Caller) -> None:
    url = caller.world.issuer
    requests.post(f"{url}/faults", data={"kind": "error", "service": "token"}, timeout=60)
    assert caller.ask_token().status_code == 500
    assert caller.ask_token().status_code == 200


def test_the_control_door_is_for_this_machine_only(caller: Caller) -> None:
    url = f"{caller.world.issuer}/control/rotate-keys"
    assert requests.post(url, headers={"Host": "evil.example"}, timeout=60).status_code == 403
    assert requests.post(url, timeout=60).status_code == 200


@pytest.mark.parametrize("path", ["grade", "enrolment", "faults", "sign-in", "tool", "scopes"])
def test_a_wrong_control_request_is_a_400(caller: Caller, path: str) -> None:
    url = f"{caller.world.issuer}/control/{path}"
    for body in ({}, {"course_id": "x", "person_id": None, "kind": []}, {"tool_url": 1, "bad": 2}, [1]):
        assert requests.post(url, json=body, timeout=60).status_code == 400, body


def test_control_changes_a_grade(caller: Caller) -> None:
    canvas = caller.world.personality == "canvas"
    course, item, student = (11, 202, 106) if canvas else (2, 32, 6)
    body = {"course_id": course, "item_id": item, "person_id": student, "score": 7.25, "posted": False}
    answer = requests.post(f"{caller.world.issuer}/control/grade", json=body, timeout=60)
    assert answer.status_code == 200
    assert caller.world.courses[course].grades[item, student].score == Decimal("7.25")


@pytest.mark.parametrize("make", [seed.seed_canvas, seed.seed_moodle])
def test_the_state_file_holds_everything(make: Callable[[str], World], tmp_path: Path) -> None:
    world, fresh = make("http://localhost:1"), make("http://localhost:1")
    course = next(iter(world.courses.values()))
    course.concluded = True
    course.tags = {"Teachers only"}
    next(iter(course.items.values())).only_for = set(course.enrolments)
    world.lti.signing_key()
    save(tmp_path / "state.json", {world.personality: world})
    assert load(tmp_path / "state.json", {world.personality: fresh})
    assert fresh.courses == world.courses
    assert fresh.people == world.people
    assert fresh.tokens == world.tokens
    assert fresh.lti.keys == world.lti.keys


def test_a_broken_state_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"canvas": [')
    with pytest.raises(BadState, match=r"state\.json"):
        load(tmp_path / "state.json", {"canvas": seed.seed_canvas("http://localhost:1")})


def test_it_runs_as_a_process_and_keeps_what_was_changed(tmp_path: Path) -> None:
    ports, state = (free_port(), free_port()), tmp_path / "lms.json"
    command = [sys.executable, "-m", "tests.sandbox_lms", f"--state={state}"]
    command += [f"--canvas-port={ports[0]}", f"--moodle-port={ports[1]}"]
    for expected in (None, "3"):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Practice LMS ready:")
            body = {"course_id": 2, "item_id": 36, "person_id": 8, "score": 3}
            url = f"http://localhost:{ports[1]}"
            page = requests.get(f"{url}/courses/2/gradebook", timeout=60).text
            found = re.search(r'name="score-36-8" value="([^"]*)"', page)
            assert found is not None
            assert (found[1] or None) == expected
            assert requests.post(f"{url}/control/grade", json=body, timeout=60).ok
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert "canvas" in json.loads(state.read_text())


def test_two_worlds_do_not_mix(platforms: PracticeLms) -> None:
    canvas, moodle = platforms.worlds["canvas"], platforms.worlds["moodle"]
    assert platforms.url("canvas") != platforms.url("moodle")
    assert requests.get(f"{canvas.issuer}/mod/lti/certs.php", timeout=60).status_code == 404
    assert requests.get(f"{moodle.issuer}/api/lti/security/jwks", timeout=60).status_code == 404
