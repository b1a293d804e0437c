"""Deep linking: what a teacher may put into a course, and what the LMS makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jwt
import pytest
import sqlalchemy as sa

from lti_tool.records.course import Context, ResourceLink
from lti_tool.records.launch import LaunchSession
from tests.launch.picking import (
    ADMIN,
    BOTH,
    DL,
    ITEMS,
    LTI,
    SETTINGS,
    STUDENTS,
    Picker,
    change_claims,
    words_of,
)
from tests.launch.rig import Rig
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import LaunchClient, read_form
from tests.sandbox_lms.server import PracticeLms


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone, to be quick: pickers store what every launch stores."""
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.mark.parametrize("personality", BOTH)
def test_the_picker_offers_the_four_parts_of_a_plan(rig: Rig, lms: PracticeLms, personality: str) -> None:
    rig.register(lms.worlds[personality])
    picker = Picker(rig, lms, personality)
    assert picker.page.status_code == 200
    words = words_of(picker.page)
    for title in ("My plan", "Check-in", "Goal-setting activity", "Portfolio", "Choose one or more"):
        assert title in words
    assert picker.page.url.endswith("/deep-linking")
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ResourceLink)) == 0


@pytest.mark.parametrize("personality", BOTH)
def test_the_lms_takes_the_signed_answer(rig: Rig, lms: PracticeLms, personality: str) -> None:
    world = lms.worlds[personality]
    tool = rig.register(world)
    answer, claims = Picker(rig, lms, personality).pick("my-plan", "goal-setting", "portfolio")
    assert answer.status_code == 200, answer.text
    assert claims["iss"] == tool.client_id
    assert claims["aud"] == world.issuer
    assert claims[LTI + "message_type"] == "LtiDeepLinkingResponse"
    assert claims[LTI + "deployment_id"] == tool.deployment_ids[0]
    assert claims[DL + "msg"] == "3 links were added."
    assert (DL + "data" in claims) == (personality == "canvas")  # echoed where it was given, else absent
    items = claims[ITEMS]
    assert [item["custom"] for item in items] == [
        {"plan_target": name} for name in ("my-plan", "goal-setting", "portfolio")
    ]
    assert {item["type"] for item in items} == {"ltiResourceLink"}
    assert {item["url"] for item in items} == {rig.url + "/lti/launch"}
    assert not any("lineItem" in item for item in items)
    assert len(world.lti.deep_linked[0]["links"]) == 3


def test_a_graded_one_brings_its_column(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["moodle"]
    rig.register(world)
    _, claims = Picker(rig, lms, "moodle").pick("check-in")
    with rig.database.read() as session:
        course = session.scalars(sa.select(Context)).one()
    assert claims[ITEMS][0]["lineItem"] == {
        "scoreMaximum": 10,
        "label": "Check-ins done",
        "tag": "personal-plans-check-ins",
        "resourceId": f"personal-plans-check-ins-{course.id}",
    }
    made = world.lti.deep_linked[0]["links"][0]
    assert world.courses[seed.MOODLE_COURSE].items[made["item_id"]].name == "Check-ins done"


@pytest.mark.parametrize(("placement", "brings"), [("link_selection", 0), ("course_assignments_menu", 1)])
def test_no_column_where_the_lms_ignores_it(rig: Rig, lms: PracticeLms, placement: str, brings: int) -> None:
    rig.register(lms.worlds["canvas"])
    picker = Picker(rig, lms, "canvas", placement=placement)
    assert ("makes no column" in words_of(picker.page)) == (not brings)
    _, claims = picker.pick("check-in")
    assert sum("lineItem" in item for item in claims[ITEMS]) == brings


def test_one_at_a_time_where_the_lms_takes_one(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    picker = Picker(rig, lms, "canvas", placement="assignment_selection")
    assert 'type="radio"' in picker.page.text
    two = picker.post("my-plan", "portfolio")
    assert two.status_code == 400
    assert "one link at a time" in words_of(two)
    answer, claims = picker.pick("portfolio")
    assert answer.status_code == 200
    assert len(claims[ITEMS]) == 1


@pytest.mark.parametrize("placement", ["homework_submission", "editor_button"])
def test_other_types_beside_ours_do_not_matter(rig: Rig, lms: PracticeLms, placement: str) -> None:
    rig.register(lms.worlds["canvas"])
    answer, _ = Picker(rig, lms, "canvas", placement=placement).pick("my-plan")
    assert answer.status_code == 200


def test_a_place_that_takes_no_links_says_so(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    picker = Picker(rig, lms, "canvas", placement="collaboration")
    for page in (picker.page, picker.post("my-plan")):
        assert "does not take links to a tool" in words_of(page)
        assert 'name="target"' not in page.text
        assert 'name="JWT"' not in page.text


@pytest.mark.parametrize(
    ("targets", "says"), [((), "Choose what to add"), (("exam",), "Choose from the list")]
)
def test_a_wrong_choice_is_said_beside_it(
    rig: Rig, lms: PracticeLms, targets: tuple[str, ...], says: str
) -> None:
    rig.register(lms.worlds["moodle"])
    page = Picker(rig, lms, "moodle").post(*targets)
    assert page.status_code == 400
    assert says in words_of(page)


@pytest.mark.parametrize("personality", BOTH)
def test_adding_nothing_gives_an_empty_list(rig: Rig, lms: PracticeLms, personality: str) -> None:
    world = lms.worlds[personality]
    rig.register(world)
    picker = Picker(rig, lms, personality)
    form_page = picker.post(cancel="1")
    assert "Nothing was added." in words_of(form_page)
    links = len(picker.course.links)
    assert picker.client.send(read_form(form_page)).status_code == 200
    assert world.lti.deep_linked[0]["items"] == []
    assert len(picker.course.links) == links


@pytest.mark.parametrize("personality", BOTH)
def test_students_do_not_pick(rig: Rig, lms: PracticeLms, personality: str) -> None:
    rig.register(lms.worlds[personality])
    picker = Picker(rig, lms, personality, person=STUDENTS[personality][0])
    assert picker.page.status_code == 403
    assert "Only teachers and administrators" in words_of(picker.page)
    with rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(LaunchSession)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Context)) == 0


@pytest.mark.parametrize("personality", BOTH)
def test_administrators_pick(rig: Rig, lms: PracticeLms, personality: str) -> None:
    rig.register(lms.worlds[personality])
    answer, _ = Picker(rig, lms, personality, person=ADMIN[personality]).pick("my-plan")
    assert answer.status_code == 200


def test_a_launch_of_the_menu_has_no_picker(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    client = LaunchClient()
    page = client.launch(lms.url("canvas"), seed.CANVAS_COURSE, seed.CANVAS_TEACHER)
    assert client.browser.get(page.url + "deep-linking", timeout=60).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://elsewhere.example/return",
        "javascript:alert(1)",
        "http://lms.example@elsewhere.example/",
        "https://lms.example@elsewhere.example/",
        "",
        None,
        7,
        "https://[bad",
        "https://lms.example/\x00",
        "data:text/html,hello",
    ],
)
def test_an_answer_goes_to_the_platform_only(rig: Rig, lms: PracticeLms, url: Any) -> None:
    rig.register(lms.worlds["canvas"])
    picker = Picker(rig, lms, "canvas", settings={"deep_link_return_url": url})
    assert picker.page.status_code == 400
    assert "What to do" in words_of(picker.page)


def test_https_elsewhere_is_the_platforms_own_business(rig: Rig, lms: PracticeLms) -> None:
    rig.register(lms.worlds["canvas"])
    url = "https://customer.example/return?a=\"><script>&b='1"
    picker = Picker(rig, lms, "canvas", settings={"deep_link_return_url": url})
    page = picker.post("my-plan")
    assert page.status_code == 200
    assert "form-action 'self' https://customer.example;" in page.headers["Content-Security-Policy"]
    assert '"><script>' not in page.text


@pytest.mark.parametrize("data", ["opaque ✓ \u202e <b>", {"a": [1, None]}, "", "x" * 20_000])
def test_data_comes_back_as_it_was(rig: Rig, lms: PracticeLms, data: Any) -> None:
    rig.register(lms.worlds["canvas"])
    form = read_form(Picker(rig, lms, "canvas", settings={"data": data}).post("my-plan"))
    assert jwt.decode(form.fields["JWT"], options={"verify_signature": False})[DL + "data"] == data


@pytest.mark.parametrize("personality", BOTH)
@pytest.mark.parametrize(
    ("target", "started", "lands", "says"),
    [
        ("my-plan", True, "/", "Hello,"),
        ("check-in", True, "/talks", "My conferences"),
        ("goal-setting", True, "/goals/new", "A new goal"),
        ("goal-setting", False, "/", "Your plan will be here"),
        ("portfolio", True, "/portfolio", "What I chose to show"),
    ],
)
def test_a_link_lands_on_its_part_of_the_plan(
    rig: Rig, lms: PracticeLms, personality: str, target: str, started: bool, lands: str, says: str
) -> None:
    world = lms.worlds[personality]
    rig.register(world)
    picker = Picker(rig, lms, personality)
    picker.pick(target)
    if started:
        with rig.database.write() as session:
            session.scalars(sa.select(Context)).one().started_at = rig.clock()
    link = world.lti.deep_linked[0]["links"][0]["link_id"]
    student = STUDENTS[personality][0]
    page = LaunchClient().launch(lms.url(personality), picker.course.id, student, link=link)
    assert page.status_code == 200
    assert page.url.split("/s/")[1].partition("/")[2] == lands.removeprefix("/")
    assert says in words_of(page)


def test_a_teacher_who_opens_such_a_link_reads_what_students_get(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["canvas"]
    rig.register(world)
    picker = Picker(rig, lms, "canvas")
    picker.pick("goal-setting")
    link = world.lti.deep_linked[0]["links"][0]["link_id"]
    page = LaunchClient().launch(lms.url("canvas"), picker.course.id, seed.CANVAS_TEACHER, link=link)
    assert "come to the page where they set a goal" in words_of(page)


def test_an_unknown_target_is_an_ordinary_launch(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["moodle"]
    rig.register(world)
    client = LaunchClient()
    form = client.ready(lms.url("moodle"), seed.MOODLE_COURSE, seed.MOODLE_STUDENTS[0])
    change_claims(world, form, lambda claims: claims[LTI + "custom"].update(plan_target="../admin"))
    page = client.send(form)
    assert page.status_code == 200
    assert page.url.endswith("/")


def test_settings_must_be_there(rig: Rig, lms: PracticeLms) -> None:
    world = lms.worlds["moodle"]
    rig.register(world)
    client = LaunchClient()
    form = client.ready(lms.url("moodle"), seed.MOODLE_COURSE, seed.MOODLE_TEACHER, message="deep-linking")
    change_claims(world, form, lambda claims: claims.pop(SETTINGS))
    assert client.send(form).status_code == 400
