"""Dynamic registration and deep linking, from the tool's side."""

from __future__ import annotations

import time
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.tool import Caller, claims_of
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import LaunchClient

TOOL_CONFIG = "https://purl.imsglobal.org/spec/lti-tool-configuration"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


def offered(caller: Caller) -> tuple[str, str]:
    """(openid_configuration, registration_token) of a fresh registration address."""
    answer = requests.post(
        f"{caller.world.issuer}/control/registration",
        json={"register_url": "http://127.0.0.1:9/lti/register"},
        timeout=60,
    )
    query = parse_qs(urlsplit(answer.json()["url"]).query)
    return query["openid_configuration"][0], query["registration_token"][0]


def payload(**changed: Any) -> dict[str, Any]:
    config = {
        "domain": "127.0.0.1:9",
        "target_link_uri": "http://127.0.0.1:9/lti/launch",
        "messages": [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest"}],
        "claims": ["iss", "sub", "name", "given_name", "family_name", "email"],
        "custom_parameters": {"canvas_user_id": "$Canvas.user.id"},
    }
    body = {
        "application_type": "web",
        "grant_types": ["client_credentials", "implicit"],
        "response_types": ["id_token"],
        "redirect_uris": ["http://127.0.0.1:9/lti/launch"],
        "initiate_login_uri": "http://127.0.0.1:9/lti/login",
        "client_name": "Registered tool",
        "jwks_uri": "http://127.0.0.1:9/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": NRPS_SCOPE,
        TOOL_CONFIG: config,
        **changed,
    }
    return {name: value for name, value in body.items() if value is not None}


def register(caller: Caller, token: str, body: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(caller.doors.registration, json=body, headers=headers, timeout=60)


def test_a_tool_registers_itself_once(caller: Caller) -> None:
    _, token = offered(caller)
    answer = register(caller, token, payload())
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["client_id"] == claims_of(token)["sub"]
    assert body[TOOL_CONFIG]["deployment_id"]
    made = caller.world.tools[body["client_id"]]
    assert not made.active  # until the administrator switches it on
    assert register(caller, token, payload()).status_code == 401


def test_canvas_shows_its_configuration_to_a_token_only(canvas_tool: Caller) -> None:
    url, token = offered(canvas_tool)
    assert "registration_token=" in url
    assert requests.get(url, timeout=60).status_code == 401
    answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    assert answer.json()["token_endpoint"] == canvas_tool.doors.token_url


def test_no_token_and_a_wrong_token(caller: Caller) -> None:
    assert register(caller, "", payload()).status_code == 401
    expected = 401 if caller.world.personality == "canvas" else 404
    assert register(caller, "rubbish", payload()).status_code == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"jwks_uri": None},
        {"redirect_uris": []},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {TOOL_CONFIG: {}},
    ],
)
def test_a_bad_registration_stores_nothing(caller: Caller, changed: dict[str, Any]) -> None:
    _, token = offered(caller)
    answer = register(caller, token, payload(**changed))
    assert answer.status_code == (422 if caller.world.personality == "canvas" else 400)
    assert list(caller.world.tools) == [caller.tool.client_id]


def test_canvas_refuses_a_scope_that_is_not_public(canvas_tool: Caller) -> None:
    _, token = offered(canvas_tool)
    answer = register(canvas_tool, token, payload(scope=f"{NRPS_SCOPE} https://nowhere.example/x"))
    assert "Invalid scopes" in answer.json()["errors"][0]


def deep_link(caller: Caller) -> dict[str, Any]:
    """The claims of a deep linking request for a teacher."""
    canvas = caller.world.personality == "canvas"
    course = seed.CANVAS_COURSE if canvas else seed.MOODLE_COURSE
    teacher = seed.CANVAS_TEACHER if canvas else seed.MOODLE_TEACHER
    browser = LaunchClient()
    initiation = browser.initiate(caller.world.issuer, course, teacher, message="deep-linking")
    return claims_of(browser.authorize(caller.auth_url(initiation)).fields["id_token"])


def answer_deep_link(caller: Caller, request: dict[str, Any], **changed: Any) -> requests.Response:
    now = int(time.time())
    settings = request[DL + "deep_linking_settings"]
    claims = {
        "iss": caller.tool.client_id,
        "aud": caller.world.issuer,
        "iat": now,
        "exp": now + 60,
        "nonce": uuid.uuid4().hex,
        LTI + "message_type": "LtiDeepLinkingResponse",
        LTI + "version": "1.3.0",
        LTI + "deployment_id": request[LTI + "deployment_id"],
        DL + "content_items": [
            {
                "type": "ltiResourceLink",
                "title": "My <b>plan</b>",
                "lineItem": {"scoreMaximum": 40, "resourceId": "res-42", "tag": "t"},
            }
        ],
        **({DL + "data": settings["data"]} if "data" in settings else {}),
        **changed,
    }
    token = caller.keys.keys.sign({name: value for name, value in claims.items() if value is not None})
    return requests.post(settings["deep_link_return_url"], data={"JWT": token}, timeout=60)


def test_a_deep_link_becomes_a_link_and_a_column(caller: Caller) -> None:
    request = deep_link(caller)
    assert request[LTI + "message_type"] == "LtiDeepLinkingRequest"
    assert LTI + "resource_link" not in request
    assert answer_deep_link(caller, request).status_code == 200
    made = caller.world.lti.deep_linked[0]["links"][0]
    assert made["title"] == "My plan"
    course = next(c for c in caller.world.courses.values() if made["link_id"] in c.links)
    assert course.items[made["item_id"]].resource_id == "res-42"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "nobody"},
        {"aud": "http://elsewhere.example"},
        {"exp": 1},
        {"nonce": None},
        {LTI + "message_type": "LtiResourceLinkRequest"},
        {LTI + "deployment_id": "another"},
        {DL + "content_items": [{"type": "html", "html": "<p>"}]},
    ],
)
def test_a_bad_deep_link_is_refused(caller: Caller, changed: dict[str, Any]) -> None:
    assert answer_deep_link(caller, deep_link(caller), **changed).status_code == 400
    assert caller.world.lti.deep_linked == []
