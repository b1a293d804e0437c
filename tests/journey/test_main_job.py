"""The main job with real processes, both LMSs, both databases: launch, roster, plan, goal, grades."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.journey.world import Installation, Place, launched_as, press
from tests.sandbox_lms import seed

COURSES = {"canvas": seed.CANVAS_COURSE, "moodle": seed.MOODLE_COURSE}
TEACHERS = {"canvas": seed.CANVAS_TEACHER, "moodle": seed.MOODLE_TEACHER}
STUDENTS = {"canvas": seed.CANVAS_STUDENTS, "moodle": seed.MOODLE_STUDENTS}


@pytest.fixture(scope="module", params=["canvas", "moodle"])
def place(request: pytest.FixtureRequest, installation: Installation) -> Place:
    place = Place(installation, request.param)
    place.join()
    return place


@pytest.fixture(scope="module")
def context_id(place: Place) -> str:
    return place.world.courses[COURSES[place.name]].lti_id


@pytest.fixture(scope="module")
def started(place: Place, context_id: str) -> dict[str, Any]:
    """Plans started by the teacher's click, grades connected, everything read once."""
    installation = place.installation
    client, student_page = place.launch(COURSES[place.name], STUDENTS[place.name][0])
    assert launched_as(student_page), student_page.text
    assert "Your plan will be here" in student_page.text
    assert [p["roles"] for p in installation.course(context_id)["people"]] != []
    assert len(installation.course(context_id)["people"]) == 1, "before the start only their own row exists"
    client, page = place.launch(COURSES[place.name], TEACHERS[place.name])
    assert launched_as(page)
    press(client, page, "Start plans here")
    installation.wait_for(lambda: (installation.course(context_id)["last_sync"] or {}).get("finished"))
    assert "works" in place.connect()
    installation.tool("sync", "--context", context_id, "--full", "--wait")
    return installation.course(context_id)


def test_the_roster_is_there_with_real_names(started: dict[str, Any], place: Place) -> None:
    names = {person["name"] for person in started["people"] if person["active"]}
    assert {"Ana Álvarez", "Ben & Jo Smith-Jones", "Madonna", "محمد الأحمد"} <= {
        n.removesuffix(" .") for n in names
    }
    assert len(started["people"]) >= len(STUDENTS[place.name])


def test_the_gradebook_is_there(started: dict[str, Any]) -> None:
    assert started["last_sync"]["error"] in (None, "")
    assert started["last_sync"]["requests"] > 0
    assert started["last_sync"]["rows"] > 0
    for item in started["items"]:
        assert {"id", "name", "possible", "kind"} <= set(item)
    assert len({item["id"] for item in started["items"]}) == len(started["items"])


def goal_of(course: dict[str, Any], title: str) -> dict[str, Any]:
    return next(goal for goal in course["goals"] if goal["title"] == title)


def a_column(place: Place) -> tuple[int, Decimal]:
    """An ordinary assignment of points, and what it is worth."""
    chosen = next(
        item
        for item in place.world.courses[COURSES[place.name]].items.values()
        if (item.kind, item.module, item.published) == ("points", "assign", True)
        and not (item.hidden or item.post_manually or item.tool_client_id)
    )
    return chosen.id, chosen.possible


def import_one(place: Place, context_id: str, folder: Path, person: int, item: int, title: str) -> None:
    sub = place.world.people[person].sub
    file = folder / "goals.csv"
    due = datetime.now(UTC).date() + timedelta(weeks=20)
    file.write_text(
        f'user,title,measure,items,baseline,target,due\n{sub},"{title}",average,{item},40,90,{due}\n'
    )
    said = place.installation.tool("import-goals", "--context", context_id, str(file))
    assert said.splitlines() == ["Goals proposed: 1. Each waits for its student."], "no log lines among it"


def test_a_changed_grade_moves_the_goal_and_a_hidden_one_does_not(
    started: dict[str, Any], place: Place, context_id: str, tmp_path: Path
) -> None:
    installation, person = place.installation, STUDENTS[place.name][1]
    course_id = COURSES[place.name]
    item, possible = a_column(place)
    name = place.world.courses[course_id].items[item].name
    lms_id = next(i["id"] for i in installation.course(context_id)["items"] if i["name"] == name)
    grade = {"course_id": course_id, "item_id": item, "person_id": person}
    place.control("grade", {**grade, "score": str(possible * Decimal("0.65"))})
    installation.tool("sync", "--context", context_id, "--full", "--wait")
    import_one(place, context_id, tmp_path, person, lms_id, "From 40 to 90")
    goal = goal_of(installation.course(context_id), "From 40 to 90")
    assert (goal["value"], goal["progress"], goal["status"]) == (65, 50, "waiting")

    place.control("grade", {**grade, "score": str(possible * Decimal("0.8"))})
    installation.tool("sync", "--context", context_id, "--wait")
    goal = goal_of(installation.course(context_id), "From 40 to 90")
    assert (goal["value"], goal["progress"]) == (80, 80)
    (reading,) = goal["readings"]
    assert reading["counted"] is True
    assert reading["percent"] == 80
    assert reading["graded_at"].endswith("Z")

    place.control("grade", {**grade, "score": str(possible * Decimal("0.1")), "posted": False})
    installation.tool("sync", "--context", context_id, "--full", "--wait")
    after = goal_of(installation.course(context_id), "From 40 to 90")
    assert (after["value"], after["progress"], after["status"]) == (80, 80, "waiting")
    hidden = after["readings"][-1]
    assert hidden["counted"] is False
    assert hidden["reason"] == "not posted"
    assert [hidden[k] for k in ("score", "possible", "percent", "graded_at")] == [None] * 4
    assert "10" not in {str(r["percent"]) for r in after["readings"]}


def test_the_student_sees_the_plan_and_accepts(
    started: dict[str, Any], place: Place, context_id: str
) -> None:
    person = STUDENTS[place.name][1]
    client, page = place.launch(COURSES[place.name], person)
    assert "From 40 to 90" in page.text
    accepted = press(client, page, "Yes")
    assert accepted.ok
    goal = goal_of(place.installation.course(context_id), "From 40 to 90")
    assert goal["status"] != "waiting"


def test_a_dropped_student_is_kept_and_comes_back_as_the_same_person(
    started: dict[str, Any], place: Place, context_id: str
) -> None:
    installation, person = place.installation, STUDENTS[place.name][2]
    sub = place.world.people[person].sub
    place.control("enrolment", {"course_id": COURSES[place.name], "person_id": person, "active": False})
    installation.tool("sync", "--context", context_id, "--full", "--wait")
    row = [p for p in installation.course(context_id)["people"] if p["sub"] == sub]
    assert [p["active"] for p in row] == [False]
    place.control("enrolment", {"course_id": COURSES[place.name], "person_id": person, "active": True})
    installation.tool("sync", "--context", context_id, "--full", "--wait")
    row = [p for p in installation.course(context_id)["people"] if p["sub"] == sub]
    assert [p["active"] for p in row] == [True]


def test_two_registrations_never_see_each_other(installation: Installation, place: Place) -> None:
    done = installation.run("course", "--context", "no such course", "--json")
    assert done.returncode == 1
    assert "No course" in done.stderr
    assert "Traceback" not in done.stderr


def test_logs_carry_no_secret_name_or_address(started: dict[str, Any], place: Place) -> None:
    logs = place.installation.logs()
    for secret in (seed.CANVAS_API_TOKEN, seed.MOODLE_WS_TOKEN, "Álvarez", "@example.invalid", "eyJhbGciOi"):
        assert secret not in logs


def test_doctor_is_content(started: dict[str, Any], place: Place) -> None:
    done = place.installation.run("doctor")
    assert done.returncode == 0, done.stdout
    assert "BAD" not in done.stdout


def test_register_twice_changes_nothing(started: dict[str, Any], place: Place) -> None:
    before = place.registration
    place.join()
    assert place.registration == before
    assert json.loads(place.installation.tool("activate"))["deployments"] == []
