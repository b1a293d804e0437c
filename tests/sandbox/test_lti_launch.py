"""The practice platform's authorization endpoint: all that is asked for, nothing that is not."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
import requests

from tests.sandbox.tool import Caller, claims_of
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import Form, LaunchClient
from tests.sandbox_lms.world import World

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
REQUIRED = ["scope", "response_type", "response_mode", "prompt", "nonce", "login_hint"]


def course_of(world: World) -> int:
    return seed.CANVAS_COURSE if world.personality == "canvas" else seed.MOODLE_COURSE


def teacher_of(world: World) -> int:
    return seed.CANVAS_TEACHER if world.personality == "canvas" else seed.MOODLE_TEACHER


def start(caller: Caller, browser: LaunchClient, person: int | None = None) -> Form:
    world = caller.world
    return browser.initiate(world.issuer, course_of(world), person or teacher_of(world))


def claims_for(caller: Caller, person: int | None = None) -> dict[str, object]:
    browser = LaunchClient()
    form = browser.authorize(caller.auth_url(start(caller, browser, person)))
    return claims_of(form.fields["id_token"])


def test_a_right_request_gets_a_signed_id_token(caller: Caller) -> None:
    browser = LaunchClient()
    form = browser.authorize(caller.auth_url(start(caller, browser), nonce="my nonce"))
    assert form.action == caller.tool.redirect_uris[0]
    assert form.method == "post"
    assert form.fields["state"] == "the-state"
    key = jwt.PyJWKClient(caller.doors.jwks_url).get_signing_key_from_jwt(form.fields["id_token"])
    claims = jwt.decode(
        form.fields["id_token"],
        key,
        algorithms=["RS256"],
        audience=caller.tool.client_id,
        issuer=caller.world.issuer,
    )
    assert claims["nonce"] == "my nonce"
    assert claims["exp"] - claims["iat"] == (3600 if caller.world.personality == "canvas" else 60)


@pytest.mark.parametrize("name", REQUIRED)
def test_each_parameter_is_required(caller: Caller, name: str) -> None:
    browser = LaunchClient()
    initiation = start(caller, browser)
    form = browser.authorize(caller.auth_url(initiation, **{name: None}))
    assert "id_token" not in form.fields
    assert form.fields["error"]
    assert form.action == caller.tool.redirect_uris[0]
    assert form.fields["state"] == "the-state"


@pytest.mark.parametrize("name", ["scope", "response_type", "response_mode", "prompt", "login_hint"])
def test_a_wrong_value_is_refused(caller: Caller, name: str) -> None:
    browser = LaunchClient()
    form = browser.authorize(caller.auth_url(start(caller, browser), **{name: "something-else"}))
    assert "id_token" not in form.fields
    assert form.fields["error"]


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": None},
        {"redirect_uri": "http://127.0.0.1:1/elsewhere"},
        {"lti_message_hint": None},
        {"lti_message_hint": "made up"},
        {"lti_message_hint": '{"cmid":26,"launchid":"made up"}'},
    ],
)
def test_what_cannot_be_trusted_is_an_error_page_and_no_redirect(
    caller: Caller, changed: dict[str, str | None]
) -> None:
    browser = LaunchClient()
    answer = browser.browser.get(caller.auth_url(start(caller, browser), **changed), timeout=60)
    assert answer.status_code == 400
    assert "<form" not in answer.text


def test_a_redirect_uri_matches_to_the_last_letter(caller: Caller) -> None:
    browser = LaunchClient()
    uri = caller.tool.redirect_uris[0]
    for close in (uri + "/", uri.upper(), uri.replace("127.0.0.1", "localhost")):
        url = caller.auth_url(start(caller, browser), redirect_uri=close)
        assert browser.browser.get(url, timeout=60).status_code == 400


def test_a_message_hint_works_once(caller: Caller) -> None:
    browser = LaunchClient()
    initiation = start(caller, browser)
    assert "id_token" in browser.authorize(caller.auth_url(initiation)).fields
    again = browser.browser.get(caller.auth_url(initiation), timeout=60)
    assert "id_token" not in again.text
    expected = "launch_no_longer_valid" if caller.world.personality == "canvas" else "Invalid request"
    assert expected in again.text


def test_a_message_hint_lives_five_minutes(caller: Caller) -> None:
    browser = LaunchClient()
    initiation = start(caller, browser)
    real = caller.world.clock
    caller.world.clock = lambda: real() + timedelta(minutes=5, seconds=1)
    assert "id_token" not in browser.browser.get(caller.auth_url(initiation), timeout=60).text


def test_another_browser_cannot_take_a_launch_over(caller: Caller) -> None:
    initiation = start(caller, LaunchClient())
    form = LaunchClient().authorize(caller.auth_url(initiation))
    expected = "login_required" if caller.world.personality == "canvas" else "access_denied"
    assert form.fields["error"] == expected


def test_a_tool_switched_off_gets_no_launch(caller: Caller) -> None:
    browser = LaunchClient()
    initiation = start(caller, browser)
    caller.tool.active = False
    assert browser.authorize(caller.auth_url(initiation)).fields["error"] == "unauthorized_client"


def test_canvas_initiation_has_its_extra_parameters(canvas_tool: Caller) -> None:
    form = start(canvas_tool, LaunchClient())
    assert form.method == "post"
    assert set(form.fields) == {
        *("iss", "login_hint", "client_id", "deployment_id", "target_link_uri", "lti_message_hint"),
        *("canvas_region", "canvas_environment", "lti_storage_target"),
    }


def test_canvas_claims(canvas_tool: Caller) -> None:
    claims = claims_for(canvas_tool)
    world = canvas_tool.world
    assert claims["azp"] == claims["aud"] == canvas_tool.tool.client_id
    assert claims["sub"] == world.people[seed.CANVAS_TEACHER].sub
    custom = claims[LTI + "custom"]
    assert custom["canvas_user_id"] == seed.CANVAS_TEACHER
    assert custom["canvas_course_id"] == seed.CANVAS_COURSE
    assert custom["canvas_api_base"] == world.issuer
    assert custom["not_known_here"] == "$No.such.variable"
    assert claims[LTI + "launch_presentation"]["return_url"].startswith(world.issuer)
    assert claims[LTI + "resource_link"]["id"] == claims[LTI + "context"]["id"]
    assert any("institution/person#Instructor" in role for role in claims[LTI + "roles"])


def test_a_parent_is_a_mentor_and_knows_whose(canvas_tool: Caller) -> None:
    claims = claims_for(canvas_tool, seed.CANVAS_OBSERVER)
    assert "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor" in claims[LTI + "roles"]
    child = canvas_tool.world.people[seed.CANVAS_STUDENTS[0]]
    assert claims[LTI + "role_scope_mentor"] == [child.sub]


def test_an_anonymous_tool_learns_no_names(canvas_tool: Caller) -> None:
    canvas_tool.tool.privacy = "anonymous"
    claims = claims_for(canvas_tool)
    assert not {"name", "given_name", "family_name", "email", "picture"} & set(claims)


def test_a_moodle_assistant_launches_as_instructor(moodle_tool: Caller) -> None:
    roles = claims_for(moodle_tool, seed.MOODLE_TA)[LTI + "roles"]
    assert roles == ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"]


def test_keys_rotate_and_the_old_one_stays_a_while(caller: Caller) -> None:
    def kids() -> list[str]:
        return [key["kid"] for key in requests.get(caller.doors.jwks_url, timeout=60).json()["keys"]]

    old = kids()
    rotate = requests.post(f"{caller.world.issuer}/control/rotate-keys", timeout=60)
    assert kids() == [*old, rotate.json()["kid"]]
    browser = LaunchClient()
    form = browser.authorize(caller.auth_url(start(caller, browser)))
    assert jwt.get_unverified_header(form.fields["id_token"])["kid"] == rotate.json()["kid"]
    real = caller.world.clock
    caller.world.clock = lambda: real() + timedelta(days=2)
    assert kids() == [rotate.json()["kid"]]
